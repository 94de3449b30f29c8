//! Stage `late-events`: clicks that wait to be counted.

use crate::clients::{ANA, SHOES, well_inside_a_minute};
use crate::tally::{Clicked, Tally};
use ad_click_aggregator::{AdClickAggregatorClient as AdClient, Config, Minute, Range};
use futures_util::future::{join_all, try_join_all};
use kata_check::{Complaint, Outcome};
use kata_sim::rules::outage;
use kata_sim::{Datacentre, Port, requirement};
use std::time::Duration;

/// Another horizon than the default one.
const HORIZON: Duration = Duration::from_secs(2 * 3_600);
/// How long all nodes are down, at least and at most: many minutes, and within [`HORIZON`].
const STANDSTILL_MINUTES: (u64, u64) = (20, 115);
/// The same, beyond it.
const TOO_LONG_MINUTES: (u64, u64) = (121, 300);
/// How long it takes to count a click while all is well, mostly.
const COUNTED_SOON: Duration = Duration::from_millis(400);
/// How long a service is down: into another minute, but not so long that the nodes' attempts make runs expensive.
const OUTAGE: Duration = Duration::from_secs(150);

/// Visitors arrive, and at that moment all nodes crash, before or after the clicks were counted. They stay down for twenty
/// minutes or more, but less than `Config::horizon`. Then the clicks land in the minute in which they were accepted. Now and then
/// they stay down longer: then clicks may be missing, but none lands in another minute.
#[requirement(stage = "late-events", level = faults, points = 5, schedules = 100)]
async fn late_clicks_land_in_their_minute(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config { horizon: HORIZON, ..Config::default() }).await?;
    well_inside_a_minute(dc).await;
    let impressions = [tally.place().await?, tally.place().await?, tally.place().await?];
    let clicks = impressions.iter().map(async |impression| {
        let cy = dc.client::<AdClient>("cy");
        let clicked = tally.click(&cy, impression).await?;
        // The first who arrives is the last whom the nodes served.
        if clicked == Clicked::Accepted {
            dc.nodes().into_iter().for_each(|node| dc.crash(node));
        }
        Ok::<(), Complaint>(())
    });
    try_join_all(clicks).await?;
    let too_long = dc.pick("whether the nodes are down for too long", 4) == 0;
    let (least, most) = if too_long { TOO_LONG_MINUTES } else { STANDSTILL_MINUTES };
    let minutes = least + dc.pick("how many more minutes the nodes are down", most - least + 1);
    dc.sleep(Duration::from_secs(minutes * 60)).await;
    dc.heal().await;
    tally.visit("di").await?;
    if too_long {
        dc.sleep(Config::default().freshness).await;
        return tally.check_at_most().await;
    }
    tally.settle().await?;
    // Whoever did not arrive tries again; it may have been counted when it first tried.
    let cy = dc.client::<AdClient>("cy");
    for impression in &impressions {
        tally.insist(&cy, impression).await?;
    }
    tally.settle().await
}

/// The table is down for some minutes, and another time the log is. Visitors who arrive all the same are counted in the minute in
/// which they did, whatever reports said meanwhile; those who do not arrive click again when it is over, and are counted once. The
/// nodes go on without being restarted.
#[requirement(stage = "late-events", level = faults, points = 4, schedules = 30)]
async fn an_outage_loses_no_click(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    for port in [Port::Table, Port::Log] {
        well_inside_a_minute(dc).await;
        let impressions = [tally.place().await?, tally.place().await?, tally.place().await?];
        let cy = dc.client::<AdClient>("cy");
        // Somebody is counted before, so that there is a report of that minute.
        tally.visit("di").await?;
        dc.sleep(COUNTED_SOON).await;
        tally.insist(&cy, &impressions[0]).await?;
        let minute = Minute::of(dc.now());
        let down = dc.install(outage(port));
        let answers = join_all(impressions[1..].iter().map(|impression| tally.click(&cy, impression))).await;
        answers.into_iter().collect::<Result<Vec<Clicked>, Complaint>>()?;
        dc.sleep(OUTAGE).await;
        let range = || Range { ad: SHOES.to_owned(), from: minute, to: Minute(minute.0 + 1) };
        let reports = dc.nodes().into_iter().map(async |node| {
            // It may fail, and clicks may be missing.
            let _ = dc.client_at::<AdClient>(ANA, node).report(range()).await;
        });
        join_all(reports).await;
        drop(down);
        for impression in &impressions[1..] {
            tally.insist(&cy, impression).await?;
        }
    }
    dc.heal().await;
    tally.settle().await
}
