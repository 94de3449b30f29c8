//! The reference solution of the count-min-sketch kata: rows of atomic counters, one keyed hash per key from which its place in
//! every row follows, and a short list of the keys that may be heavy hitters.

mod candidates;
mod places;
mod siphash;
mod table;
mod written;

use self::candidates::Candidates;
use self::places::Places;
use self::table::Table;
use self::written::Written;
use count_min_sketch::{BytesError, Config, CountMinSketch, Env, HeavyHitter, ListError, RemoveError};
use kata::OpenError;

/// How often keys came, roughly.
pub struct Solution {
    places: Places,
    table: Table,
    /// None in a sketch with removal.
    candidates: Option<Candidates>,
}

impl CountMinSketch for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let places = Places::new(&config);
        let table = Table::new(places.counters());
        let candidates = (!config.removal).then(|| Candidates::new(config.heavy_share));
        Ok(Solution { places, table, candidates })
    }

    fn add(&self, key: &[u8], count: u64) {
        if count == 0 {
            return;
        }
        let hash = self.places.hash(key);
        self.table.add(self.places.of(hash), count);
        if let Some(candidates) = &self.candidates {
            // All of the count is in the table, so whichever thread is the last to add to a key sees all of it.
            if candidates.is_heavy(self.estimate_of(hash), self.table.total()) {
                candidates.note(hash, key, |other| self.is_heavy(candidates, other));
            }
        }
    }

    fn estimate(&self, key: &[u8]) -> u64 {
        self.estimate_of(self.places.hash(key))
    }

    fn remove(&self, key: &[u8], count: u64) -> Result<(), RemoveError> {
        if self.candidates.is_some() {
            return Err(RemoveError::NotRemovable);
        }
        let hash = self.places.hash(key);
        if count > self.estimate_of(hash) {
            return Err(RemoveError::TooMany);
        }
        self.table.subtract(self.places.of(hash), count);
        Ok(())
    }

    fn total(&self) -> u64 {
        self.table.total()
    }

    fn heavy_hitters(&self) -> Result<Vec<HeavyHitter>, ListError> {
        let candidates = self.candidates.as_ref().ok_or(ListError::NotKept)?;
        let total = self.table.total();
        let mut heavy = Vec::new();
        candidates.each(|hash, key| {
            let estimate = self.estimate_of(hash);
            if candidates.is_heavy(estimate, total) {
                heavy.push(HeavyHitter { key: key.to_vec(), estimate });
            }
        });
        heavy.sort_by_key(|hitter| std::cmp::Reverse(hitter.estimate));
        Ok(heavy)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let heavy = self.heavy_hitters().unwrap_or_default();
        let keys = heavy.iter().map(|hitter| &hitter.key[..]).collect();
        let counters: Vec<u64> = self.table.counters().collect();
        Written { total: self.table.total(), counters, keys }.to_bytes(self.places.fingerprint())
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let other = self.read(bytes)?;
        self.table.merge(&other.counters, other.total);
        if let Some(candidates) = &self.candidates {
            // What is heavy in the sum was heavy on one side at least.
            for key in other.keys {
                candidates.note(self.places.hash(key), key, |other| self.is_heavy(candidates, other));
            }
        }
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let other = self.read(bytes)?;
        self.table.replace(&other.counters, other.total);
        if let Some(candidates) = &self.candidates {
            candidates.replace(other.keys.into_iter().map(|key| (self.places.hash(key), key.to_vec())));
        }
        Ok(())
    }
}

impl Solution {
    fn estimate_of(&self, hash: u64) -> u64 {
        self.table.least(self.places.of(hash))
    }

    fn is_heavy(&self, candidates: &Candidates, hash: u64) -> bool {
        candidates.is_heavy(self.estimate_of(hash), self.table.total())
    }

    fn read<'a>(&self, bytes: &'a [u8]) -> Result<Written<'a>, BytesError> {
        Written::read(bytes, self.places.fingerprint(), self.places.counters()).ok_or(BytesError::Foreign)
    }
}
