//! Stage `clicks`: every click counts once.

use crate::clients::{SETTLED, aliased, at_each_node, leads_nowhere, leads_to, shorten, unlimited};
use futures_util::future::join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Datacentre, Expect, Port, requirement};
use std::time::Duration;
use url_shortener::{OwnerError, ResolveError, UrlShortenerClient as Client};

const URL: &str = "https://example.com/";
/// Longer than anybody thinks who thinks of hiccups.
const LONG_OUTAGE: Duration = Duration::from_secs(1_000);

/// What became of the visits to a link.
#[derive(Default)]
struct Visits {
    acknowledged: u64,
    unknown: u64,
}

impl Visits {
    /// Follows a link once. That it does not lead there is a complaint; that it fails is not.
    async fn visit(&mut self, client: &Client, code: &str) -> Outcome {
        match client.resolve(code.to_owned()).await {
            Answer::Ok(url) if url == URL => self.acknowledged += 1,
            Answer::Unknown => self.unknown += 1,
            Answer::Refused(ResolveError::Failed(_)) => {}
            answer => {
                let summary = format!("{code:?} does not lead to its URL");
                return Err(Complaint::new(summary, format!("Ok({URL:?})"), answer.to_string()));
            }
        }
        Ok(())
    }

    /// Demands that a link has as many clicks as there were visits.
    async fn are_counted(&self, owner: &Client, code: &str) -> Outcome {
        let (least, most) = (self.acknowledged, self.acknowledged + self.unknown);
        let clicks = owner.clicks(code.to_owned()).await.expect_ok("the owner's look at the clicks")?;
        ensure!(
            (least..=most).contains(&clicks),
            "clicks are not counted once each",
            "at least {least} that were acknowledged, at most {most} that were asked for",
            "{clicks}"
        );
        Ok(())
    }
}

/// Every visit to a link counts once, and for that link only, also if several come at the same moment; a visit to nowhere counts
/// nothing, be it to a link that was deleted. Clicks are counted on after a link is deleted, and never ahead of time.
#[requirement(stage = "clicks", level = acceptance, points = 2, schedules = 60)]
async fn every_click_counts_once(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let (click_lag, staleness) = (config.click_lag, config.staleness);
    dc.deploy::<Client>(2, config).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    for (key, alias) in [(1, "first"), (2, "second"), (3, "third"), (4, "unseen")] {
        shorten(&ana, aliased(URL, alias, key)).await?;
    }
    leads_nowhere(&bo, "fourth", "nobody made it").await?;
    let (mut first, mut second, mut third) = <(Visits, Visits, Visits)>::default();
    for _ in 0..3 {
        first.visit(&bo, "first").await?;
    }
    second.visit(&ana, "second").await?;
    let early = ana.clicks("first".to_owned()).await.expect_ok("ana's look at the clicks")?;
    ensure!(early <= 3, "more clicks than visits", "at most 3", "{early}");
    ana.delete("first".to_owned()).await.expect_ok("ana's delete of her link")?;
    dc.sleep(click_lag).await;
    first.are_counted(&ana, "first").await?;
    second.are_counted(&ana, "second").await?;
    Visits::default().are_counted(&ana, "unseen").await?;
    // Exactly so, and still so later.
    dc.sleep(staleness).await;
    leads_nowhere(&bo, "first", "it was deleted long enough ago").await?;
    dc.sleep(click_lag).await;
    first.are_counted(&ana, "first").await?;
    second.visit(&bo, "second").await?;
    dc.sleep(click_lag).await;
    second.are_counted(&ana, "second").await?;
    // At the same moment, for all that a clock can tell.
    let visitors: Vec<Client> = at_each_node(dc, "cy").into_iter().chain(at_each_node(dc, "di")).collect();
    for visit in join_all(visitors.iter().map(|visitor| leads_to(visitor, "third", URL))).await {
        visit?;
        third.acknowledged += 1;
    }
    dc.sleep(click_lag).await;
    third.are_counted(&ana, "third").await
}

/// Consumers of the log come and go, so that click events are delivered again. They count once all the same.
#[requirement(
    stage = "clicks", level = faults, points = 4, schedules = 20,
    sweep = [rebalances, crashes], points_max = 200,
)]
async fn a_redelivered_click_counts_once(dc: &Datacentre) -> Outcome {
    visit_then_count(dc, 3).await
}

/// A node crashes, an answer is lost or an effect is late while people follow a link. Every visit that was answered counts once;
/// one that was not counts once or not at all.
#[requirement(
    stage = "clicks", level = faults, points = 4, schedules = 20,
    sweep = [crashes, cut_offs, double_crashes, lost_answers, late_effects, outages], points_max = 120,
)]
async fn acknowledged_clicks_survive(dc: &Datacentre) -> Outcome {
    visit_then_count(dc, 2).await
}

async fn visit_then_count(dc: &Datacentre, nodes: u16) -> Outcome {
    let config = unlimited();
    let click_lag = config.click_lag;
    dc.deploy::<Client>(nodes, config).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    crate::clients::shorten_at_last(dc, &ana, &aliased(URL, "sale", 1)).await?;
    let mut visits = Visits::default();
    for _ in 0..3 {
        visits.visit(&bo, "sale").await?;
    }
    // Time for what is under way to be disturbed, too.
    dc.sleep(Duration::from_millis(200)).await;
    dc.heal().await;
    dc.sleep(SETTLED + click_lag).await;
    visits.are_counted(&ana, "sale").await?;
    visits.visit(&bo, "sale").await?;
    dc.sleep(click_lag).await;
    visits.are_counted(&ana, "sale").await
}

/// The log is down for long, or does not answer. Links can be made, followed and deleted nevertheless, and those clicks count as
/// well, even if every node crashes before the log is back. A click that came before counts once, whatever the log has heard of it.
#[requirement(stage = "clicks", level = faults, points = 3, schedules = 40)]
async fn redirects_go_on_without_the_log(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let (click_lag, staleness) = (config.click_lag, config.staleness);
    dc.deploy::<Client>(2, config).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    shorten(&ana, aliased(URL, "before", 1)).await?;
    shorten(&ana, aliased(URL, "gone", 3)).await?;
    let nodes = at_each_node(dc, "cy");
    for visitor in &nodes {
        leads_to(visitor, "gone", URL).await?;
    }
    let mut visits = Visits::default();
    visits.visit(&bo, "before").await?;
    // The click is anywhere on its way by then.
    dc.sleep(Duration::from_millis(dc.pick("click on its way", 100))).await;
    let guard = dc.install(if dc.pick("how", 2) == 0 { outage(Port::Log) } else { unreachable(Port::Log) });
    shorten(&ana, aliased(URL, "during", 2)).await?;
    for code in ["before", "during", "before"] {
        leads_to(&bo, code, URL).await?;
    }
    visits.acknowledged += 2;
    ana.clicks("before".to_owned()).await.expect_ok("ana's look at the clicks without the log")?;
    let gone = ana.clicks("never".to_owned()).await;
    ensure!(
        gone == Answer::Refused(OwnerError::NotFound),
        "clicks of a link that never was are told",
        "Err(NotFound)",
        "{gone}"
    );
    ana.delete("gone".to_owned()).await.expect_ok("ana's delete without the log")?;
    dc.sleep(staleness.max(LONG_OUTAGE)).await;
    for visitor in &nodes {
        leads_nowhere(visitor, "gone", "it was deleted long enough ago, log or no log").await?;
    }
    for node in dc.nodes() {
        dc.crash(node);
    }
    drop(guard);
    dc.heal().await;
    dc.sleep(SETTLED + click_lag).await;
    visits.are_counted(&ana, "before").await?;
    let during = Visits { acknowledged: 1, unknown: 0 };
    during.are_counted(&ana, "during").await
}
