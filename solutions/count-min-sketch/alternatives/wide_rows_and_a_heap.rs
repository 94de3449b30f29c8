//! Another right solution of the count-min-sketch kata: fewer rows that are twice as long, each of which fails half as often, behind a
//! lock. The keys with the highest estimates are kept, each with the estimate that it had when it came last, and the lowest of these
//! makes room: not more than `2 / heavy_share` keys can have an estimate that is heavy.

use count_min_sketch::{BytesError, Config, CountMinSketch, Env, HeavyHitter, ListError, RemoveError};
use kata::OpenError;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::E;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often keys came, roughly.
pub struct Solution {
    config: Config,
    hasher: DefaultHasher,
    width: u64,
    rows: u64,
    held: Mutex<Held>,
}

#[derive(Clone, Default)]
struct Held {
    total: u64,
    counters: Vec<u64>,
    /// Keys by estimate, and estimates by key.
    heap: BTreeSet<(u64, Vec<u8>)>,
    known: BTreeMap<Vec<u8>, u64>,
}

impl Held {
    fn keep(&mut self, key: &[u8], estimate: u64, most: usize) {
        if let Some(known) = self.known.get_mut(key) {
            let before = std::mem::replace(known, estimate);
            self.heap.remove(&(before, key.to_vec()));
        } else {
            self.known.insert(key.to_vec(), estimate);
        }
        self.heap.insert((estimate, key.to_vec()));
        if self.heap.len() > most
            && let Some((_, lowest)) = self.heap.pop_first()
        {
            self.known.remove(&lowest);
        }
    }
}

impl CountMinSketch for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let mut hasher = DefaultHasher::new();
        hasher.write_u128(config.secret);
        let width = (2.0 * E / config.error).floor() as u64;
        // A row fails with a probability below `1 / (error * width)`.
        let rows = (-config.failure.ln() / (config.error * width as f64).ln()).ceil() as u64;
        let counters = vec![0; (width * rows) as usize];
        Ok(Solution { config, hasher, width, rows, held: Mutex::new(Held { counters, ..Held::default() }) })
    }

    fn add(&self, key: &[u8], count: u64) {
        if count == 0 {
            return;
        }
        let mut held = self.lock();
        held.total += count;
        for place in self.places(key) {
            held.counters[place] += count;
        }
        let estimate = self.least(&held, key);
        let heavy = self.config.heavy_share * held.total as f64;
        if !self.config.removal && estimate as f64 >= heavy {
            held.keep(key, estimate, self.listed_max());
        }
    }

    fn estimate(&self, key: &[u8]) -> u64 {
        self.least(&self.lock(), key)
    }

    fn remove(&self, key: &[u8], count: u64) -> Result<(), RemoveError> {
        if !self.config.removal {
            return Err(RemoveError::NotRemovable);
        }
        let mut held = self.lock();
        if self.least(&held, key) < count {
            return Err(RemoveError::TooMany);
        }
        held.total -= count;
        for place in self.places(key) {
            held.counters[place] -= count;
        }
        Ok(())
    }

    fn total(&self) -> u64 {
        self.lock().total
    }

    fn heavy_hitters(&self) -> Result<Vec<HeavyHitter>, ListError> {
        if self.config.removal {
            return Err(ListError::NotKept);
        }
        let held = self.lock();
        let hitters =
            held.known.keys().map(|key| HeavyHitter { key: key.clone(), estimate: self.least(&held, key) });
        let mut hitters: Vec<HeavyHitter> = hitters
            .filter(|hitter| hitter.estimate as f64 >= self.config.heavy_share * held.total as f64)
            .collect();
        hitters.sort_by_key(|hitter| std::cmp::Reverse(hitter.estimate));
        Ok(hitters)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let held = self.lock();
        let head = [self.mark(), held.total];
        let mut bytes: Vec<u8> =
            head.iter().chain(&held.counters).flat_map(|number| number.to_le_bytes()).collect();
        bytes.extend((held.known.len() as u64).to_le_bytes());
        for (key, estimate) in &held.known {
            bytes.extend((key.len() as u64).to_le_bytes());
            bytes.extend(estimate.to_le_bytes());
            bytes.extend(key);
        }
        bytes
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let other = self.read(bytes).ok_or(BytesError::Foreign)?;
        let mut held = self.lock();
        held.total += other.total;
        held.counters.iter_mut().zip(other.counters).for_each(|(counter, other)| *counter += other);
        // Estimates rose on both sides.
        let mine = std::mem::take(&mut held.known);
        held.heap.clear();
        for key in mine.into_keys().chain(other.known.into_keys()) {
            let estimate = self.least(&held, &key);
            held.keep(&key, estimate, self.listed_max());
        }
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        *self.lock() = self.read(bytes).ok_or(BytesError::Foreign)?;
        Ok(())
    }
}

impl Solution {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listed_max(&self) -> usize {
        (2.0 / self.config.heavy_share).ceil() as usize + 1
    }

    fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.hasher.clone();
        hasher.write(bytes);
        hasher.finish()
    }

    fn mark(&self) -> u64 {
        let Config { error, failure, heavy_share, removal, .. } = self.config;
        let described = [error, failure, heavy_share, f64::from(u8::from(removal))];
        self.hash(&described.map(f64::to_le_bytes).concat())
    }

    fn places(&self, key: &[u8]) -> impl Iterator<Item = usize> + use<> {
        let (width, mut state) = (self.width, self.hash(key));
        (0..self.rows).map(move |row| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (row * width + (mixed ^ (mixed >> 31)) % width) as usize
        })
    }

    fn least(&self, held: &Held, key: &[u8]) -> u64 {
        self.places(key).map(|place| held.counters[place]).min().unwrap_or(0)
    }

    fn read(&self, bytes: &[u8]) -> Option<Held> {
        let mut rest = bytes;
        let mut number = |rest: &mut &[u8]| {
            let (number, behind) = rest.split_first_chunk()?;
            *rest = behind;
            Some(u64::from_le_bytes(*number))
        };
        if number(&mut rest)? != self.mark() {
            return None;
        }
        let total = number(&mut rest)?;
        let counters = (0..self.rows * self.width).map(|_| number(&mut rest)).collect::<Option<_>>()?;
        let mut held = Held { total, counters, ..Held::default() };
        for _ in 0..number(&mut rest)? {
            let (length, estimate) = (usize::try_from(number(&mut rest)?).ok()?, number(&mut rest)?);
            let (key, behind) = rest.split_at_checked(length)?;
            rest = behind;
            held.heap.insert((estimate, key.to_vec()));
            held.known.insert(key.to_vec(), estimate);
        }
        rest.is_empty().then_some(held)
    }
}
