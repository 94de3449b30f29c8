//! Stage `counting`: a sketch counts different keys, whatever they look like.

use crate::sketches::{
    ALARM, config, counts_about, error_max, estimate, filled, holds_all, is_about, is_the_same,
    is_told_by_one, keys, sketch,
};
use hyperloglog::Config;
use kata::keys::{Family, Keys};
use kata_check::{Outcome, chance, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// Sketches that count a few keys.
const SKETCHES: u64 = 8;

/// An empty sketch estimates 0. One key is 1, two are 2, and so on up to ten; up to forty at the highest precision. Two keys may fall
/// together in a sketch and count as one, but in hardly any.
#[requirement(stage = "counting", level = acceptance, points = 5, schedules = 1)]
async fn few_keys_are_counted_exactly(dc: &Datacentre) -> Outcome {
    for (precision, count_max) in [(14, 10), (18, 40)] {
        let mut wrong = vec![Vec::new(); count_max as usize];
        for number in 0..SKETCHES {
            let Config { secret, .. } = config(dc);
            let ana =
                sketch(dc, "ana", Config { precision, secret: secret.wrapping_add(number.into()) }).await;
            is_the_same(estimate(&ana).await?, 0, "the estimate of an empty sketch")?;
            let keys = keys(dc, Family::Random);
            let estimates = ana.estimates_while_adding(keys, (1..=count_max).collect()).await;
            for (count, estimate) in (1..).zip(estimates.expect_ok("adding keys and estimating")?) {
                if estimate != count {
                    wrong[count as usize - 1].push(estimate);
                }
            }
        }
        for (count, wrong) in (1..).zip(wrong) {
            // What is wrong at all is wrong by a key or more, so it happens no oftener than this, or the root mean square of the
            // error would be above the bound. For ten keys, that is one sketch in a hundred.
            let error = error_max(precision) * count as f64;
            let (limit, observed) = (chance::most(SKETCHES, error * error, ALARM), wrong.len() as u64);
            ensure!(
                observed <= limit,
                "a few keys are not counted exactly",
                "{count} in all of {SKETCHES} sketches with a precision of {precision}, but for {limit} at most",
                "otherwise in {observed}: {wrong:?}"
            );
        }
    }
    Ok(())
}

/// Keys that are in already change nothing, however many there are and however often they come.
#[requirement(stage = "counting", level = acceptance, points = 5, schedules = 1)]
async fn a_key_counts_once(dc: &Datacentre) -> Outcome {
    let keys = keys(dc, Family::Random);
    for precision in [4, 10, 14] {
        let ana = sketch(dc, "ana", Config { precision, ..config(dc) }).await;
        let mut added = 0;
        for count in [1, 10, 100, 1_000, 5_000, 50_000] {
            ana.add_all(keys, added, count).await.expect_ok("adding")?;
            added = count;
            for _ in 0..2 {
                holds_all(&ana, keys, 0..count, "when there are not many").await?;
            }
            if is_told_by_one(count, precision) {
                counts_about(&ana, count, precision, "when keys come again").await?;
            }
        }
    }
    Ok(())
}

/// Random keys, keys that count, keys as short as can be, long keys, and keys that differ at their end, at their beginning or in one
/// bit: all are counted alike.
#[requirement(stage = "counting", level = acceptance, points = 10, schedules = 1)]
async fn keys_of_all_kinds_are_counted(dc: &Datacentre) -> Outcome {
    let config = config(dc);
    for family in Family::ALL {
        let ana = sketch(dc, "ana", config).await;
        let counts = [2_000, 20_000];
        let estimates = ana.estimates_while_adding(keys(dc, family), counts.to_vec()).await;
        for (count, estimate) in counts.into_iter().zip(estimates.expect_ok("adding keys and estimating")?) {
            is_about(estimate, count, config.precision, &format!("for keys of the family {family:?}"))?;
        }
    }
    Ok(())
}

/// Sketches of every precision from 4 to 18 count one key as one, and 100,000 keys well enough for their size.
#[requirement(stage = "counting", level = acceptance, points = 5, schedules = 1)]
async fn every_precision_counts(dc: &Datacentre) -> Outcome {
    let count = 100_000;
    for precision in 4..=18 {
        let config = Config { precision, ..config(dc) };
        let Keys { seed, .. } = keys(dc, Family::Random);
        let keys = Keys::new(Family::Random, seed.wrapping_add(precision.into()));
        let ana = filled(dc, "ana", config, keys, 0..1).await?;
        is_the_same(
            estimate(&ana).await?,
            1,
            &format!("the estimate of one key at a precision of {precision}"),
        )?;
        ana.add_all(keys, 1, count).await.expect_ok("adding")?;
        // What is smaller is for stage `error`, which looks at many sketches.
        if is_told_by_one(count, precision) {
            counts_about(&ana, count, precision, "").await?;
        }
    }
    Ok(())
}
