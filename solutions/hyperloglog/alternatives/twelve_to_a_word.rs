//! Another right solution of the hyperloglog kata: registers of five bits, twelve to an atomic word, which is enough for a hundred million
//! keys and far beyond. It estimates the number under which such registers are likeliest, and puts the secret on both sides of a key.

use hyperloglog::{BytesError, Config, Env, HyperLogLog};
use kata::OpenError;
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

const BITS: u32 = 5;
const PER_WORD: u32 = 12;
/// The highest rank. Higher ones count as this one, and the estimate knows.
const RANK_MAX: u64 = 31;

/// Words of registers.
pub struct Solution {
    config: Config,
    words: Vec<AtomicU64>,
}

impl HyperLogLog for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let words = (1_u32 << config.precision).div_ceil(PER_WORD);
        Ok(Solution { config, words: (0..words).map(|_| AtomicU64::new(0)).collect() })
    }

    fn add(&self, key: &[u8]) {
        let hash = self.hash(key);
        let register = (hash & (self.registers() - 1)) as u32;
        let rank = u64::from((hash >> self.config.precision).trailing_zeros() + 1).min(RANK_MAX);
        self.raise_to(register / PER_WORD, rank << (register % PER_WORD * BITS));
    }

    fn estimate(&self) -> u64 {
        let mut counts = [0.0; RANK_MAX as usize + 1];
        for register in 0..self.registers() as u32 {
            let word = self.words[(register / PER_WORD) as usize].load(Relaxed);
            counts[(word >> (register % PER_WORD * BITS) & RANK_MAX) as usize] += 1.0;
        }
        likeliest(&counts).round() as u64
    }

    fn to_bytes(&self) -> Vec<u8> {
        let words = self.words.iter().flat_map(|word| word.load(Relaxed).to_le_bytes());
        self.mark().into_iter().chain(words).collect()
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        for (word, other) in (0..).zip(self.words_in(bytes)?) {
            self.raise_to(word, other);
        }
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let others = self.words_in(bytes)?;
        self.words.iter().zip(others).for_each(|(word, other)| word.store(other, Relaxed));
        Ok(())
    }
}

impl Solution {
    fn registers(&self) -> u64 {
        1 << self.config.precision
    }

    fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write_u128(self.config.secret);
        hasher.write(bytes);
        hasher.write_u128(self.config.secret);
        hasher.finish()
    }

    /// Raises each register of a word to the rank that it has in `ranks`.
    fn raise_to(&self, word: u32, ranks: u64) {
        let _ = self.words[word as usize].fetch_update(Relaxed, Relaxed, |held| {
            let higher = (0..PER_WORD).fold(held, |word, register| {
                let register = RANK_MAX << (register * BITS);
                word & !register | (word & register).max(ranks & register)
            });
            (higher != held).then_some(higher)
        });
    }

    /// The same for sketches of the same configuration only.
    fn mark(&self) -> [u8; 8] {
        self.hash(format!("a sketch with a precision of {}", self.config.precision).as_bytes()).to_le_bytes()
    }

    fn words_in<'a>(&self, bytes: &'a [u8]) -> Result<impl Iterator<Item = u64> + use<'a>, BytesError> {
        match bytes.split_first_chunk() {
            Some((mark, words)) if *mark == self.mark() && words.len() == 8 * self.words.len() => {
                Ok(words.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)))
            }
            _ => Err(BytesError::Foreign),
        }
    }
}

/// The number of keys under which registers are likeliest to hold these ranks, if keys fall on each of them independently. The slope of the
/// likelihood falls with the number of keys for each register, so halving finds where it is 0.
fn likeliest(counts: &[f64]) -> f64 {
    let [untouched, between @ .., highest] = counts else { return 0.0 };
    let registers: f64 = counts.iter().sum();
    if *untouched == registers {
        return 0.0;
    }
    let slope = |keys: f64| {
        let exactly = |(rank, count): (i32, &f64)| {
            let share = 0.5_f64.powi(rank);
            count * share * (1.0 / (keys * share).exp_m1() - 1.0)
        };
        let share = 0.5_f64.powi(between.len() as i32);
        (1..).zip(between).map(exactly).sum::<f64>() + highest * share / (keys * share).exp_m1() - untouched
    };
    let (mut low, mut high) = (-40_f64, 40_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if slope(middle.exp2()) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    registers * low.exp2()
}
