//! Another right solution of the bloom-filter kata: the textbook's filter behind a lock. It hashes a key once for every bit, its size is a
//! power of two without removal, and with removal its counters have eight bits.

use bloom_filter::{BloomFilter, BytesError, Config, Env, RemoveError};
use kata::OpenError;
use std::f64::consts::LN_2;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, MutexGuard};

/// A vector behind a lock: of bits, or of counters.
pub struct Solution {
    config: Config,
    cells: u64,
    hashes: u32,
    bytes: Mutex<Vec<u8>>,
}

impl BloomFilter for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let optimum =
            (config.capacity as f64 * -config.false_positive_rate.ln() / (LN_2 * LN_2)).ceil() as u64;
        let cells = if config.removal { optimum } else { optimum.next_power_of_two().max(8) };
        let bytes = if config.removal { cells } else { cells / 8 };
        // More bits than needed take fewer hashes than would be best for them.
        let hashes = (-config.false_positive_rate.log2()).ceil() as u32;
        Ok(Solution { config, cells, hashes, bytes: Mutex::new(vec![0; bytes as usize]) })
    }

    fn insert(&self, key: &[u8]) {
        let mut bytes = self.lock();
        for cell in self.cells_of(key) {
            if self.config.removal {
                bytes[cell] = bytes[cell].saturating_add(1);
            } else {
                bytes[cell / 8] |= 1 << (cell % 8);
            }
        }
    }

    fn contains(&self, key: &[u8]) -> bool {
        let bytes = self.lock();
        self.cells_of(key).all(|cell| self.is_raised(&bytes, cell))
    }

    fn remove(&self, key: &[u8]) -> Result<(), RemoveError> {
        if !self.config.removal {
            return Err(RemoveError::NotRemovable);
        }
        let mut bytes = self.lock();
        if !self.cells_of(key).all(|cell| self.is_raised(&bytes, cell)) {
            return Err(RemoveError::NotContained);
        }
        for cell in self.cells_of(key) {
            if bytes[cell] < u8::MAX {
                bytes[cell] = bytes[cell].saturating_sub(1);
            }
        }
        Ok(())
    }

    fn estimate(&self) -> u64 {
        let bytes = self.lock();
        let raised = (0..self.cells as usize).filter(|cell| self.is_raised(&bytes, *cell)).count() as f64;
        let cells = self.cells as f64;
        let empty = (cells - raised).max(0.5);
        (cells / f64::from(self.hashes) * (cells / empty).ln()).round() as u64
    }

    fn to_bytes(&self) -> Vec<u8> {
        [&self.mark().to_le_bytes(), &self.lock()[..]].concat()
    }

    fn unite(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let others = self.cells_in(bytes)?;
        for (own, other) in self.lock().iter_mut().zip(others) {
            *own = if self.config.removal { own.saturating_add(*other) } else { *own | other };
        }
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let others = self.cells_in(bytes)?;
        self.lock().copy_from_slice(others);
        Ok(())
    }
}

impl Solution {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().expect("nobody panics with the lock")
    }

    fn hash(&self, number: u32, bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write_u128(self.config.secret);
        hasher.write_u32(number);
        hasher.write(bytes);
        hasher.finish()
    }

    fn cells_of<'a>(&'a self, key: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        (0..self.hashes).map(|number| (self.hash(number, key) % self.cells) as usize)
    }

    fn is_raised(&self, bytes: &[u8], cell: usize) -> bool {
        if self.config.removal { bytes[cell] > 0 } else { bytes[cell / 8] >> (cell % 8) & 1 == 1 }
    }

    /// The same for filters of the same configuration only.
    fn mark(&self) -> u64 {
        let Config { capacity, false_positive_rate, removal, .. } = self.config;
        self.hash(u32::MAX, format!("{capacity} {} {removal}", false_positive_rate.to_bits()).as_bytes())
    }

    fn cells_in<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], BytesError> {
        match bytes.split_first_chunk() {
            Some((mark, cells))
                if u64::from_le_bytes(*mark) == self.mark() && cells.len() == self.lock().len() =>
            {
                Ok(cells)
            }
            _ => Err(BytesError::Foreign),
        }
    }
}
