//! Stage `reconcile`: derived stores are lost.

use crate::clients::{reconcile, well_inside_a_minute};
use crate::tally::Tally;
use ad_click_aggregator::{AdClickAggregatorClient as AdClient, Config};
use kata_check::Outcome;
use kata_sim::{Datacentre, requirement};
use std::time::Duration;

/// More than a minute, so that what is clicked again afterwards could land in another one.
const A_WHILE: Duration = Duration::from_secs(150);
/// How long after the last click stores are lost: at once, beyond `Config::horizon`, and within `Config::retention`.
const AGES: [Duration; 3] =
    [Duration::ZERO, Duration::from_secs(3 * 3_600), Duration::from_secs(6 * 24 * 3_600)];

/// Nothing was lost, and `reconcile` runs all the same: once, twice at the same time, and again. The reports stay as they were.
#[requirement(stage = "reconcile", level = acceptance, points = 2, schedules = 20)]
async fn reconcile_changes_nothing_that_is_right(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    reconcile(dc).await?;
    let first = tally.visit("cy").await?;
    tally.visit("di").await?;
    // While these two may still wait to be counted, and when they are.
    reconcile(dc).await?;
    tally.settle().await?;
    let (one, two) = futures_util::join!(reconcile(dc), reconcile(dc));
    one.and(two)?;
    tally.check().await?;
    dc.sleep(A_WHILE).await;
    tally.insist(&dc.client("cy"), &first).await?;
    reconcile(dc).await?;
    tally.settle().await
}

/// Everything in stores marked `derived()` is lost: soon after it was counted, hours later, or days. When `reconcile` has
/// answered, every click is back at once: counted once, in its minute. Who clicks again afterwards still counts nothing.
#[requirement(stage = "reconcile", level = faults, points = 4, schedules = 40)]
async fn wiped_stores_come_back(dc: &Datacentre) -> Outcome {
    let defaults = Config::default();
    let config = Config { report_minutes_max: 8 * 24 * 60, ..defaults.clone() };
    let tally = Tally::deploy(dc, 2, config).await?;
    well_inside_a_minute(dc).await;
    let cy = dc.client::<AdClient>("cy");
    let first = tally.visit("cy").await?;
    dc.sleep(A_WHILE).await;
    for name in ["di", "ed", "flo"] {
        tally.visit(name).await?;
    }
    tally.insist(&cy, &first).await?;
    tally.settle().await?;
    let later = AGES[usize::try_from(dc.pick("when the stores are lost", 3)).unwrap_or_default()];
    if !later.is_zero() {
        // Nothing happens meanwhile, and nodes that are down make nothing of it.
        dc.nodes().into_iter().for_each(|node| dc.crash(node));
        dc.sleep(later).await;
        dc.heal().await;
    }
    dc.wipe_derived();
    tally.check_at_most().await?;
    reconcile(dc).await?;
    tally.check().await?;
    if later < defaults.impression_valid_for {
        tally.insist(&cy, &first).await?;
    }
    tally.visit("gus").await?;
    tally.settle().await
}

/// Derived stores are lost, and `reconcile` runs twice at the same time while visitors click, also on impressions that were counted
/// before the loss. In the end every impression counts once, in the minute of its first click.
#[requirement(stage = "reconcile", level = concurrency, points = 3, schedules = 300)]
async fn reconcile_while_visitors_click(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    well_inside_a_minute(dc).await;
    let cy = dc.client::<AdClient>("cy");
    let (first, second) = (tally.visit("cy").await?, tally.visit("di").await?);
    dc.sleep(A_WHILE).await;
    let fresh = tally.place().await?;
    dc.wipe_derived();
    let (one, two, again, new) = futures_util::join!(
        reconcile(dc),
        reconcile(dc),
        tally.insist(&cy, &first),
        tally.insist(&cy, &fresh),
    );
    one.and(two).and(again).and(new)?;
    tally.insist(&cy, &second).await?;
    tally.settle().await
}

/// Derived stores are lost while clicks are being counted: after a record was read, after it was counted, before that was
/// committed. `reconcile` runs at once. Every impression counts once.
#[requirement(stage = "reconcile", level = concurrency, points = 2, schedules = 800)]
async fn stores_lost_in_the_middle_of_counting(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    let cy = dc.client::<AdClient>("cy");
    let (first, second) = (tally.place().await?, tally.place().await?);
    let (one, two) = futures_util::join!(tally.insist(&cy, &first), tally.insist(&cy, &second));
    one.and(two)?;
    dc.sleep(Duration::from_millis(dc.pick("how soon the stores are lost", 30))).await;
    dc.wipe_derived();
    reconcile(dc).await?;
    tally.settle().await
}

/// Derived stores are lost, and before anybody notices, cy clicks again on what was counted minutes ago. A node crashes while it
/// reconciles, or an answer is lost, or a request comes late; the scheduler tries again until it hears `Ok`. Every
/// impression counts once, in the minute of its first click.
#[requirement(
    stage = "reconcile",
    level = faults,
    points = 3,
    sweep = [crashes, lost_answers, late_effects, rebalances],
    points_max = 800
)]
async fn reconcile_survives_what_goes_wrong(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    let first = tally.visit("cy").await?;
    dc.sleep(A_WHILE).await;
    dc.wipe_derived();
    tally.insist(&dc.client("cy"), &first).await?;
    tally.visit("di").await?;
    dc.sleep(Duration::from_secs(3)).await;
    reconcile(dc).await?;
    dc.sleep(Duration::from_secs(3)).await;
    dc.heal().await;
    tally.settle().await
}
