//! Keeps hashes as long as they are few, and registers from then on. "Registers that have seen a hundred thousand keys do not notice a
//! list of a few hundred: they are fewer than the error." The next merge brings a few hundred more.
//!
//! caught-by: a_merge_adds_all_keys

use hyperloglog::{BytesError, Config, Env, HyperLogLog};
use kata::OpenError;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, MutexGuard};

/// A mark, the form, and the number of hashes or registers.
const HEAD: usize = 16;

/// What a sketch holds, behind a lock.
pub struct Solution {
    config: Config,
    held: Mutex<Held>,
}

#[derive(Clone)]
enum Held {
    Hashes(BTreeSet<u64>),
    Registers(Vec<u8>),
}

impl HyperLogLog for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config, held: Mutex::new(Held::Hashes(BTreeSet::new())) })
    }

    fn add(&self, key: &[u8]) {
        let hash = self.hash(key);
        self.put(&mut self.lock(), [hash]);
    }

    fn estimate(&self) -> u64 {
        match &*self.lock() {
            Held::Hashes(hashes) => hashes.len() as u64,
            Held::Registers(ranks) => keys_behind(ranks).round() as u64,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let held = self.lock();
        let (form, number) = match &*held {
            Held::Hashes(hashes) => (1, hashes.len()),
            Held::Registers(ranks) => (2, ranks.len()),
        };
        let mut bytes = self.head(form, number);
        match &*held {
            Held::Hashes(hashes) => bytes.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes())),
            Held::Registers(ranks) => {
                for four in ranks.as_chunks::<4>().0 {
                    let bits = four.iter().rev().fold(0, |bits, rank| bits << 6 | u32::from(*rank));
                    bytes.extend(&bits.to_le_bytes()[..3]);
                }
            }
        }
        bytes
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let other = self.read(bytes)?;
        let mut held = self.lock();
        match other {
            Held::Hashes(hashes) => {
                if let Held::Hashes(_) = &*held {
                    self.put(&mut held, hashes);
                }
            }
            Held::Registers(others) => {
                let ranks = self.registers_of(&mut held);
                ranks.iter_mut().zip(others).for_each(|(rank, other)| *rank = other.max(*rank));
            }
        }
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        *self.lock() = self.read(bytes)?;
        Ok(())
    }
}

impl Solution {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("nobody panics with the lock")
    }

    fn registers(&self) -> usize {
        1 << self.config.precision
    }

    /// As many hashes as take the space of the registers.
    fn hashes_max(&self) -> usize {
        self.registers() * 6 / 64
    }

    fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write_u128(self.config.secret);
        hasher.write(bytes);
        hasher.finish()
    }

    fn put(&self, held: &mut Held, new: impl IntoIterator<Item = u64>) {
        for hash in new {
            if let Held::Hashes(hashes) = held {
                hashes.insert(hash);
                if hashes.len() > self.hashes_max() {
                    self.registers_of(held);
                }
            } else {
                self.raise(self.registers_of(held), hash);
            }
        }
    }

    fn raise(&self, ranks: &mut [u8], hash: u64) {
        let rank = &mut ranks[hash as usize % self.registers()];
        *rank = (*rank).max((hash >> self.config.precision).trailing_zeros().min(60) as u8 + 1);
    }

    /// The registers, made from the hashes if there were none yet.
    fn registers_of<'a>(&self, held: &'a mut Held) -> &'a mut [u8] {
        if let Held::Hashes(hashes) = held {
            let mut ranks = vec![0; self.registers()];
            hashes.iter().for_each(|hash| self.raise(&mut ranks, *hash));
            *held = Held::Registers(ranks);
        }
        match held {
            Held::Registers(ranks) => ranks,
            Held::Hashes(_) => unreachable!("they have become registers"),
        }
    }

    fn head(&self, form: u32, number: usize) -> Vec<u8> {
        let mark = self.hash(&[self.config.precision]).to_le_bytes();
        [&mark[..], &form.to_le_bytes(), &(number as u32).to_le_bytes()].concat()
    }

    fn read(&self, bytes: &[u8]) -> Result<Held, BytesError> {
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(BytesError::Foreign)?;
        if head == self.head(2, self.registers()) && body.len() == self.registers() * 6 / 8 {
            let bits = |three: &[u8; 3]| u32::from_le_bytes([three[0], three[1], three[2], 0]);
            let four = |bits: u32| [0, 6, 12, 18].map(|shift| (bits >> shift & 63) as u8);
            return Ok(Held::Registers(body.as_chunks().0.iter().map(bits).flat_map(four).collect()));
        }
        if head == self.head(1, body.len() / 8) && body.len().is_multiple_of(8) {
            return Ok(Held::Hashes(
                body.as_chunks().0.iter().map(|hash| u64::from_le_bytes(*hash)).collect(),
            ));
        }
        Err(BytesError::Foreign)
    }
}

fn keys_behind(ranks: &[u8]) -> f64 {
    let registers = ranks.len() as f64;
    let empty = ranks.iter().filter(|rank| **rank == 0).count() as f64;
    let by_empty_ones = (registers / empty).ln();
    if by_empty_ones < 2.0 {
        return registers * by_empty_ones;
    }
    let mean = ranks.iter().map(|rank| 0.5_f64.powi((*rank).into())).sum::<f64>() / registers;
    // What the mean is expected to be after so many keys for each register. It falls as these rise, so halving finds them.
    let expected = |keys: f64| {
        let term = |share: f64| share * ((-keys * share).exp() - (-2.0 * keys * share).exp());
        (-keys).exp() + (1..=60).map(|rank| term(0.5_f64.powi(rank))).sum::<f64>()
    };
    let (mut low, mut high) = (0_f64, 40_f64);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if expected(middle.exp2()) > mean {
            low = middle;
        } else {
            high = middle;
        }
    }
    registers * low.exp2()
}
