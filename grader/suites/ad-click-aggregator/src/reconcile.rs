//! Stage `reconcile`: derived stores are lost.

use crate::clients::{SHOES, reconcile, report, well_inside_a_minute};
use crate::tally::Tally;
use ad_click_aggregator::{AdClickAggregatorClient as AdClient, Config, Minute};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use std::time::Duration;

/// More than a minute, so that what is clicked again afterwards could land in another one.
const A_WHILE: Duration = Duration::from_secs(150);
/// How long after the last click stores are lost: at once, beyond `Config::horizon`, and within `Config::retention`.
const AGES: [Duration; 3] =
    [Duration::ZERO, Duration::from_secs(3 * 3_600), Duration::from_secs(6 * 24 * 3_600)];

/// How often reports are read while nothing but `reconcile` goes on: for about as long as that takes.
const LOOKS: u32 = 10;

/// How long after the first click it is repeated, within `Config::impression_valid_for`. The log forgets the first one that much earlier.
const REPEATED_AFTER: Duration = Duration::from_secs(20 * 3_600);

/// Nothing was lost, and `reconcile` runs all the same: once, twice at the same time, and again, two days later and when the log has
/// forgotten some clicks, and all. The reports stay as they were, also while it runs.
#[requirement(stage = "reconcile", level = acceptance, points = 2, schedules = 20)]
async fn reconcile_changes_nothing_that_is_right(dc: &Datacentre) -> Outcome {
    let config = Config { report_minutes_max: 10 * 24 * 60, ..Config::default() };
    let retention = config.retention;
    let tally = Tally::deploy(dc, 2, config).await?;
    reconcile(dc).await?;
    let first = tally.visit("cy").await?;
    tally.visit("di").await?;
    // While these two may still wait to be counted, and when they are.
    reconcile(dc).await?;
    tally.settle().await?;
    let looks = async {
        for _ in 0..LOOKS {
            tally.check().await?;
        }
        Ok(())
    };
    let (one, two, looks) = futures_util::join!(reconcile(dc), reconcile(dc), looks);
    one.and(two).and(looks)?;
    tally.check().await?;
    dc.sleep(A_WHILE).await;
    tally.insist(&dc.client("cy"), &first).await?;
    reconcile(dc).await?;
    tally.settle().await?;
    asleep(dc, REPEATED_AFTER).await;
    tally.insist(&dc.client("cy"), &first).await?;
    tally.settle().await?;
    // The impressions are no longer valid, but the log still has their clicks; then it has the repeated one only; then none, and
    // nothing is lost all the same.
    let repeated = dc.now();
    for age in [Duration::from_secs(24 * 3_600), retention - REPEATED_AFTER / 2, retention + REPEATED_AFTER] {
        asleep(dc, age - dc.now().since(repeated)).await;
        tally.check().await?;
        reconcile(dc).await?;
        tally.check().await?;
    }
    Ok(())
}

/// Everything in stores marked `derived()` is lost: soon after it was counted, hours later, or days. When `reconcile` has
/// answered, every click is back at once: counted once, in its minute. Who clicks again afterwards still counts nothing. And it is
/// lost once more, and comes back once more.
#[requirement(stage = "reconcile", level = faults, points = 4, schedules = 40)]
async fn wiped_stores_come_back(dc: &Datacentre) -> Outcome {
    let defaults = Config::default();
    let config = Config { report_minutes_max: 8 * 24 * 60, ..defaults.clone() };
    let tally = Tally::deploy(dc, 2, config).await?;
    well_inside_a_minute(dc).await;
    let cy = dc.client::<AdClient>("cy");
    let minute = Minute::of(dc.now());
    let first = tally.visit("cy").await?;
    dc.sleep(A_WHILE).await;
    for name in ["di", "ed", "flo"] {
        tally.visit(name).await?;
    }
    tally.insist(&cy, &first).await?;
    tally.settle().await?;
    let later = AGES[usize::try_from(dc.pick("when the stores are lost", 3)).unwrap_or_default()];
    if !later.is_zero() {
        asleep(dc, later).await;
    }
    // A time that is over, for those who keep what they have read of it.
    let over = async || report(dc, SHOES, minute, Minute(minute.0 + 1)).await;
    let before = over().await?;
    dc.wipe_derived();
    tally.check_at_most().await?;
    over().await?;
    // Each of them may only answer when everything is back.
    let restored = async || {
        reconcile(dc).await?;
        tally.check().await
    };
    let (one, two) = futures_util::join!(restored(), restored());
    one.and(two)?;
    let after = over().await?;
    ensure!(after == before, "a minute has not come back", "{before:?}", "{after:?}");
    if later < defaults.impression_valid_for {
        tally.insist(&cy, &first).await?;
    }
    tally.visit("gus").await?;
    tally.settle().await?;
    dc.wipe_derived();
    restored().await
}

/// Nothing happens for that long, and nodes that are down make nothing of it.
async fn asleep(dc: &Datacentre, duration: Duration) {
    dc.nodes().into_iter().for_each(|node| dc.crash(node));
    dc.sleep(duration).await;
    dc.heal().await;
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
