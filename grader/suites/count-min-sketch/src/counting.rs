//! Stage `counting`: what was added is there, and little else.

use crate::sketches::{config, keys, sketch, sure};
use crate::tally::Tally;
use count_min_sketch::Config;
use kata::keys::Family;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// Keys of all kinds come in a stream, some of them often and most of them seldom. No estimate is below the count of its key, and
/// the total is exact; so it is in the smallest sketches, too, in which everything collides.
#[requirement(stage = "counting", level = acceptance, points = 10, schedules = 1)]
async fn counts_are_never_too_low(dc: &Datacentre) -> Outcome {
    for removal in [false, true] {
        for family in Family::ALL {
            let tally = Tally::zipf(keys(dc, family), 2_000);
            let ana = sketch(dc, "ana", Config { removal, ..config(dc) }).await;
            ana.add_zipf(keys(dc, family), 2_000).await.expect_ok("adding")?;
            tally.is_not_above(&ana, "").await?;
        }
        for (error, failure) in [(0.5, 0.5), (0.5, 1e-15), (0.3, 0.01), (0.1, 0.4)] {
            let small = Config { error, failure, heavy_share: 2.0 * error, removal, ..config(dc) };
            let tally = Tally::zipf(keys(dc, Family::Random), 500);
            let ana = sketch(dc, "ana", small).await;
            ana.add_zipf(keys(dc, Family::Random), 500).await.expect_ok("adding")?;
            tally.is_not_above(&ana, " in a small sketch").await?;
        }
    }
    Ok(())
}

/// The same with a failure of 10^-15: no estimate is above its count by more than `error` of the total, whatever keys look like, nor
/// is that of a key that never came. In an empty sketch, every estimate is 0.
#[requirement(stage = "counting", level = acceptance, points = 10, schedules = 1)]
async fn estimates_are_close(dc: &Datacentre) -> Outcome {
    for removal in [false, true] {
        let config = Config { removal, ..sure(dc) };
        for family in Family::ALL {
            let ana = sketch(dc, "ana", config).await;
            Tally::new(keys(dc, family), 100).is_close_to(&ana, config.error, " in an empty sketch").await?;
            ana.add_zipf(keys(dc, family), 2_000).await.expect_ok("adding")?;
            Tally::zipf(keys(dc, family), 2_000).is_close_to(&ana, config.error, "").await?;
        }
    }
    Ok(())
}

/// Counts of 0 change nothing, counts of 2^60 are counted to the last one, and so is what is added to them one by one.
#[requirement(stage = "counting", level = acceptance, points = 5, schedules = 1)]
async fn counts_are_small_and_huge(dc: &Datacentre) -> Outcome {
    const COUNTS: [u64; 16] =
        [1, 254, 1, 65_279, 1, 0, 1 << 31, 1 << 31, 1, 1 << 32, (1 << 53) - 1, 1, 1, 1 << 60, 1, 3];
    let small = Config { error: 0.5, failure: 0.5, heavy_share: 1.0, ..config(dc) };
    for (removal, config) in [(false, sure(dc)), (true, sure(dc)), (false, small), (true, small)] {
        let ana = sketch(dc, "ana", Config { removal, ..config }).await;
        let mut sum = 0;
        for count in COUNTS {
            ana.add(b"", count).await.expect_ok("adding")?;
            ana.add(b"nothing", 0).await.expect_ok("adding 0")?;
            sum += count;
            let (estimate, total) = (ana.estimate(b"").await, ana.total().await);
            let estimate = estimate.expect_ok("an estimate")?;
            ensure!(estimate >= sum, "an estimate is too low", "at least {sum}", "{estimate}, +{count}");
            let total = total.expect_ok("the total")?;
            ensure!(total == sum, "the total is wrong", "{sum}", "{total}, after {count} was added");
        }
    }
    Ok(())
}
