//! Stage `rush`: the famous numbers, and one ad that gets half of everything.
//!
//! Each load is as long as it takes to tell a design that carries it from one that does not; virtual time costs real time.

use crate::campaign::Campaign;
use futures_util::try_join;
use kata_check::Outcome;
use kata_sim::{Arrivals, Datacentre, requirement};
use std::time::Duration;

/// System-design cheat sheet, Ad Click Aggregator: about a billion clicks a day, which is 11,600 a second on the mean. Rounded.
const CLICKS_PER_S_MEAN: u32 = 10_000;
/// The same: about 100,000 clicks a second, at the peak.
const CLICKS_PER_S_PEAK: u32 = 100_000;
/// The same: about 10,000 queries of aggregates a second.
const REPORTS_PER_S: u32 = 10_000;
/// The same: less than 100 ms to take a click in.
const CLICK_WITHIN: Duration = Duration::from_millis(100);
/// The same: less than 500 ms for an aggregate.
const REPORT_WITHIN: Duration = Duration::from_millis(500);
/// Ours: a click is worth cents, and no more than a thousandth of that should go into counting it. In dollars.
const MILLION_CLICKS_DOLLARS_MAX: f64 = 3.5;
const SOURCE: &str = "the system-design cheat sheet";

/// What is rented for the mean rate: a click costs a core 70 µs or more, and a partition of the log takes 1,000 records a second.
const NODES_MEAN: u16 = 6;
const PARTITIONS_MEAN: u32 = 32;
/// What is rented for the peak.
const NODES_PEAK: u16 = 16;
const PARTITIONS_PEAK: u32 = 256;

/// Ten thousand clicks a second, half of them on one ad: 99 of 100 visitors are on their way within 100 ms.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn clicks_are_fast_at_ten_thousand_a_second(dc: &Datacentre) -> Outcome {
    let campaign = Campaign::deploy(dc, NODES_MEAN, PARTITIONS_MEAN, 15_000).await?;
    let arrivals = Arrivals::poisson(CLICKS_PER_S_MEAN, Duration::from_millis(1_500));
    let load = dc.load("clicks", arrivals).warming_up(Duration::from_millis(250));
    let clicks = load.run(|visitor| campaign.click(visitor)).await?;
    clicks.p99_within(CLICK_WITHIN, SOURCE)
}

/// Ten thousand clicks a second, half of them on one ad, some of them twice: counting keeps up. Once `Config::freshness` has passed, every
/// report is right to the click, and no partition of a table or topic was asked for more than it can do.
#[requirement(stage = "rush", level = scale, points = 5)]
async fn counting_keeps_up_with_clicks(dc: &Datacentre) -> Outcome {
    let campaign = Campaign::deploy(dc, NODES_MEAN, PARTITIONS_MEAN, 20_000).await?;
    let arrivals = Arrivals::poisson(CLICKS_PER_S_MEAN, Duration::from_secs(2));
    let clicks = dc.load("clicks", arrivals).run(|visitor| campaign.click(visitor)).await?;
    clicks.p99_within(CLICK_WITHIN, SOURCE)?;
    campaign.settle(&clicks).await?;
    clicks.within_limits()
}

/// Ten thousand reports a second, half of them on the ad that everybody clicks, while it is being clicked: 99 of 100 are there within
/// 500 ms, none is older than `Config::freshness`, and none counts too much.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn reports_are_fast_at_ten_thousand_a_second(dc: &Datacentre) -> Outcome {
    let campaign = Campaign::deploy(dc, NODES_MEAN, PARTITIONS_MEAN, 5_000).await?;
    let clicks = dc.load("clicks", Arrivals::poisson(2_000, Duration::from_millis(2_500)));
    let clicks = clicks.warming_up(Duration::from_millis(1_000));
    let clicks = clicks.run(|visitor| campaign.click(visitor));
    let looking = async {
        dc.sleep(Duration::from_millis(1_500)).await;
        let reports = dc.load("reports", Arrivals::poisson(REPORTS_PER_S, Duration::from_secs(1)));
        reports.run(|visitor| campaign.look(visitor)).await
    };
    let (clicks, reports) = try_join!(clicks, looking)?;
    reports.p99_within(REPORT_WITHIN, SOURCE)?;
    clicks.p99_within(CLICK_WITHIN, SOURCE)
}

/// A hundred thousand clicks a second, for a moment, half of them on one ad: visitors are on their way within 100 ms, no partition is
/// asked for more than it can do, and once `Config::freshness` has passed, every click is counted once.
#[requirement(stage = "rush", level = scale, points = 5)]
async fn one_ad_takes_half_of_the_peak(dc: &Datacentre) -> Outcome {
    let campaign = Campaign::deploy(dc, NODES_PEAK, PARTITIONS_PEAK, 20_000).await?;
    let arrivals = Arrivals::poisson(CLICKS_PER_S_PEAK, Duration::from_millis(200));
    let clicks = dc.load("clicks", arrivals).run(|visitor| campaign.click(visitor)).await?;
    clicks.p99_within(CLICK_WITHIN, SOURCE)?;
    campaign.settle(&clicks).await?;
    clicks.within_limits()
}

/// A million clicks cost three and a half dollars at most, at the rate of a mean second: writes, reads, nodes and partitions together.
#[requirement(stage = "rush", level = scale, points = 3)]
async fn counting_a_click_is_cheap(dc: &Datacentre) -> Outcome {
    let campaign = Campaign::deploy(dc, NODES_MEAN, PARTITIONS_MEAN, 10_000).await?;
    let arrivals = Arrivals::poisson(CLICKS_PER_S_MEAN, Duration::from_secs(1));
    let clicks = dc.load("clicks", arrivals).run(|visitor| campaign.click(visitor)).await?;
    campaign.settle(&clicks).await?;
    clicks.million_costs_at_most(MILLION_CLICKS_DOLLARS_MAX, "the contract, under \"Load\"")
}
