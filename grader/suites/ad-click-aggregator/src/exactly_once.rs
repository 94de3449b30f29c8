//! Stage `exactly-once`: crashes, lost answers, records that come again.

use crate::clients::{ANA, PATIENCE, ad, place, register_by};
use crate::tally::{Clicked, Tally};
use ad_click_aggregator::{AdClickAggregatorClient as AdClient, Config, RegisterError};
use kata::{Answer, Failure};
use kata_check::Outcome;
use kata_ports::{Request, Trouble, log, table};
use kata_sim::rules::{Ruling, rule};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;

/// Long enough for clicks to be counted in the background while things still go wrong.
const COUNTED: Duration = Duration::from_secs(3);

/// Visitors click, and click again until they arrive. A node crashes at any moment: while it accepts a click, while it counts
/// one, or between the two. Once all is well again, every impression counts once, in its minute.
#[requirement(stage = "exactly-once", level = faults, points = 5, sweep = [crashes, double_crashes])]
async fn counted_once_through_crashes(dc: &Datacentre) -> Outcome {
    visit_and_count(dc, 2).await
}

/// A service does what it is asked, but its answer is lost; or a request takes effect long after its node gave up on it. Every
/// impression counts once.
#[requirement(stage = "exactly-once", level = faults, points = 5, sweep = [lost_answers, late_effects])]
async fn counted_once_when_answers_get_lost(dc: &Datacentre) -> Outcome {
    visit_and_count(dc, 2).await
}

/// The log hands its partitions out anew, at any moment: records that were read but not committed come again, to another
/// node, while the first may still be busy with them. Every impression counts once.
#[requirement(stage = "exactly-once", level = faults, points = 5, sweep = rebalances)]
async fn counted_once_through_rebalances(dc: &Datacentre) -> Outcome {
    visit_and_count(dc, 3).await
}

/// The cache forgets everything, at any moment. Impressions that were placed can still be clicked, duplicates are still known,
/// and what was counted stays counted.
#[requirement(stage = "exactly-once", level = faults, points = 3, sweep = cache_losses)]
async fn the_cache_may_forget(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    let cy = dc.client::<AdClient>("cy");
    let (first, second) = (tally.place().await?, tally.place().await?);
    dc.clear_cache();
    tally.insist(&cy, &first).await?;
    dc.sleep(COUNTED).await;
    dc.clear_cache();
    tally.insist(&cy, &first).await?;
    tally.insist(&cy, &second).await?;
    dc.sleep(COUNTED).await;
    dc.heal().await;
    dc.clear_cache();
    tally.settle().await
}

async fn visit_and_count(dc: &Datacentre, nodes: u16) -> Outcome {
    let tally = Tally::deploy(dc, nodes, Config::default()).await?;
    let (cy, di) = (dc.client::<AdClient>("cy"), dc.client::<AdClient>("di"));
    let (first, second) = (tally.place().await?, tally.place().await?);
    let (one, two) = futures_util::join!(tally.insist(&cy, &first), tally.insist(&di, &second));
    one.and(two)?;
    dc.sleep(COUNTED).await;
    // An impression that is counted by now, once more.
    tally.insist(&cy, &first).await?;
    tally.visit("ed").await?;
    dc.sleep(COUNTED).await;
    dc.heal().await;
    tally.settle().await
}

/// Nobody clicks again. Whoever arrived is counted; whoever was told `Failed(Refused)` is not, now or later; of whoever heard
/// nothing, either is right. An ad that was registered can be placed; one whose registration was told `Failed(Refused)` is not there, and
/// its id is free. And once all is well, not everything may be refused.
#[requirement(
    stage = "exactly-once",
    level = faults,
    points = 4,
    sweep = [lost_answers, late_effects, crashes, outages]
)]
async fn what_is_answered_holds(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    let cy = dc.client::<AdClient>("cy");
    let registered = dc.client::<AdClient>(ANA).register_ad(ad("hats")).await;
    for _ in 0..3 {
        let impression = tally.place().await?;
        if tally.click(&cy, &impression).await? != Clicked::Accepted {
            dc.sleep(PATIENCE).await;
        }
    }
    dc.sleep(COUNTED).await;
    dc.heal().await;
    match registered {
        Answer::Ok(()) => drop(place(dc, "hats").await?),
        Answer::Refused(RegisterError::Failed(Failure::Refused)) => register_by(dc, "bo", "hats").await?,
        Answer::Refused(RegisterError::Failed(Failure::Unknown)) | Answer::Unknown => {}
        Answer::Refused(_) => registered.expect_ok("ana's registration of \"hats\"")?,
    }
    tally.visit("di").await?;
    tally.settle().await
}

/// A write of a click is late, and then nothing can be written for some seconds: what the solution tries next is refused,
/// definitely. The first attempt is still on its way. Whoever is told `Failed(Refused)` is not counted all the same.
#[requirement(stage = "exactly-once", level = faults, points = 3, schedules = 60)]
async fn a_refused_click_never_counts(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 2, Config::default()).await?;
    let cy = dc.client::<AdClient>("cy");
    for nth in 0..3 {
        let impression = tally.place().await?;
        let late =
            Duration::from_millis(2_000 + dc.pick(&format!("how late the write of click {nth} is"), 3_500));
        // Some designs write more than once for a click.
        let mut before = dc.pick(&format!("which write of click {nth} is late"), 2);
        let mut is_late = false;
        let trouble = dc.install(rule("one write is late, the next are refused", move |asked| {
            if !is_write(asked.request) {
                return Ruling::Pass;
            }
            if is_late {
                return Ruling::Refuse(Trouble::Unavailable);
            }
            if before > 0 {
                before -= 1;
                return Ruling::Pass;
            }
            is_late = true;
            Ruling::Delay(late)
        }));
        tally.click(&cy, &impression).await?;
        drop(trouble);
        dc.sleep(COUNTED + late).await;
    }
    dc.heal().await;
    tally.visit("di").await?;
    tally.settle().await
}

/// A request that may make a click accepted.
fn is_write(request: &Request) -> bool {
    matches!(
        request,
        Request::Table(table::Request::Write(_) | table::Request::Transact(_))
            | Request::Log(log::Request::Append { .. })
    )
}
