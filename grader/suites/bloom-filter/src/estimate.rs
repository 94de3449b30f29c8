//! Stage `estimate`: how many distinct keys there are.

use crate::filters::{config, filter, holds_about, keys};
use kata::keys::Family;
use kata_check::Outcome;
use kata_sim::{Datacentre, Expect, requirement};

/// From a tenth of the capacity to all of it, an estimate is within 5 %; and keys that are inserted again count once.
#[requirement(stage = "estimate", level = acceptance, points = 5, schedules = 1)]
async fn estimates_count_distinct_keys(dc: &Datacentre) -> Outcome {
    for removal in [false, true] {
        let config = bloom_filter::Config { removal, ..config(dc) };
        let keys = keys(dc, Family::Random);
        let ana = filter(dc, "ana", config).await;
        let mut inserted = 0;
        for count in [1_000, 2_500, 5_000, 7_500, 10_000] {
            ana.insert_all(keys, inserted, count).await.expect_ok("inserting")?;
            inserted = count;
            holds_about(&ana, count, "").await?;
            ana.insert_all(keys, 0, 1_000).await.expect_ok("inserting again")?;
            holds_about(&ana, count, "after keys were inserted again").await?;
        }
    }
    Ok(())
}
