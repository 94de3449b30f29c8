//! Another right solution of the count-min-sketch kata: the paper's own hash functions, `(a * key + b) mod p mod width` with a and b of each row from
//! the secret. What is removed is counted in counters of its own and subtracted one by one. Heavy hitters come from a summary beside the
//! table, by Misra and Gries (1982), which is merged as Agarwal and others do (2012).

use count_min_sketch::{BytesError, Config, CountMinSketch, Env, HeavyHitter, ListError, RemoveError};
use kata::OpenError;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, MutexGuard};

/// A Mersenne prime.
const P: u64 = (1 << 61) - 1;

/// Two tables and a summary behind a lock.
pub struct Solution {
    config: Config,
    width: u64,
    /// Where keys, as polynomials, are evaluated.
    point: u64,
    /// A factor and a summand for each row.
    rows: Vec<(u64, u64)>,
    state: Mutex<State>,
}

/// All that was counted.
struct State {
    /// The totals of what was added and removed, then the counters of both.
    numbers: Vec<u64>,
    /// At most `2 / heavy_share` keys, with counts that are too low by at most half of `heavy_share` of the total. Others came no more
    /// often than that.
    summary: BTreeMap<Vec<u8>, u64>,
}

impl CountMinSketch for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let width = (std::f64::consts::E / config.error).ceil() as u64;
        let rows = (1.0 / config.failure).ln().ceil() as u64;
        let coefficient = |number| 1 + hash(config.secret, number, &[]) % (P - 1);
        let rows: Vec<_> = (1..=rows).map(|row| (coefficient(2 * row), coefficient(2 * row + 1))).collect();
        let numbers = vec![0; 2 + 2 * rows.len() * width as usize];
        let state = Mutex::new(State { numbers, summary: BTreeMap::new() });
        Ok(Solution { config, width, point: coefficient(0), rows, state })
    }

    fn add(&self, key: &[u8], count: u64) {
        let mut state = self.lock();
        state.numbers[0] += count;
        for place in self.places(key) {
            state.numbers[place] += count;
        }
        if !self.config.removal && count > 0 {
            self.summarise(&mut state.summary, key, count);
        }
    }

    fn estimate(&self, key: &[u8]) -> u64 {
        self.estimate_in(&self.lock(), key)
    }

    fn remove(&self, key: &[u8], count: u64) -> Result<(), RemoveError> {
        if !self.config.removal {
            return Err(RemoveError::NotRemovable);
        }
        let mut state = self.lock();
        if self.estimate_in(&state, key) < count {
            return Err(RemoveError::TooMany);
        }
        state.numbers[1] += count;
        for place in self.places(key) {
            state.numbers[place + self.counters()] += count;
        }
        Ok(())
    }

    fn total(&self) -> u64 {
        let state = self.lock();
        state.numbers[0] - state.numbers[1]
    }

    fn heavy_hitters(&self) -> Result<Vec<HeavyHitter>, ListError> {
        if self.config.removal {
            return Err(ListError::NotKept);
        }
        let state = self.lock();
        let least = self.config.heavy_share * state.numbers[0] as f64;
        let estimated = state
            .summary
            .keys()
            .map(|key| HeavyHitter { key: key.clone(), estimate: self.estimate_in(&state, key) });
        let mut heavy: Vec<_> = estimated.filter(|hitter| hitter.estimate as f64 >= least).collect();
        heavy.sort_by_key(|hitter| hitter.estimate);
        heavy.reverse();
        Ok(heavy)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let state = self.lock();
        let head = [self.mark(), state.summary.len() as u64];
        let mut bytes: Vec<u8> = head.iter().chain(&state.numbers).flat_map(|n| n.to_le_bytes()).collect();
        for (key, count) in &state.summary {
            bytes.extend((key.len() as u64).to_le_bytes());
            bytes.extend(count.to_le_bytes());
            bytes.extend(key);
        }
        bytes
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let other = self.read(bytes).ok_or(BytesError::Foreign)?;
        let mut state = self.lock();
        state.numbers.iter_mut().zip(other.numbers).for_each(|(number, other)| *number += other);
        for (key, count) in other.summary {
            *state.summary.entry(key).or_default() += count;
        }
        let mut counts: Vec<u64> = state.summary.values().copied().collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        if let Some(&too_few) = counts.get(self.room()) {
            take_from_all(&mut state.summary, too_few);
        }
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        *self.lock() = self.read(bytes).ok_or(BytesError::Foreign)?;
        Ok(())
    }
}

impl Solution {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock")
    }

    fn counters(&self) -> usize {
        self.rows.len() * self.width as usize
    }

    /// How many keys the summary has.
    fn room(&self) -> usize {
        (2.0 / self.config.heavy_share).ceil() as usize
    }

    /// Where the counters of a key stand that count what is added.
    fn places(&self, key: &[u8]) -> impl Iterator<Item = usize> {
        let digits =
            key.chunks(7).map(|bytes| bytes.iter().fold(0, |digit, &byte| digit << 8 | u64::from(byte)));
        let key = digits.fold(key.len() as u64 + 1, |value, digit| times_plus(value, self.point, digit));
        let columns = self.rows.iter().map(move |&(a, b)| times_plus(a, key, b) % self.width);
        (0..).zip(columns).map(|(row, column)| 2 + (row * self.width + column) as usize)
    }

    fn estimate_in(&self, state: &State, key: &[u8]) -> u64 {
        let left = |place| state.numbers[place] - state.numbers[place + self.counters()];
        self.places(key).map(left).min().unwrap_or(0)
    }

    fn summarise(&self, summary: &mut BTreeMap<Vec<u8>, u64>, key: &[u8], count: u64) {
        if let Some(counted) = summary.get_mut(key) {
            *counted += count;
        } else if summary.len() < self.room() {
            summary.insert(key.to_vec(), count);
        } else {
            // As much of this key and of each other one is forgotten, so much as there is of the rarest of them.
            let forgotten = summary.values().copied().min().unwrap_or(0).min(count);
            take_from_all(summary, forgotten);
            if count > forgotten {
                summary.insert(key.to_vec(), count - forgotten);
            }
        }
    }

    /// The same for sketches of the same configuration only.
    fn mark(&self) -> u64 {
        let Config { error, failure, heavy_share, removal, secret } = self.config;
        let described = [error.to_bits(), failure.to_bits(), heavy_share.to_bits(), u64::from(removal)];
        hash(secret, u64::MAX, &described)
    }

    fn read(&self, bytes: &[u8]) -> Option<State> {
        let (head, mut rest) = bytes.split_at_checked(8 * (4 + 2 * self.counters()))?;
        let numbers: Vec<u64> = head.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let mut summary = BTreeMap::new();
        while !rest.is_empty() {
            let (length, behind) = rest.split_first_chunk()?;
            let (count, behind) = behind.split_first_chunk()?;
            let (key, behind) = behind.split_at_checked(u64::from_le_bytes(*length) as usize)?;
            summary.insert(key.to_vec(), u64::from_le_bytes(*count));
            rest = behind;
        }
        let is_ours = numbers[0] == self.mark() && numbers[1] == summary.len() as u64;
        is_ours.then(|| State { numbers: numbers[2..].to_vec(), summary })
    }
}

/// Takes a count from all keys, and forgets those that have no more.
fn take_from_all(summary: &mut BTreeMap<Vec<u8>, u64>, count: u64) {
    summary.retain(|_, counted| {
        *counted = counted.saturating_sub(count);
        *counted > 0
    });
}

/// `a * x + b`, modulo P.
fn times_plus(a: u64, x: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(x) + u128::from(b)) % u128::from(P)) as u64
}

fn hash(secret: u128, number: u64, words: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u128(secret);
    hasher.write_u64(number);
    words.iter().for_each(|word| hasher.write_u64(*word));
    hasher.finish()
}
