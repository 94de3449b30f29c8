//! Another right solution of the hyperloglog kata: as HyperLogLog++ does, it begins with the registers of a far larger sketch, of which it
//! keeps those that have seen a key, and counts the empty ones among them. When they take too much space, they become registers of the
//! precision wanted, of which it estimates the likeliest number of keys (Ertl's second estimator, 2017).

use hyperloglog::{BytesError, Config, Env, HyperLogLog};
use kata::OpenError;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The precision of the large sketch.
const LARGE: u32 = 25;

/// A sketch that counts different keys.
pub struct Solution {
    precision: u32,
    /// A hasher that was given the secret.
    hasher: DefaultHasher,
    mark: u64,
    held: Mutex<Held>,
}

enum Held {
    /// Ranks of registers of the large sketch.
    Sparse(BTreeMap<u32, u8>),
    Dense(Vec<u8>),
}

impl HyperLogLog for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let mut hasher = DefaultHasher::new();
        hasher.write_u128(config.secret);
        let mut marked = hasher.clone();
        marked.write(&[0xff, config.precision, 0xff]);
        let held = Mutex::new(Held::Sparse(BTreeMap::new()));
        Ok(Solution { precision: config.precision.into(), hasher, mark: marked.finish(), held })
    }

    fn add(&self, key: &[u8]) {
        let mut hasher = self.hasher.clone();
        hasher.write(key);
        let hash = hasher.finish();
        let index = (hash >> (64 - LARGE)) as u32;
        let rank = (hash << LARGE | 1 << (LARGE - 1)).leading_zeros() as u8 + 1;
        self.raise(&mut self.lock(), index, rank);
    }

    fn estimate(&self) -> u64 {
        match &*self.lock() {
            Held::Sparse(ranks) => {
                let registers = f64::from(1 << LARGE);
                (-registers * (-(ranks.len() as f64) / registers).ln_1p()).round() as u64
            }
            Held::Dense(ranks) => likeliest(ranks, 64 - self.precision as usize).round() as u64,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.mark.to_le_bytes().to_vec();
        match &*self.lock() {
            Held::Sparse(ranks) => {
                bytes.push(0);
                bytes.extend((ranks.len() as u32).to_le_bytes());
                bytes.extend(
                    ranks.iter().flat_map(|(index, rank)| (index << 6 | u32::from(*rank)).to_le_bytes()),
                );
            }
            Held::Dense(ranks) => {
                bytes.push(1);
                let pack = |[a, b, c, d]: &[u8; 4]| [a | b << 6, b >> 2 | c << 4, c >> 4 | d << 2];
                bytes.extend(ranks.as_chunks().0.iter().flat_map(pack));
            }
        }
        bytes
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let other = self.read(bytes)?;
        let mut held = self.lock();
        match other {
            Held::Sparse(others) => {
                others.into_iter().for_each(|(index, rank)| self.raise(&mut held, index, rank))
            }
            Held::Dense(others) => {
                self.make_dense(&mut held);
                if let Held::Dense(ranks) = &mut *held {
                    ranks.iter_mut().zip(others).for_each(|(rank, other)| *rank = other.max(*rank));
                }
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
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn raise(&self, held: &mut Held, index: u32, rank: u8) {
        match held {
            Held::Sparse(ranks) => {
                let held_rank = ranks.entry(index).or_insert(0);
                *held_rank = rank.max(*held_rank);
                // Four bytes each, or six bits for each register.
                if ranks.len() > (3 << self.precision) / 16 {
                    self.make_dense(held);
                }
            }
            Held::Dense(ranks) => {
                let beyond = LARGE - self.precision;
                let bits = index & ((1 << beyond) - 1);
                let zeros = beyond.min(bits.leading_zeros() - (32 - beyond)) as u8;
                let rank = if bits == 0 { beyond as u8 + rank } else { zeros + 1 };
                let held_rank = &mut ranks[(index >> beyond) as usize];
                *held_rank = rank.max(*held_rank);
            }
        }
    }

    fn make_dense(&self, held: &mut Held) {
        if let Held::Sparse(_) = held {
            let before = std::mem::replace(held, Held::Dense(vec![0; 1 << self.precision]));
            if let Held::Sparse(ranks) = before {
                ranks.into_iter().for_each(|(index, rank)| self.raise(held, index, rank));
            }
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<Held, BytesError> {
        let (mark, rest) = bytes.split_first_chunk().ok_or(BytesError::Foreign)?;
        let (form, body) = rest.split_first().ok_or(BytesError::Foreign)?;
        if u64::from_le_bytes(*mark) != self.mark {
            return Err(BytesError::Foreign);
        }
        match form {
            0 if body.len().is_multiple_of(4) => {
                let (length, words) = body.split_first_chunk().ok_or(BytesError::Foreign)?;
                if words.len() / 4 != u32::from_le_bytes(*length) as usize {
                    return Err(BytesError::Foreign);
                }
                let words = words.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
                Ok(Held::Sparse(words.map(|word| (word >> 6, word as u8 & 63)).collect()))
            }
            1 if body.len() == (6 << self.precision) / 8 => {
                let unpack =
                    |[a, b, c]: &[u8; 3]| [a & 63, a >> 6 | b << 2 & 63, b >> 4 | c << 4 & 63, c >> 2];
                Ok(Held::Dense(body.as_chunks().0.iter().flat_map(unpack).collect()))
            }
            _ => Err(BytesError::Foreign),
        }
    }
}

/// The number of keys under which these ranks are likeliest, of which the highest is one more than `bits`.
fn likeliest(ranks: &[u8], bits: usize) -> f64 {
    let mut counts = vec![0_f64; bits + 2];
    ranks.iter().for_each(|rank| counts[usize::from(*rank)] += 1.0);
    // How the likelihood changes with the number of keys for each register. It rises up to the likeliest and falls beyond.
    let rises = |keys: f64| {
        let mut slope = -counts[0];
        for (rank, count) in counts.iter().enumerate().skip(1).filter(|(_, count)| **count > 0.0) {
            let share = 0.5_f64.powi(rank.min(bits) as i32);
            let lower = if rank > bits { 0.0 } else { share };
            slope += count * (share / (keys * share).exp_m1() - lower);
        }
        slope > 0.0
    };
    let (mut low, mut high) = (-40_f64, 40_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if rises(middle.exp2()) {
            low = middle;
        } else {
            high = middle;
        }
    }
    ranks.len() as f64 * low.exp2()
}
