//! Stage `speed`: as fast as the best, or nearly.

use crate::filters::{config, mistakes_max};
use bloom_filter::{
    BloomFilter, BloomFilterClient as Client, BloomFilterContract, BytesError, Config, Env, LookedUp,
    RATIO_MAX, RemoveError,
};
use fastbloom::AtomicBloomFilter;
use kata::OpenError;
use kata::keys::{Family, Keys};
use kata::runtime::role;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, Race, Yardstick, requirement};

/// Keys inserted in a round; as many are found, and as many others looked for.
const KEYS: u64 = 100_000;

/// A filter for 100,000 keys is filled, every key is looked for, and as many others are: in at most ten times the time that
/// the crate fastbloom takes. A textbook's filter that hashes each key once for every bit stays within that.
#[requirement(stage = "speed", level = scale, points = 10, native)]
async fn keeps_up(dc: &Datacentre) -> Outcome {
    let config = Config { capacity: KEYS, ..config(dc) };
    let seed = dc.draw("keys");
    let race = Race {
        name: "inserts and look-ups",
        yardstick: Yardstick::new("fastbloom 0.17", role::<BloomFilterContract<Fastbloom>>()),
        threads: 1,
        operations: 3 * KEYS,
        ratio_max: RATIO_MAX,
    };
    let limit = mistakes_max(KEYS, config.false_positive_rate);
    race.run::<Client>(dc, config, async |filter, round| {
        let keys = Keys::new(Family::Random, seed.wrapping_add(round));
        let LookedUp { missing, mistaken } =
            filter.insert_and_look_up(keys, KEYS).await.expect_ok("inserting and looking up")?;
        ensure!(missing == 0, "keys that were inserted are not found", "all are", "{missing} are not");
        ensure!(
            mistaken <= limit,
            "too many keys are found that are not there",
            "at most {limit} of {KEYS}",
            "{mistaken}"
        );
        Ok(())
    })
    .await
}

/// The yardstick. It hashes as a solution should, by SipHash-1-3 with the secret as its key.
struct Fastbloom(AtomicBloomFilter);

impl BloomFilter for Fastbloom {
    async fn open(_env: Env, config: Config) -> Result<Fastbloom, OpenError> {
        let capacity = usize::try_from(config.capacity).expect("a capacity fits");
        let filter = AtomicBloomFilter::with_false_pos(config.false_positive_rate).seed(&config.secret);
        Ok(Fastbloom(filter.expected_items(capacity)))
    }

    fn insert(&self, key: &[u8]) {
        self.0.insert(key);
    }

    fn contains(&self, key: &[u8]) -> bool {
        self.0.contains(key)
    }

    // What follows is no part of the race.

    fn remove(&self, _key: &[u8]) -> Result<(), RemoveError> {
        Err(RemoveError::NotRemovable)
    }

    fn estimate(&self) -> u64 {
        0
    }

    fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn unite(&self, _bytes: &[u8]) -> Result<(), BytesError> {
        Err(BytesError::Foreign)
    }

    fn restore(&self, _bytes: &[u8]) -> Result<(), BytesError> {
        Err(BytesError::Foreign)
    }
}
