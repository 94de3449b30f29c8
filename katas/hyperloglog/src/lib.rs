//! The contract of the hyperloglog kata: how many different keys there were, in a few kilobytes, however many there were.
//!
//! A sketch is given keys and estimates how many different ones these were. It cannot say which. With `p` for [`Config::precision`]
//! and `m = 2^p`, it promises:
//!
//! - **A small error at every count.** The error of an estimate is `(estimate - count) / count`. Its root mean square, over sketches of
//!   other keys and secrets, is at most [`ERROR_FACTOR`] / sqrt(m): for every number of different keys from 1 to [`COUNT_MAX`], at every
//!   precision, whatever keys look like (random, counting, empty, long, alike but for one bit). No range is worse than others: the
//!   estimator that was published in 2007 is, around 2.5 m, and does not keep this promise from a precision of 12 on. An empty
//!   sketch estimates 0, and one with a single key 1. Estimates are whole numbers, so a few more are nearly always counted exactly,
//!   too: at a precision of 14, one sketch in a hundred may be wrong about ten keys.
//! - **A key counts once.** Giving a sketch what it holds leaves its estimate as it is, exactly: a key that was added here or that came
//!   with another's bytes, and bytes whose keys are all in.
//! - **Merging is adding.** A sketch that was given another's bytes has been given all keys of the other. Sketches into which the
//!   same ones went give the same estimate, exactly: in whatever order, by whatever way round, and however often.
//! - **Little space.** The bytes of a sketch are at most [`REGISTER_BITS_MAX`] bits for each of `m` registers, and [`HEADER_BYTES_MAX`]
//!   bytes more: 12 KiB and these 64 bytes at a precision of 14. There is a bonus for a sketch that keeps to
//!   [`BONUS_BYTES_MAX`] bytes in all at that precision.
//! - **Nobody can make keys that count for less or for more** without knowing [`Config::secret`]. Whoever chooses keys knows the code
//!   of the sketch and its precision, and not the secret. Their keys count as any others do, and what goes unnoticed under one
//!   secret is counted under another.
//! - **Threads.** Methods are called by several threads at once. When calls have returned, what they added is in. Only while
//!   `merge` or `restore` runs, calls beside it may see some of its effect.
//! - **Speed.** Adding a million keys at a precision of 14 and estimating once takes one thread at most [`RATIO_MAX`] times as long
//!   as the crate hyperloglockless.
//!
//! All nodes that exchange bytes have the same [`Config`], unless it says otherwise.
//!
//! Start with [`HyperLogLog`]. The methods below the first five are the grader's: it calls the others through them.

use kata::keys::Keys;

/// What the root mean square of the relative error may be, times the square root of the number of registers: a quarter more than the
/// 1.04 that Flajolet's analysis gives for large counts.
pub const ERROR_FACTOR: f64 = 1.3;
/// How many different keys a sketch must be able to count.
pub const COUNT_MAX: u64 = 100_000_000;
/// Bits of a register in the bytes of a sketch.
pub const REGISTER_BITS_MAX: u64 = 6;
/// What bytes may hold besides.
pub const HEADER_BYTES_MAX: u64 = 64;
/// The precision of the sketch whose bytes earn a bonus.
pub const BONUS_PRECISION: u8 = 14;
/// What its bytes are at most for that: 12 KiB, head and all.
pub const BONUS_BYTES_MAX: u64 = 12 << 10;
/// How many times as long as hyperloglockless a sketch may take.
pub const RATIO_MAX: f64 = 10.0;

/// What a sketch is made for.
#[kata::data(Copy)]
pub struct Config {
    /// How many registers it has, as a power of two: 4 to 18.
    pub precision: u8,
    /// What nobody who chooses keys knows.
    pub secret: u128,
}

impl Default for Config {
    fn default() -> Config {
        Config { precision: 14, secret: 0x0123_4567_89ab_cdef }
    }
}

/// Why bytes were not taken. Nothing has changed then.
#[kata::error(definite, Eq)]
pub enum BytesError {
    /// No sketch with this configuration gave them: they are empty, cut short or too long, or the sketch's precision or secret is
    /// another. That somebody changed bytes in the middle need not be noticed.
    Foreign,
}

/// A sketch of a set of keys, which are any bytes. It begins empty.
#[kata::contract(config = Config)]
pub trait HyperLogLog {
    /// Adds a key. If it is in already, nothing changes.
    fn add(&self, key: &[u8]);

    /// How many different keys are in, rounded to the nearest whole number: added here, or come by `merge` or `restore`. For how
    /// far it may be off see the [module](self). Beyond [`COUNT_MAX`] keys, any number will do.
    fn estimate(&self) -> u64;

    /// The sketch as bytes, for [`merge`](HyperLogLog::merge) and [`restore`](HyperLogLog::restore) on any node. For their size
    /// see the [module](self).
    fn to_bytes(&self) -> Vec<u8>;

    /// Adds all keys that another sketch held when it gave these bytes.
    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError>;

    /// Makes the sketch what another one was when it gave these bytes, its estimate included. What it held before is gone.
    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError>;

    /// Adds the keys numbered from `from` to before `to`.
    #[drive]
    fn add_all(&self, keys: Keys, from: u64, to: u64) {
        keys.each(from..to, |_, key| self.add(key));
    }

    /// Adds the keys with these numbers.
    #[drive]
    fn add_numbered(&self, keys: Keys, numbers: Vec<u64>) {
        numbers.into_iter().for_each(|number| self.add(&keys.key(number)));
    }

    /// Adds these keys.
    #[drive]
    fn add_each(&self, keys: Vec<Vec<u8>>) {
        keys.iter().for_each(|key| self.add(key));
    }

    /// Adds keys, beginning with number 0, and estimates when there are as many as each of `counts` says, which rise.
    #[drive]
    fn estimates_while_adding(&self, keys: Keys, counts: Vec<u64>) -> Vec<u64> {
        let mut added = 0;
        let estimate_at = |count| {
            keys.each(added..count, |_, key| self.add(key));
            added = count;
            self.estimate()
        };
        counts.into_iter().map(estimate_at).collect()
    }

    /// Adds the keys before number `to`. Then, if it is to watch another thread that does so, it estimates until there seem to be
    /// `watch` keys or more and none come any more: the same number a hundred times; but not more than a hundred thousand times.
    #[drive]
    fn add_or_watch(&self, keys: Keys, to: u64, watch: Option<u64>) {
        keys.each(0..to, |_, key| self.add(key));
        let Some(least) = watch else { return };
        let (mut last, mut alike) = (0, 0);
        for _ in 0..100_000 {
            let estimate = self.estimate();
            alike = if estimate == last { alike + 1 } else { 1 };
            last = estimate;
            if alike >= 100 && estimate >= least {
                return;
            }
        }
    }

    /// The numbers, from `from` to before `to`, of the keys that may be added one by one without changing the estimate. Afterwards all
    /// of these are in, and none of the others.
    #[drive]
    fn find_unnoticed(&self, keys: Keys, from: u64, to: u64) -> Vec<u64> {
        let (bytes, estimate) = (self.to_bytes(), self.estimate());
        let mut unnoticed = Vec::new();
        keys.each(from..to, |number, key| {
            self.add(key);
            if self.estimate() == estimate {
                unnoticed.push(number);
            } else {
                // Bytes that are not taken back show in the estimates that follow.
                let _ = self.restore(&bytes);
            }
        });
        unnoticed
    }
}
