//! Stage `late-events`: clicks that wait to be counted.

use crate::clients::well_inside_a_minute;
use crate::tally::{Clicked, Tally};
use ad_click_aggregator::{AdClickAggregatorClient as AdClient, Config};
use futures_util::future::{join_all, try_join_all};
use kata_check::{Complaint, Outcome};
use kata_sim::rules::outage;
use kata_sim::{Datacentre, Port, requirement};
use std::time::Duration;

/// How long all nodes are down, at least and at most: many minutes, and within `Config::horizon`.
const STANDSTILL_MINUTES: (u64, u64) = (20, 55);
/// How long a service is down: into another minute, but not so long that the nodes' attempts make runs expensive.
const OUTAGE: Duration = Duration::from_secs(150);

/// Visitors arrive, and at that moment all nodes crash, before or after the clicks were counted. They stay down for twenty
/// minutes or more, but less than `Config::horizon`. Then the clicks land in the minute in which they were accepted.
#[requirement(stage = "late-events", level = faults, points = 5, schedules = 100)]
async fn late_clicks_land_in_their_minute(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
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
    let (least, most) = STANDSTILL_MINUTES;
    let minutes = least + dc.pick("how many more minutes the nodes are down", most - least + 1);
    dc.sleep(Duration::from_secs(minutes * 60)).await;
    dc.heal().await;
    tally.visit("di").await?;
    tally.settle().await?;
    // Whoever did not arrive tries again; it may have been counted when it first tried.
    let cy = dc.client::<AdClient>("cy");
    for impression in &impressions {
        tally.insist(&cy, impression).await?;
    }
    tally.settle().await
}

/// The table is down for some minutes, and another time the log is. Visitors who arrive all the same are counted in the minute in
/// which they did; those who do not arrive click again when it is over, and are counted once. The nodes go on without
/// being restarted.
#[requirement(stage = "late-events", level = faults, points = 4, schedules = 30)]
async fn an_outage_loses_no_click(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    for port in [Port::Table, Port::Log] {
        well_inside_a_minute(dc).await;
        let impressions = [tally.place().await?, tally.place().await?, tally.place().await?];
        let cy = dc.client::<AdClient>("cy");
        tally.insist(&cy, &impressions[0]).await?;
        let down = dc.install(outage(port));
        let answers = join_all(impressions[1..].iter().map(|impression| tally.click(&cy, impression))).await;
        answers.into_iter().collect::<Result<Vec<Clicked>, Complaint>>()?;
        dc.sleep(OUTAGE).await;
        drop(down);
        for impression in &impressions[1..] {
            tally.insist(&cy, impression).await?;
        }
    }
    dc.heal().await;
    tally.settle().await
}
