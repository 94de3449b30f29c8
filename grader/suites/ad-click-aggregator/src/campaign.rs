//! Many ads, one of them a celebrity, and what clients know of all clicks on them.

use crate::clients::{ANA, place, register, report, url_of, well_inside_a_minute};
use ad_click_aggregator::{
    AdClickAggregatorClient as AdClient, Click, ClickError, Config, Minute, MinuteClicks, Range, ReportError,
};
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome};
use kata_sim::{Arrivals, Datacentre, Popularity, Provision, Served, Time, Visitor};
use std::cell::RefCell;
use std::time::Duration;

/// How many ads there are.
const ADS: usize = 100;
/// What share of all clicks, and of all reports, the first ad gets.
const CELEBRITY_SHARE: f64 = 0.5;
/// What share of clicks are of impressions that were clicked a moment ago.
const AGAIN_SHARE: f64 = 0.01;
/// The freshness of this level: short, so that whoever counts more slowly than people click is found out soon.
pub(crate) const FRESHNESS: Duration = Duration::from_secs(1);
/// So many impressions are placed at once.
const PLACED_AT_ONCE: usize = 500;
/// A dashboard shows the last hour.
const DASHBOARD_MINUTES: u64 = 60;

/// The ads of one advertiser, and visitors who click on them, all in one minute.
pub(crate) struct Campaign<'a> {
    dc: &'a Datacentre,
    visitors: AdClient,
    advertiser: AdClient,
    popularity: Popularity,
    minute: Minute,
    /// The ad of each impression, and its id.
    impressions: Vec<(usize, String)>,
    known: RefCell<Known>,
}

/// What clients know of their clicks.
struct Known {
    /// Of each impression.
    fates: Vec<Fate>,
    /// Of each ad.
    ads: Vec<Clicks>,
}

#[derive(Clone, Copy, Default)]
struct Fate {
    called: bool,
    accepted: bool,
}

#[derive(Clone, Default)]
struct Clicks {
    /// Impressions that were clicked, whatever came of it.
    called: u64,
    /// When each of the accepted impressions was first known to be, in order.
    accepted: Vec<Time>,
}

impl<'a> Campaign<'a> {
    /// Deploys the solution, registers the ads and places that many impressions; begins early in a minute.
    pub(crate) async fn deploy(
        dc: &'a Datacentre,
        nodes: u16,
        log_partitions: u32,
        impressions: usize,
    ) -> Result<Campaign<'a>, Complaint> {
        dc.provision(Provision { cache_shards: 2, log_partitions });
        dc.deploy::<AdClient>(nodes, Config { freshness: FRESHNESS, ..Config::default() }).await;
        try_join_all((0..ADS).map(async |ad| register(dc, &id(ad)).await)).await?;
        let popularity = Popularity::celebrity(ADS, CELEBRITY_SHARE);
        let mut placed = Vec::with_capacity(impressions);
        while placed.len() < impressions {
            let more = placed.len()..(placed.len() + PLACED_AT_ONCE).min(impressions);
            let placing = more.map(async |impression| {
                let ad = popularity.pick(dc.draw(&format!("ad of impression {impression}")));
                Ok::<_, Complaint>((ad, place(dc, &id(ad)).await?))
            });
            placed.extend(try_join_all(placing).await?);
        }
        well_inside_a_minute(dc).await;
        let known = Known { fates: vec![Fate::default(); placed.len()], ads: vec![Clicks::default(); ADS] };
        Ok(Campaign {
            dc,
            visitors: dc.client("visitor"),
            advertiser: dc.client(ANA),
            popularity,
            minute: Minute::of(dc.now()),
            impressions: placed,
            known: RefCell::new(known),
        })
    }

    /// A visitor clicks: each on an impression of its own, but for the few who click on one that somebody clicked just before.
    pub(crate) async fn click(&self, visitor: Visitor) -> Result<bool, Complaint> {
        let back =
            if visitor.is_one_in("again", AGAIN_SHARE) { 1 + visitor.draw("which") % 1_000 } else { 0 };
        let number = visitor.number.saturating_sub(back) as usize % self.impressions.len();
        let (ad, impression) = &self.impressions[number];
        {
            let Known { fates, ads } = &mut *self.known.borrow_mut();
            let first = !std::mem::replace(&mut fates[number].called, true);
            ads[*ad].called += u64::from(first);
        }
        let click = Click { ad: id(*ad), impression: impression.clone() };
        match self.visitors.click(click).await {
            Answer::Ok(url) if url == url_of(&id(*ad)) => {
                let Known { fates, ads } = &mut *self.known.borrow_mut();
                if !std::mem::replace(&mut fates[number].accepted, true) {
                    ads[*ad].accepted.push(self.dc.now());
                }
                Ok(true)
            }
            Answer::Ok(url) => Err(Complaint::new("a click leads astray under load", url_of(&id(*ad)), url)),
            Answer::Refused(ClickError::UnknownImpression) => Err(Complaint::new(
                "an impression that was placed cannot be clicked under load",
                "the ad's redirect URL",
                "Err(UnknownImpression)",
            )),
            Answer::Refused(ClickError::Failed(_)) | Answer::Unknown => Ok(false),
        }
    }

    /// The advertiser looks at the last hour of an ad.
    pub(crate) async fn look(&self, visitor: Visitor) -> Result<bool, Complaint> {
        let ad = self.popularity.pick(visitor.draw("ad"));
        let (from, to) = (Minute(self.minute.0 + 1 - DASHBOARD_MINUTES), Minute(self.minute.0 + 1));
        let called = self.dc.now();
        match self.advertiser.report(Range { ad: id(ad), from, to }).await {
            Answer::Ok(minutes) => {
                self.check(ad, &minutes, self.accepted_by(ad, called))?;
                Ok(true)
            }
            Answer::Refused(ReportError::Failed(_)) | Answer::Unknown => Ok(false),
            Answer::Refused(error) => {
                Err(Complaint::new("a report is refused under load", "Ok(..)", format!("Err({error:?})")))
            }
        }
    }

    /// Waits for the freshness, then checks a report on every ad: it has every click that was accepted, once. Everything up to
    /// then is measured.
    pub(crate) async fn settle(&self, clicks: &Served) -> Outcome {
        self.dc.sleep(FRESHNESS).await;
        let checks = (0..ADS).map(async |ad| {
            let called = self.dc.now();
            let minutes =
                report(self.dc, &id(ad), Minute(self.minute.0 - 1), Minute(self.minute.0 + 2)).await?;
            self.check(ad, &minutes, self.accepted_by(ad, called))
        });
        try_join_all(checks).await.map_err(|complaint| clicks.explain(complaint))?;
        let last = self.dc.load("last reports", Arrivals::flash(20, Duration::from_millis(50)));
        last.run(|visitor| self.look(visitor)).await?;
        Ok(())
    }

    /// How many clicks on an ad were accepted so long before that moment that a report called then must have them.
    fn accepted_by(&self, ad: usize, called: Time) -> u64 {
        let accepted = &self.known.borrow().ads[ad].accepted;
        accepted.partition_point(|accepted| *accepted + FRESHNESS <= called) as u64
    }

    /// Checks a report that has just been answered: it must have `at_least` so many clicks, and none that was not clicked.
    fn check(&self, ad: usize, minutes: &[MinuteClicks], at_least: u64) -> Outcome {
        let at_most = self.known.borrow().ads[ad].called;
        let clicks: u64 = minutes.iter().map(|minute| minute.clicks).sum();
        let summary = if clicks < at_least {
            "clicks are not counted in time"
        } else if clicks > at_most {
            "more is counted than was clicked"
        } else if minutes.iter().any(|minute| minute.minute != self.minute) {
            "clicks are counted in a minute in which they did not happen"
        } else {
            return Ok(());
        };
        let shown: Vec<String> = minutes
            .iter()
            .map(|minute| {
                let offset = i128::from(minute.minute.0) - i128::from(self.minute.0);
                format!("{} in minute {offset}", minute.clicks)
            })
            .collect();
        let shown = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
        Err(Complaint::new(
            summary,
            format!(
                "on {} at least the {at_least} clicks that were accepted {} ms before the report was called, at most the \
                 {at_most} that were clicked, all in minute 0",
                id(ad),
                FRESHNESS.as_millis(),
            ),
            shown,
        ))
    }
}

fn id(ad: usize) -> String {
    format!("ad-{ad}")
}
