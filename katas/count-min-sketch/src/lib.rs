//! The contract of the count-min-sketch kata: how often each key came, in a table that does not grow with the keys.
//!
//! A sketch counts keys of a stream, of which there may be millions, in a few thousand counters. It is never wrong in one
//! direction, and seldom far off in the other. *The total* is the sum of all counts that were added, less those that were removed. What
//! a sketch promises:
//!
//! - **Never too low.** An estimate is at least what was added of its key, less what was removed: always, under threads, after a
//!   journey as bytes, after other keys were removed.
//! - **Seldom far too high.** For any stream and any key, chosen without knowing [`Config::secret`], the estimate is above the key's
//!   count by more than [`Config::error`] times the total with a probability of at most [`Config::failure`]. The secret is what
//!   chance is about: each secret makes a sketch that has luck with other keys. Where keys are random themselves, it is as
//!   rare under every secret. A bound that is exceeded once in 10^15 is never exceeded as far as anybody will notice.
//! - **Little space.** The textbook's sketch has `ceil(ln(1 / failure))` rows of `ceil(e / error)` counters of
//!   [`COUNTER_BYTES`] bytes each; call that the *optimum*. The bytes of a sketch are at most [`SIZE_FACTOR`] times the optimum, and
//!   [`HEADER_BYTES_MAX`] more. A sketch that keeps a list of heavy hitters may keep [`LISTED_KEYS_FACTOR`]` / error` keys
//!   besides, each with its own bytes and [`LISTED_KEY_BYTES_MAX`] more.
//! - **Nobody can make keys that collide** without knowing the secret. Whoever chooses keys knows the code of the sketch and
//!   everything else in its configuration. What collides under one secret does so under another by chance only.
//! - **Threads.** Methods are called by several threads at once. When calls have returned, all that they counted is counted.
//!   Only while `merge` or `restore` runs, calls beside it may see some of its effect.
//! - **Speed.** Adding and estimating takes one thread at most [`RATIO_MAX`] times as long as the crate bloom-lib does for its count-min
//!   sketch behind a lock, with SipHash-1-3 as its hash, and without a list of heavy hitters.
//!
//! What is added to a sketch, by `add` and `merge`, stays below 2^63 in all. All nodes that exchange bytes have the same [`Config`],
//! unless it says otherwise.
//!
//! Start with [`CountMinSketch`]. The methods below the first eight are the grader's: it calls the others through them.

use kata::keys::Keys;

/// How many bytes a counter of the textbook's sketch has.
pub const COUNTER_BYTES: u64 = 8;
/// How many times the optimum the bytes of a sketch may be.
pub const SIZE_FACTOR: f64 = 2.0;
/// What bytes may hold besides.
pub const HEADER_BYTES_MAX: u64 = 64;
/// How many keys a list of heavy hitters may keep, as a multiple of `1 / error`.
pub const LISTED_KEYS_FACTOR: f64 = 2.0;
/// What a key of the list may take besides its own bytes.
pub const LISTED_KEY_BYTES_MAX: u64 = 16;
/// How many times as long as the crate bloom-lib a sketch may take.
pub const RATIO_MAX: f64 = 10.0;

/// What a sketch is made for.
#[kata::data(Copy)]
pub struct Config {
    /// By how much an estimate may be too high, as a share of the total: the paper's epsilon, 0.000,01 to 0.5.
    pub error: f64,
    /// How often it may be higher than that: the paper's delta, 10^-15 to 0.5.
    pub failure: f64,
    /// What nobody who chooses keys knows.
    pub secret: u128,
    /// Which share of the total makes a key a heavy hitter: from twice the error to 1. Without a meaning with `removal`.
    pub heavy_share: f64,
    /// Whether counts can be removed. Such a sketch keeps no list of heavy hitters.
    pub removal: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            error: 0.01,
            failure: 0.001,
            secret: 0x0123_4567_89ab_cdef,
            heavy_share: 0.05,
            removal: false,
        }
    }
}

/// Why a count was not removed. Nothing has changed then.
#[kata::error(definite, Eq)]
pub enum RemoveError {
    /// It is more than the key's estimate.
    TooMany,
    /// The sketch was made without [`Config::removal`], whatever the key and the count.
    NotRemovable,
}

/// Why there is no list of heavy hitters.
#[kata::error(definite, Eq)]
pub enum ListError {
    /// The sketch was made with [`Config::removal`]. When much is removed, a key becomes heavy that never was noticed.
    NotKept,
}

/// Why bytes were not taken. Nothing has changed then.
#[kata::error(definite, Eq)]
pub enum BytesError {
    /// No sketch with this configuration gave them: they are empty, cut short or too long, or the sketch's error, failure,
    /// secret, heavy share or removal is another. That somebody changed bytes in the middle need not be noticed.
    Foreign,
}

/// A key with a great share of the total.
#[kata::data(Eq)]
pub struct HeavyHitter {
    /// Which.
    pub key: Vec<u8>,
    /// How often it came. The same two bounds hold as for [`CountMinSketch::estimate`].
    pub estimate: u64,
}

/// What a round of the race found.
#[kata::data(Copy, Eq)]
pub struct Wrong {
    /// Estimates below the count of their key.
    pub too_low: u64,
    /// Estimates above it by more than the margin.
    pub too_high: u64,
}

/// How often keys came, which are any bytes. It begins empty.
#[kata::contract(config = Config)]
pub trait CountMinSketch {
    /// Counts a key `count` times more. With a count of 0 nothing changes.
    fn add(&self, key: &[u8], count: u64);

    /// About how often the key was counted: never less, and seldom far more. See the [module](self).
    fn estimate(&self, key: &[u8]) -> u64;

    /// Takes `count` back of what was added of a key, in a sketch with [`Config::removal`]. A count of 0 changes nothing.
    ///
    /// A count above [`estimate`](CountMinSketch::estimate) is refused with `TooMany`. An estimate that is too high would let more pass
    /// than the key has. Callers do not ask for that, neither in one call nor in several: it takes away from others in any sketch.
    fn remove(&self, key: &[u8], count: u64) -> Result<(), RemoveError>;

    /// The total: all that was added, less what was removed. It is exact.
    fn total(&self) -> u64;

    /// The heavy hitters, the highest estimate first. Equal ones stand in any order, and no key stands there twice.
    ///
    /// Every key whose count is at least [`Config::heavy_share`] of the total is in the list: always, however its count came together, in
    /// one call or in thousands, early or late, here or in sketches that were merged. A key whose count is
    /// less than `heavy_share - error` of the total is in it with a probability of at most [`Config::failure`]. A key that was never
    /// added is never in it. Shares are meant but for the rounding of an `f64`.
    fn heavy_hitters(&self) -> Result<Vec<HeavyHitter>, ListError>;

    /// The sketch as bytes, for [`merge`](CountMinSketch::merge) and [`restore`](CountMinSketch::restore) on any node. For
    /// their size see the [module](self).
    fn to_bytes(&self) -> Vec<u8>;

    /// Adds all that another sketch had counted when it gave these bytes: as if all of it had been added here, too. The same bytes
    /// merged twice count twice. Bounds hold as ever, with the total of both; estimates need not be what one sketch
    /// of both streams would say.
    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError>;

    /// Makes the sketch what another one was when it gave these bytes. What it held before is gone.
    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError>;

    /// Adds `count` to each of the keys numbered from `from` to before `to`, and all that `rounds` times over.
    #[drive]
    fn add_all(&self, keys: Keys, from: u64, to: u64, count: u64, rounds: u64) {
        (0..rounds).for_each(|_| keys.each(from..to, |_, key| self.add(key, count)));
    }

    /// Adds a stream after Zipf's law: key number `i` comes `distinct / (i + 1)` times, rounded down, once in each round until it
    /// has come so often.
    #[drive]
    fn add_zipf(&self, keys: Keys, distinct: u64) {
        (1..=distinct).for_each(|round| keys.each(0..distinct / round, |_, key| self.add(key, 1)));
    }

    /// The estimates of the keys numbered from `from` to before `to`.
    #[drive]
    fn estimate_all(&self, keys: Keys, from: u64, to: u64) -> Vec<u64> {
        let mut estimates = Vec::new();
        keys.each(from..to, |_, key| estimates.push(self.estimate(key)));
        estimates
    }

    /// Begins `trials` times from the bytes of an empty sketch, adds a thousand to each of `frequent` keys and asks for the estimate of one
    /// that does not come. Says how often that is above `margin`. No key comes in two trials.
    #[drive]
    fn count_failures(&self, empty: Vec<u8>, keys: Keys, trials: u64, frequent: u64, margin: u64) -> u64 {
        let fails = |trial: &u64| {
            let (first, other) = (trial * (frequent + 1), trial * (frequent + 1) + frequent);
            let restored = self.restore(&empty);
            keys.each(first..other, |_, key| self.add(key, 1_000));
            restored.is_err() || self.estimate(&keys.key(other)) > margin
        };
        (0..trials).filter(fails).count() as u64
    }

    /// The numbers, from `from` to before `to`, of up to `most` keys with an estimate above `limit`.
    #[drive]
    fn find_above(&self, keys: Keys, from: u64, to: u64, limit: u64, most: u64) -> Vec<u64> {
        let above = (from..to).filter(|&number| self.estimate(&keys.key(number)) > limit);
        above.take(most as usize).collect()
    }

    /// How many of the keys with these numbers have an estimate above `limit`.
    #[drive]
    fn count_above(&self, keys: Keys, numbers: Vec<u64>, limit: u64) -> u64 {
        numbers.into_iter().filter(|&number| self.estimate(&keys.key(number)) > limit).count() as u64
    }

    /// How many of these keys have an estimate above `limit`.
    #[drive]
    fn count_keys_above(&self, keys: Vec<Vec<u8>>, limit: u64) -> u64 {
        keys.iter().filter(|key| self.estimate(key) > limit).count() as u64
    }

    /// Removes `count` of each of the keys numbered from `from` to before `to`; gives the number of the first that is refused.
    #[drive]
    fn remove_all(&self, keys: Keys, from: u64, to: u64, count: u64) -> Option<u64> {
        (from..to).filter(|&number| self.remove(&keys.key(number), count).is_err()).min()
    }

    /// Removes what [`add_zipf`](CountMinSketch::add_zipf) adds; gives the number of the first key that is refused.
    #[drive]
    fn remove_zipf(&self, keys: Keys, distinct: u64) -> Option<u64> {
        let mut refused = None;
        for round in 1..=distinct {
            keys.each(0..distinct / round, |number, key| {
                if self.remove(key, 1).is_err() {
                    refused.get_or_insert(number);
                }
            });
        }
        refused
    }

    /// Tries to remove one more than its estimate of each of the keys numbered from `from` to before `to`; gives the number of the
    /// first for which that is not `TooMany`.
    #[drive]
    fn remove_too_many(&self, keys: Keys, from: u64, to: u64) -> Option<u64> {
        (from..to).find(|&number| {
            let key = keys.key(number);
            self.remove(&key, self.estimate(&key) + 1) != Err(RemoveError::TooMany)
        })
    }

    /// Adds a stream after Zipf's law and asks for an estimate as often. Says how many are wrong by more than `margin`.
    #[drive]
    fn add_and_estimate(&self, keys: Keys, distinct: u64, margin: u64) -> Wrong {
        self.add_zipf(keys, distinct);
        let mut wrong = Wrong { too_low: 0, too_high: 0 };
        for round in 1..=distinct {
            keys.each(0..distinct / round, |number, key| {
                let (estimate, count) = (self.estimate(key), distinct / (number + 1));
                wrong.too_low += u64::from(estimate < count);
                wrong.too_high += u64::from(estimate > count + margin);
            });
        }
        wrong
    }
}
