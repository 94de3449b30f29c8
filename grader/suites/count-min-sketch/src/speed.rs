//! Stage `speed`: as fast as the best, or nearly.

use crate::sketches::config;
use bloom_lib::CountMinSketch as Rows;
use count_min_sketch::{
    BytesError, Config, CountMinSketch, CountMinSketchClient as Client, CountMinSketchContract, Env,
    HeavyHitter, ListError, RATIO_MAX, RemoveError, Wrong,
};
use kata::OpenError;
use kata::keys::{Family, Keys};
use kata::runtime::role;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, Race, Yardstick, requirement};
use siphasher::sip::SipHasher13;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// In the stream of a round.
const DISTINCT: u64 = 10_000;

/// A stream after Zipf's law is added, nearly 100,000 keys long, and as many estimates are asked for: in at most ten times the time that the
/// crate bloom-lib takes, which keeps no list of heavy hitters. A textbook's sketch that hashes each key once for every row stays
/// within that.
#[requirement(stage = "speed", level = scale, points = 10, native)]
async fn keeps_up(dc: &Datacentre) -> Outcome {
    let config = Config { error: 0.000_5, failure: 0.01, heavy_share: 0.01, ..config(dc) };
    let (seed, length) = (dc.draw("keys"), (1..=DISTINCT).map(|rank| DISTINCT / rank).sum::<u64>());
    let race = Race {
        name: "additions and estimates",
        yardstick: Yardstick::new("bloom-lib 1.0", role::<CountMinSketchContract<BloomLib>>()),
        threads: 1,
        operations: 2 * length,
        ratio_max: RATIO_MAX,
    };
    // Of a hundred estimates one may be far too high, and in such a stream none is. Those of one secret share their luck, so let
    // there be ten times as many: how many there are is a matter for `estimates_are_seldom_far_too_high`.
    let (margin, too_high_max) = ((config.error * length as f64) as u64, length / 10);
    race.run::<Client>(dc, config, async |sketch, round| {
        let keys = Keys::new(Family::Random, seed.wrapping_add(round));
        let Wrong { too_low, too_high } =
            sketch.add_and_estimate(keys, DISTINCT, margin).await.expect_ok("adding and estimating")?;
        ensure!(too_low == 0, "estimates are too low", "none of {length}", "{too_low}");
        ensure!(
            too_high <= too_high_max,
            "too many estimates are far too high",
            "at most {too_high_max} of {length}",
            "{too_high}"
        );
        Ok(())
    })
    .await
}

/// The yardstick. It hashes as a solution should, by SipHash-1-3 with the secret as its key, and lets threads share it by a lock.
struct BloomLib(Mutex<Rows<[u8], Keyed>>);

/// Begins a hash with the secret.
#[derive(Clone)]
struct Keyed(SipHasher13);

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        self.0
    }
}

impl BloomLib {
    fn rows(&self) -> MutexGuard<'_, Rows<[u8], Keyed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CountMinSketch for BloomLib {
    async fn open(_env: Env, config: Config) -> Result<BloomLib, OpenError> {
        let keyed = Keyed(SipHasher13::new_with_key(&config.secret.to_le_bytes()));
        let rows =
            Rows::with_hasher(config.error, config.failure, keyed).expect("a configuration in its bounds");
        Ok(BloomLib(Mutex::new(rows)))
    }

    fn add(&self, key: &[u8], count: u64) {
        self.rows().add(key, count);
    }

    fn estimate(&self, key: &[u8]) -> u64 {
        self.rows().estimate(key)
    }

    // What follows is no part of the race.

    fn remove(&self, _key: &[u8], _count: u64) -> Result<(), RemoveError> {
        Err(RemoveError::NotRemovable)
    }

    fn total(&self) -> u64 {
        self.rows().total_count()
    }

    fn heavy_hitters(&self) -> Result<Vec<HeavyHitter>, ListError> {
        Err(ListError::NotKept)
    }

    fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn merge(&self, _bytes: &[u8]) -> Result<(), BytesError> {
        Err(BytesError::Foreign)
    }

    fn restore(&self, _bytes: &[u8]) -> Result<(), BytesError> {
        Err(BytesError::Foreign)
    }
}
