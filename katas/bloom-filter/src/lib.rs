//! The contract of the bloom-filter kata: a set that answers "certainly not" or "probably", in a hundredth of the space of a set.
//!
//! A filter says of every key whether it may have been inserted. It is never wrong about a key that was; of others, it
//! takes a few for members. What it promises:
//!
//! - **No false negatives**, ever: not when it is fuller than it was made for, not under threads, not after a journey as bytes,
//!   not after other keys were removed.
//! - **Few false positives.** As long as it holds at most [`Config::capacity`] distinct keys, it takes at most
//!   [`RATE_FACTOR`] times [`Config::false_positive_rate`] of the keys that it does not hold for members, whatever keys look
//!   like: random, counting, empty, long, alike but for one bit.
//! - **Little space.** The textbook's filter has `n * ln(1/p) / ln(2)^2` bits for `n` keys at rate `p`; call that the *optimum*. The
//!   bytes of a filter are at most [`PLAIN_SIZE_FACTOR`] times the optimum, those of one that counts at most
//!   [`COUNTING_SIZE_FACTOR`] times, and [`HEADER_BYTES_MAX`] more. There is a bonus for a filter that keeps to
//!   [`BONUS_SIZE_FACTOR`] times where it lets nothing go.
//! - **Nobody can make keys that collide** without knowing [`Config::secret`]. Whoever chooses keys knows the code of the
//!   filter and its capacity and rate, and not the secret. Their keys are taken for members no more often than any others, and
//!   what collides under one secret does so under another by chance only.
//! - **Threads.** Methods are called by several threads at once. When calls have returned, what they inserted is contained. Only
//!   while `unite` or `restore` runs, calls beside it may see some of its effect.
//! - **Speed.** Inserting and looking up takes one thread at most [`RATIO_MAX`] times as long as the crate fastbloom.
//!
//! Rates and estimates are promised from a capacity of 10,000 on: where there are few bits, chance decides.
//! All nodes that exchange bytes have the same [`Config`], unless it says otherwise.
//!
//! Start with [`BloomFilter`]. The methods below the first seven are the grader's: it calls the others through them.

use kata::keys::Keys;

/// How many times the configured rate of false positives a filter may have.
pub const RATE_FACTOR: f64 = 2.0;
/// How many times the optimum the bytes of a filter without removal may be.
pub const PLAIN_SIZE_FACTOR: f64 = 2.0;
/// The same for a bonus: room for rounding and no more.
pub const BONUS_SIZE_FACTOR: f64 = 1.1;
/// How many times the optimum the bytes of a filter with removal may be: counters of eight bits in the textbook's filter, or of
/// four in one with twice the cells.
pub const COUNTING_SIZE_FACTOR: f64 = 8.0;
/// What bytes may hold besides.
pub const HEADER_BYTES_MAX: u64 = 64;
/// How far an estimate may be off, as a share of the true number.
pub const ESTIMATE_ERROR_MAX: f64 = 0.05;
/// How many times as long as fastbloom a filter may take.
pub const RATIO_MAX: f64 = 10.0;

/// What a filter is made for.
#[kata::data(Copy)]
pub struct Config {
    /// How many distinct keys it will hold, 1 to 2^26.
    pub capacity: u64,
    /// Which share of the keys that it does not hold it may take for members when it is full, 0.000,001 to 0.5.
    pub false_positive_rate: f64,
    /// What nobody who chooses keys knows.
    pub secret: u128,
    /// Whether keys can be removed.
    pub removal: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config { capacity: 10_000, false_positive_rate: 0.01, secret: 0x0123_4567_89ab_cdef, removal: false }
    }
}

/// Why a key was not removed. Nothing has changed then.
#[kata::error(definite, Eq)]
pub enum RemoveError {
    /// The filter does not contain it.
    NotContained,
    /// The filter was made without [`Config::removal`], whatever the key.
    NotRemovable,
}

/// Why bytes were not taken. Nothing has changed then.
#[kata::error(definite, Eq)]
pub enum BytesError {
    /// No filter with this configuration gave them: they are empty, cut short or too long, or the filter's capacity, rate, secret
    /// or removal is another. That somebody changed bytes in the middle need not be noticed.
    Foreign,
}

/// What a round of the race found.
#[kata::data(Copy, Eq)]
pub struct LookedUp {
    /// Keys that were inserted and are not contained.
    pub missing: u64,
    /// Keys that were not inserted and are contained.
    pub mistaken: u64,
}

/// A set of keys, which are any bytes, that may take others for members. It begins empty.
#[kata::contract(config = Config)]
pub trait BloomFilter {
    /// Inserts a key.
    ///
    /// With [`Config::removal`], a key that is inserted several times is in the filter several times, and must be removed as
    /// often before it is gone. From 15 times on, the filter may stop counting and keep the key for ever.
    fn insert(&self, key: &[u8]);

    /// Whether a key may have been inserted: always true if it was.
    fn contains(&self, key: &[u8]) -> bool;

    /// Takes a key out of a filter with [`Config::removal`], once. Afterwards it is contained no more often by chance than keys that
    /// never were in the filter, unless it was inserted several times; and all other keys stay.
    ///
    /// A key for which [`contains`](BloomFilter::contains) is false is refused with `NotContained`. Nobody removes keys
    /// that are taken for members and are none, nor one key on two threads at once although it was inserted once: those harm
    /// others in any filter.
    fn remove(&self, key: &[u8]) -> Result<(), RemoveError>;

    /// How many distinct keys the filter holds, as far as it shows: within [`ESTIMATE_ERROR_MAX`] if they are between a tenth of
    /// the capacity and all of it. Beyond, any number will do. What was inserted again, came by `unite` or `restore`, or was
    /// removed counts as it should.
    fn estimate(&self) -> u64;

    /// The filter as bytes, for [`unite`](BloomFilter::unite) and [`restore`](BloomFilter::restore) on any node. For their
    /// size see the [module](self).
    fn to_bytes(&self) -> Vec<u8>;

    /// Adds all that another filter held when it gave these bytes: as if all keys inserted there had been inserted here, too.
    fn unite(&self, bytes: &[u8]) -> Result<(), BytesError>;

    /// Makes the filter what another one was when it gave these bytes. What it held before is gone.
    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError>;

    /// Inserts the keys numbered from `from` to before `to`.
    #[drive]
    fn insert_all(&self, keys: Keys, from: u64, to: u64) {
        keys.each(from..to, |_, key| self.insert(key));
    }

    /// How many of the keys numbered from `from` to before `to` are contained.
    #[drive]
    fn count_contained(&self, keys: Keys, from: u64, to: u64) -> u64 {
        keys.count(from..to, |key| self.contains(key))
    }

    /// The numbers, from `from` to before `to`, of the keys that are contained.
    #[drive]
    fn find_contained(&self, keys: Keys, from: u64, to: u64) -> Vec<u64> {
        let mut contained = Vec::new();
        keys.each(from..to, |number, key| {
            if self.contains(key) {
                contained.push(number);
            }
        });
        contained
    }

    /// How many of the keys with these numbers are contained.
    #[drive]
    fn count_contained_of(&self, keys: Keys, numbers: Vec<u64>) -> u64 {
        numbers.into_iter().filter(|&number| self.contains(&keys.key(number))).count() as u64
    }

    /// How many of these keys are contained.
    #[drive]
    fn count_contained_keys(&self, keys: Vec<Vec<u8>>) -> u64 {
        keys.iter().filter(|key| self.contains(key)).count() as u64
    }

    /// The number of the first key that is not contained, from `from` to before `to`.
    #[drive]
    fn first_missing(&self, keys: Keys, from: u64, to: u64) -> Option<u64> {
        (from..to).find(|&number| !self.contains(&keys.key(number)))
    }

    /// Removes the keys numbered from `from` to before `to`; gives the number of the first that is refused.
    #[drive]
    fn remove_all(&self, keys: Keys, from: u64, to: u64) -> Option<u64> {
        let mut refused = None;
        keys.each(from..to, |number, key| {
            if self.remove(key).is_err() {
                refused.get_or_insert(number);
            }
        });
        refused
    }

    /// Tries to remove those of the keys numbered from `from` to before `to` that are not contained; gives the number of the
    /// first that is removed nevertheless.
    #[drive]
    fn remove_absent(&self, keys: Keys, from: u64, to: u64) -> Option<u64> {
        let mut removed = None;
        keys.each(from..to, |number, key| {
            if !self.contains(key) && self.remove(key) != Err(RemoveError::NotContained) {
                removed.get_or_insert(number);
            }
        });
        removed
    }

    /// Inserts `count` keys, looks for them, and looks for `count` others.
    #[drive]
    fn insert_and_look_up(&self, keys: Keys, count: u64) -> LookedUp {
        keys.each(0..count, |_, key| self.insert(key));
        let found = keys.count(0..count, |key| self.contains(key));
        LookedUp { missing: count - found, mistaken: keys.count(count..2 * count, |key| self.contains(key)) }
    }
}
