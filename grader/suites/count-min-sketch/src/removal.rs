//! Stage `removal`: taking back.

use crate::sketches::{config, keys, sketch, sure};
use crate::tally::Tally;
use count_min_sketch::{Config, RemoveError};
use kata::keys::Family;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// Of a sketch from which counts can be removed.
fn removing(dc: &Datacentre) -> Config {
    Config { removal: true, ..sure(dc) }
}

/// Some of many keys and all of the frequent ones are removed. No estimate is too low, and none is too high by more than
/// `error` of what is left. When everything was removed, every estimate is 0; and what is added again is there again.
#[requirement(stage = "removal", level = acceptance, points = 10, schedules = 1)]
async fn what_was_removed_is_gone(dc: &Datacentre) -> Outcome {
    for family in [Family::Random, Family::SamePrefix, Family::OneBitApart] {
        let (config, keys) = (removing(dc), keys(dc, family));
        let ana = sketch(dc, "ana", config).await;
        ana.add_zipf(keys, 3_000).await.expect_ok("adding")?;
        let mut tally = Tally::zipf(keys, 3_000);
        tally.remove(&ana, 0..300, 9).await?;
        tally.remove(&ana, 300..301, 0).await?;
        tally.is_close_to(&ana, config.error, " after some was removed").await?;
        for number in 0..100 {
            let count = tally.count(number);
            tally.remove(&ana, number..number + 1, count).await?;
        }
        tally.is_close_to(&ana, config.error, " after the most frequent keys were removed").await?;
        for number in 100..3_000 {
            let count = tally.count(number);
            tally.remove(&ana, number..number + 1, count).await?;
        }
        tally.is_close_to(&ana, config.error, " after all was removed").await?;
        tally.add(&ana, 1_000..2_000, 5, 2).await?;
        tally.is_close_to(&ana, config.error, " after some was added again").await?;
    }
    // Where everything collides, what is taken away for one key is soon missing for another.
    let small = Config { error: 0.1, failure: 0.1, heavy_share: 0.2, ..removing(dc) };
    let (keys, bo) = (keys(dc, Family::Random), sketch(dc, "bo", small).await);
    bo.add_zipf(keys, 1_000).await.expect_ok("adding")?;
    let mut tally = Tally::zipf(keys, 1_000);
    for number in (0..1_000).step_by(2) {
        let count = tally.count(number);
        tally.remove(&bo, number..number + 1, count).await?;
    }
    tally.is_not_above(&bo, " after every other key was removed from a small sketch").await
}

/// A count above the estimate cannot be removed, and trying harms nobody. From a sketch without removal, nothing can.
#[requirement(stage = "removal", level = acceptance, points = 5, schedules = 1)]
async fn no_more_can_be_removed_than_there_is(dc: &Datacentre) -> Outcome {
    let (config, keys) = (removing(dc), keys(dc, Family::Random));
    let ana = sketch(dc, "ana", config).await;
    ana.add_zipf(keys, 1_000).await.expect_ok("adding")?;
    let removed = ana.remove_too_many(keys, 0, 2_000).await.expect_ok("removing too many")?;
    ensure!(
        removed.is_none(),
        "more can be removed than the estimate",
        "Err(TooMany)",
        "another answer for key {removed:?}"
    );
    let error = ana.remove(&keys.key(0), u64::MAX).await.expect_refused("removing far too many")?;
    ensure!(error == RemoveError::TooMany, "a count is refused for another reason", "TooMany", "{error:?}");
    let tally = Tally::zipf(keys, 1_000);
    tally.is_close_to(&ana, config.error, " after too many were to be removed").await?;
    let bo = sketch(dc, "bo", self::config(dc)).await;
    bo.add_zipf(keys, 1_000).await.expect_ok("adding")?;
    for (number, count) in [(0, 1), (0, 5_000), (1_500, 1), (0, 0)] {
        let error = bo.remove(&keys.key(number), count).await;
        let error = error.expect_refused("removing from a sketch without removal")?;
        ensure!(
            error == RemoveError::NotRemovable,
            "a count is refused for another reason",
            "NotRemovable",
            "{error:?}"
        );
    }
    tally.is_not_above(&bo, " after nothing could be removed").await
}

/// What was removed from one sketch is missing in those that merge it, and what came by a merge can be removed.
#[requirement(stage = "removal", level = acceptance, points = 5, schedules = 1)]
async fn removals_travel(dc: &Datacentre) -> Outcome {
    let (config, keys) = (removing(dc), keys(dc, Family::Random));
    let (ana, bo) = (sketch(dc, "ana", config).await, sketch(dc, "bo", config).await);
    let (mut mine, mut theirs) = (Tally::new(keys, 2_000), Tally::new(keys, 2_000));
    mine.add(&ana, 0..1_000, 3, 1).await?;
    theirs.add(&bo, 500..2_000, 10, 1).await?;
    theirs.remove(&bo, 500..1_500, 8).await?;
    let bytes = bo.to_bytes().await.expect_ok("bo's bytes")?;
    ana.merge(&bytes).await.expect_ok("merging bo's bytes")?;
    let mut both = mine.plus(&theirs);
    both.is_close_to(&ana, config.error, " after a merge with a sketch from which much was removed").await?;
    both.remove(&ana, 0..500, 3).await?;
    both.remove(&ana, 500..1_000, 5).await?;
    both.remove(&ana, 1_500..2_000, 10).await?;
    both.is_close_to(&ana, config.error, " after what came by a merge was removed").await?;
    bo.restore(&ana.to_bytes().await.expect_ok("ana's bytes")?).await.expect_ok("restoring")?;
    both.is_close_to(&bo, config.error, " in a restored sketch").await?;
    both.remove(&bo, 1_000..1_500, 2).await?;
    both.is_close_to(&bo, config.error, " after all was removed").await
}
