//! Another right solution of the count-min-sketch kata: conservative update behind a lock. Only counters are raised that would be lower
//! than the new estimate of the key, which makes estimates better; with removal it counts plainly. Rows are a power of two long, and
//! a key is hashed anew for each of them, by the standard library's hash with the secret in front.

use count_min_sketch::{BytesError, Config, CountMinSketch, Env, HeavyHitter, ListError, RemoveError};
use kata::OpenError;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, MutexGuard};

/// A table behind a lock.
pub struct Solution {
    config: Config,
    rows: usize,
    width: usize,
    state: Mutex<State>,
}

/// All that was counted.
#[derive(Default)]
struct State {
    total: u64,
    counters: Vec<u64>,
    /// Keys that were heavy when they last came, and perhaps are.
    noticed: BTreeSet<Vec<u8>>,
}

impl CountMinSketch for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let rows = (1.0 / config.failure).ln().ceil() as usize;
        let width = ((std::f64::consts::E / config.error).ceil() as usize).next_power_of_two();
        let state = Mutex::new(State { counters: vec![0; rows * width], ..State::default() });
        Ok(Solution { config, rows, width, state })
    }

    fn add(&self, key: &[u8], count: u64) {
        let places = self.places(key);
        let mut state = self.lock();
        let raised = least(&state, &places) + count;
        for place in places {
            let counter = &mut state.counters[place];
            *counter = if self.config.removal { *counter + count } else { raised.max(*counter) };
        }
        state.total += count;
        if !self.config.removal && count > 0 && self.is_heavy(raised, state.total) {
            self.notice(&mut state, key);
        }
    }

    fn estimate(&self, key: &[u8]) -> u64 {
        least(&self.lock(), &self.places(key))
    }

    fn remove(&self, key: &[u8], count: u64) -> Result<(), RemoveError> {
        if !self.config.removal {
            return Err(RemoveError::NotRemovable);
        }
        let places = self.places(key);
        let mut state = self.lock();
        if least(&state, &places) < count {
            return Err(RemoveError::TooMany);
        }
        places.into_iter().for_each(|place| state.counters[place] -= count);
        state.total -= count;
        Ok(())
    }

    fn total(&self) -> u64 {
        self.lock().total
    }

    fn heavy_hitters(&self) -> Result<Vec<HeavyHitter>, ListError> {
        if self.config.removal {
            return Err(ListError::NotKept);
        }
        Ok(self.heavy(&self.lock()))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let state = self.lock();
        let mut bytes = [self.mark().to_le_bytes(), state.total.to_le_bytes()].concat();
        bytes.extend(state.counters.iter().flat_map(|counter| counter.to_le_bytes()));
        for HeavyHitter { key, .. } in self.heavy(&state) {
            bytes.extend((key.len() as u64).to_le_bytes());
            bytes.extend(key);
        }
        // How long it all is, so that nothing can be missing.
        bytes.extend((bytes.len() as u64).to_le_bytes());
        bytes
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let other = self.read(bytes).ok_or(BytesError::Foreign)?;
        let mut state = self.lock();
        state.total += other.total;
        state.counters.iter_mut().zip(other.counters).for_each(|(counter, other)| *counter += other);
        other.noticed.iter().for_each(|key| self.notice(&mut state, key));
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        *self.lock() = self.read(bytes).ok_or(BytesError::Foreign)?;
        Ok(())
    }
}

/// The estimate of a key with these places.
fn least(state: &State, places: &[usize]) -> u64 {
    places.iter().map(|&place| state.counters[place]).min().unwrap_or(0)
}

impl Solution {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock")
    }

    fn hash(&self, number: usize, bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write_u128(self.config.secret);
        hasher.write_usize(number);
        hasher.write(bytes);
        hasher.finish()
    }

    fn places(&self, key: &[u8]) -> Vec<usize> {
        let column = |row| self.hash(row, key) as usize & (self.width - 1);
        (0..self.rows).map(|row| row * self.width + column(row)).collect()
    }

    /// The same for sketches of the same configuration only.
    fn mark(&self) -> u64 {
        let Config { error, failure, heavy_share, removal, .. } = self.config;
        self.hash(usize::MAX, format!("{error:e} {failure:e} {heavy_share:e} {removal}").as_bytes())
    }

    fn is_heavy(&self, estimate: u64, total: u64) -> bool {
        estimate as f64 >= self.config.heavy_share * total as f64
    }

    fn notice(&self, state: &mut State, key: &[u8]) {
        if state.noticed.insert(key.to_vec()) && state.noticed.len() as f64 > 3.0 / self.config.heavy_share {
            state.noticed = self.heavy(state).into_iter().map(|hitter| hitter.key).collect();
        }
    }

    fn heavy(&self, state: &State) -> Vec<HeavyHitter> {
        let estimated = state
            .noticed
            .iter()
            .map(|key| HeavyHitter { key: key.clone(), estimate: least(state, &self.places(key)) });
        let mut heavy: Vec<_> =
            estimated.filter(|hitter| self.is_heavy(hitter.estimate, state.total)).collect();
        heavy.sort_by(|one, other| other.estimate.cmp(&one.estimate));
        heavy
    }

    fn read(&self, bytes: &[u8]) -> Option<State> {
        let (bytes, length) = bytes.split_last_chunk()?;
        if u64::from_le_bytes(*length) != bytes.len() as u64 {
            return None;
        }
        let (head, mut rest) = bytes.split_at_checked(8 * (2 + self.rows * self.width))?;
        let numbers: Vec<u64> = head.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let mut noticed = BTreeSet::new();
        while let Some((length, behind)) = rest.split_first_chunk() {
            let (key, behind) = behind.split_at_checked(u64::from_le_bytes(*length) as usize)?;
            noticed.insert(key.to_vec());
            rest = behind;
        }
        let is_ours = numbers[0] == self.mark() && rest.is_empty();
        is_ours.then(|| State { total: numbers[1], counters: numbers[2..].to_vec(), noticed })
    }
}
