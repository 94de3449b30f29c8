//! Stage `members`: what was inserted is found, and few others are.

use crate::filters::{OTHERS, config, filled, filter, holds_all, holds_hardly_any, keys};
use bloom_filter::Config;
use kata::keys::Family;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// A filter begins empty, and finds every key that was inserted: random keys, keys that count, the empty key and those of one
/// byte, long keys, and keys that differ at their end, at their beginning or in one bit.
#[requirement(stage = "members", level = acceptance, points = 10, schedules = 1)]
async fn what_was_inserted_is_found(dc: &Datacentre) -> Outcome {
    let config = config(dc);
    for family in Family::ALL {
        let keys = keys(dc, family);
        let ana = filter(dc, "ana", config).await;
        let early = ana.count_contained(keys, 0, 100).await.expect_ok("looking up")?;
        ensure!(early == 0, "an empty filter finds keys", "none of 100", "{early} of family {family:?}");
        ana.insert_all(keys, 0, config.capacity).await.expect_ok("inserting")?;
        holds_all(&ana, keys, 0..config.capacity, "").await?;
    }
    Ok(())
}

/// Filters for one key, for the highest and the lowest rate, and filters with twenty times the keys that they were made for
/// find all of them. How many others they find then is their own business.
#[requirement(stage = "members", level = acceptance, points = 5, schedules = 1)]
async fn small_and_overfull_filters_keep_their_keys(dc: &Datacentre) -> Outcome {
    for removal in [false, true] {
        for (capacity, false_positive_rate) in [(1, 0.5), (1, 0.01), (2, 0.000_001), (63, 0.3), (1_000, 0.01)]
        {
            let config = Config { capacity, false_positive_rate, removal, ..config(dc) };
            let keys = keys(dc, Family::Random);
            let ana = filled(dc, "ana", config, keys, 0..capacity).await?;
            holds_all(&ana, keys, 0..capacity, "in a full filter").await?;
            ana.insert_all(keys, capacity, 20 * capacity).await.expect_ok("inserting")?;
            holds_all(&ana, keys, 0..20 * capacity, "in a filter fuller than it was made for").await?;
            ana.estimate().await.expect_ok("an estimate of a filter fuller than it was made for")?;
        }
    }
    Ok(())
}

/// Half a million keys at a low rate: of a million others, a right filter finds ten. With a hash of 32 bits, every 8,590th of them is
/// taken for a member because it has a member's hash, which makes 126. The limit is 57, which such a filter keeps once in 10^11 grades.
const MANY: Config = Config { capacity: 500_000, false_positive_rate: 0.000_01, secret: 0, removal: false };

/// A full filter takes at most twice the configured share of other keys for members, whatever keys look like, and however many they
/// are.
#[requirement(stage = "members", level = acceptance, points = 15, schedules = 1)]
async fn few_others_are_found(dc: &Datacentre) -> Outcome {
    for false_positive_rate in [0.01, 0.001] {
        let config = Config { false_positive_rate, ..config(dc) };
        for family in Family::ALL {
            let (keys, capacity) = (keys(dc, family), config.capacity);
            let ana = filled(dc, "ana", config, keys, 0..capacity).await?;
            holds_all(&ana, keys, 0..capacity, "").await?;
            let others = capacity..capacity + OTHERS;
            holds_hardly_any(&ana, keys, others, false_positive_rate, "in a full filter").await?;
        }
    }
    let (keys, many) = (keys(dc, Family::Random), Config { secret: config(dc).secret, ..MANY });
    let ana = filled(dc, "ana", many, keys, 0..many.capacity).await?;
    let others = many.capacity..3 * many.capacity;
    holds_hardly_any(&ana, keys, others, many.false_positive_rate, "in a large filter").await
}

#[cfg(test)]
mod tests {
    use super::MANY;
    use crate::filters::mistakes_max;

    #[test]
    fn the_limit_for_many_keys_is_as_stated() {
        assert_eq!(mistakes_max(2 * MANY.capacity, MANY.false_positive_rate), 57);
    }
}
