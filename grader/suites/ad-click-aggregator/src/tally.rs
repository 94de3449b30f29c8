//! What clients know of their clicks on one ad, and what a report on it may therefore say.

use crate::clients::{ATTEMPTS_MAX, PATIENCE, SHOES, place, register, report, url_of};
use ad_click_aggregator::{
    AdClickAggregatorClient as AdClient, Click, ClickError, Config, Minute, MinuteClicks,
};
use kata::Answer;
use kata_check::{Complaint, Outcome};
use kata_sim::Datacentre;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// The clicks on one ad of ana's.
pub(crate) struct Tally<'a> {
    dc: &'a Datacentre,
    ad: String,
    /// The minute in which the tally began: minutes are shown to people from here on.
    begun: Minute,
    freshness: Duration,
    impressions: RefCell<BTreeMap<String, Fate>>,
}

/// What is known of an impression that was clicked.
#[derive(Clone, Copy, Default)]
struct Fate {
    /// The minutes in which it may have been accepted, the first and the last; nothing if it certainly was not.
    span: Option<(Minute, Minute)>,
    /// Clicks without an answer yet.
    open: u32,
    /// A click had no known outcome.
    unknown: bool,
    /// A click was answered `Ok`.
    accepted: bool,
}

/// How a click was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clicked {
    /// `Ok`, with the right URL.
    Accepted,
    /// It certainly was not accepted: infrastructure refused.
    Refused,
    /// Nobody knows.
    Unknown,
}

impl<'a> Tally<'a> {
    /// Deploys the solution, registers [`SHOES`] and begins a tally of it.
    pub(crate) async fn deploy(
        dc: &'a Datacentre,
        nodes: u16,
        config: Config,
    ) -> Result<Tally<'a>, Complaint> {
        let freshness = config.freshness;
        dc.deploy::<AdClient>(nodes, config).await;
        Tally::of(dc, SHOES, freshness).await
    }

    /// Registers an ad and begins a tally of it.
    pub(crate) async fn of(
        dc: &'a Datacentre,
        ad: &str,
        freshness: Duration,
    ) -> Result<Tally<'a>, Complaint> {
        register(dc, ad).await?;
        let (begun, impressions) = (Minute::of(dc.now()), RefCell::default());
        Ok(Tally { dc, ad: ad.to_owned(), begun, freshness, impressions })
    }

    /// A new impression of the ad.
    pub(crate) async fn place(&self) -> Result<String, Complaint> {
        place(self.dc, &self.ad).await
    }

    /// Clicks once. A complaint if the click is refused as if its impression were not good, or leads astray.
    pub(crate) async fn click(&self, visitor: &AdClient, impression: &str) -> Result<Clicked, Complaint> {
        let called = Minute::of(self.dc.now());
        self.change(impression, |fate| {
            fate.open += 1;
            // What was accepted before does not move.
            if !fate.accepted {
                fate.span.get_or_insert((called, called));
            }
        });
        let already = self.impressions.borrow()[impression].accepted;
        let answer = visitor.click(Click { ad: self.ad.clone(), impression: impression.to_owned() }).await;
        let answered = Minute::of(self.dc.now());
        let clicked = match answer {
            Answer::Ok(url) if url == url_of(&self.ad) => Clicked::Accepted,
            Answer::Ok(url) => {
                return Err(Complaint::new("a click leads astray", url_of(&self.ad), url));
            }
            Answer::Unknown => Clicked::Unknown,
            Answer::Refused(ClickError::Failed(_)) => Clicked::Refused,
            Answer::Refused(ClickError::UnknownImpression) => {
                return Err(Complaint::new(
                    "an impression that was placed cannot be clicked",
                    "the ad's redirect URL",
                    "Err(UnknownImpression)",
                ));
            }
        };
        self.change(impression, |fate| {
            fate.open -= 1;
            fate.accepted |= clicked == Clicked::Accepted;
            fate.unknown |= clicked == Clicked::Unknown;
            if !already {
                fate.span = fate.span.map(|(first, last)| (first, last.max(answered)));
            }
            if !fate.accepted && !fate.unknown && fate.open == 0 {
                fate.span = None;
            }
        });
        Ok(clicked)
    }

    /// Clicks until the click is accepted.
    pub(crate) async fn insist(&self, visitor: &AdClient, impression: &str) -> Outcome {
        for _ in 0..ATTEMPTS_MAX {
            if self.click(visitor, impression).await? == Clicked::Accepted {
                return Ok(());
            }
            self.dc.sleep(PATIENCE).await;
        }
        Err(Complaint::new(
            "a click is never accepted",
            "the ad's redirect URL once nodes and services are well again",
            format!("it failed {ATTEMPTS_MAX} times"),
        ))
    }

    /// Places the ad and clicks until the click is accepted.
    pub(crate) async fn visit(&self, name: &str) -> Result<String, Complaint> {
        let impression = self.place().await?;
        self.insist(&self.dc.client(name), &impression).await?;
        Ok(impression)
    }

    /// Waits until reports must hold what was accepted, then checks one.
    pub(crate) async fn settle(&self) -> Outcome {
        self.dc.sleep(self.freshness).await;
        self.check().await
    }

    /// Checks that a report says what clients know, everything in its minute.
    pub(crate) async fn check(&self) -> Outcome {
        let counted = self.report().await?;
        let accepted = self.count(|fate| fate.accepted);
        let total = sum(&counted);
        if total < accepted {
            return Err(self.complaint("accepted clicks are not counted", &counted));
        }
        self.check_none_too_many(&counted)?;
        let late = (self.begun.0..=Minute::of(self.dc.now()).0).map(Minute).any(|minute| {
            let clicks = counted.iter().find(|counted| counted.minute == minute);
            self.count_between(minute, true) > clicks.map_or(0, |counted| counted.clicks)
        });
        if late {
            return Err(self.complaint("a click is not counted in its minute", &counted));
        }
        Ok(())
    }

    /// Checks that a report holds nothing that was not clicked, and nothing twice. Holds at any time.
    pub(crate) async fn check_at_most(&self) -> Outcome {
        // Clicks that begin while the report is on its way may be in it: look at them afterwards.
        let counted = self.report().await?;
        self.check_none_too_many(&counted)
    }

    fn check_none_too_many(&self, counted: &[MinuteClicks]) -> Outcome {
        if sum(counted) > self.count(|fate| fate.span.is_some()) {
            return Err(self.complaint("more is counted than was clicked", counted));
        }
        if counted.iter().any(|minute| minute.clicks > self.count_between(minute.minute, false)) {
            return Err(self.complaint("a click is counted in a minute in which it did not happen", counted));
        }
        Ok(())
    }

    /// A report from a minute before the tally to the one after the present.
    async fn report(&self) -> Result<Vec<MinuteClicks>, Complaint> {
        let (from, to) = (Minute(self.begun.0 - 1), Minute(Minute::of(self.dc.now()).0 + 2));
        let counted = report(self.dc, &self.ad, from, to).await?;
        let in_order = counted.is_sorted_by(|a, b| a.minute < b.minute);
        let in_range =
            counted.iter().all(|counted| (from..to).contains(&counted.minute) && counted.clicks > 0);
        if !in_order || !in_range {
            return Err(self.complaint("a report is not in order", &counted));
        }
        Ok(counted)
    }

    /// Impressions for which that holds.
    fn count(&self, holds: impl Fn(&Fate) -> bool) -> u64 {
        self.impressions.borrow().values().filter(|fate| holds(fate)).count() as u64
    }

    /// Impressions that were certainly accepted in that minute; or those that may have been.
    fn count_between(&self, minute: Minute, certainly: bool) -> u64 {
        self.count(|fate| match fate.span {
            Some((first, last)) if certainly => fate.accepted && first == minute && last == minute,
            // A click without an answer may still be under way.
            Some((first, last)) => first <= minute && (minute <= last || !fate.accepted),
            None => false,
        })
    }

    fn change(&self, impression: &str, change: impl FnOnce(&mut Fate)) {
        change(self.impressions.borrow_mut().entry(impression.to_owned()).or_default());
    }

    fn complaint(&self, summary: &str, counted: &[MinuteClicks]) -> Complaint {
        let impressions = self.impressions.borrow();
        let mut spans: BTreeMap<(Minute, Minute, bool), u64> = BTreeMap::new();
        for fate in impressions.values() {
            if let Some((first, last)) = fate.span {
                *spans.entry((first, last, fate.accepted)).or_default() += 1;
            }
        }
        let expected: Vec<String> = spans
            .into_iter()
            .map(|((first, last, accepted), clicks)| {
                let perhaps = if accepted { "" } else { "perhaps " };
                let minutes = if first == last {
                    format!("minute {}", self.shown(first))
                } else {
                    format!("minutes {} to {}", self.shown(first), self.shown(last))
                };
                format!("{perhaps}{clicks} in {minutes}")
            })
            .collect();
        let observed: Vec<String> = counted
            .iter()
            .map(|counted| format!("{} in minute {}", counted.clicks, self.shown(counted.minute)))
            .collect();
        let or_none = |parts: Vec<String>| {
            if parts.is_empty() { "no clicks".to_owned() } else { parts.join(", ") }
        };
        Complaint::new(
            summary,
            format!("{} (minute 0 is when it began)", or_none(expected)),
            or_none(observed),
        )
    }

    fn shown(&self, minute: Minute) -> i128 {
        i128::from(minute.0) - i128::from(self.begun.0)
    }
}

fn sum(counted: &[MinuteClicks]) -> u64 {
    counted.iter().map(|counted| counted.clicks).sum()
}
