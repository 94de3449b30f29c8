//! The reference solution of the bloom-filter kata: one keyed hash per key, from which all its cells follow, and cells packed
//! into atomic words.

mod cells;
mod geometry;
mod siphash;

use self::cells::Cells;
use self::geometry::Geometry;
use bloom_filter::{BloomFilter, BytesError, Config, Env, RemoveError};
use kata::OpenError;

/// Bits of a cell that says no more than whether it was raised.
const PLAIN_BITS: u32 = 1;
/// Bits of a cell that counts, to 15. More than 15 keys meet in some cell of a full filter once in a hundred billion filters of
/// ten thousand keys.
const COUNTING_BITS: u32 = 4;

/// A set of keys that may take others for members.
pub struct Solution {
    removal: bool,
    geometry: Geometry,
    cells: Cells,
}

impl BloomFilter for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let geometry = Geometry::new(&config);
        let bits = if config.removal { COUNTING_BITS } else { PLAIN_BITS };
        Ok(Solution { removal: config.removal, cells: Cells::new(geometry.cells(), bits), geometry })
    }

    fn insert(&self, key: &[u8]) {
        self.geometry.cells_of(key).for_each(|cell| self.cells.raise(cell));
    }

    fn contains(&self, key: &[u8]) -> bool {
        self.geometry.cells_of(key).all(|cell| self.cells.is_raised(cell))
    }

    fn remove(&self, key: &[u8]) -> Result<(), RemoveError> {
        if !self.removal {
            return Err(RemoveError::NotRemovable);
        }
        if !self.contains(key) {
            return Err(RemoveError::NotContained);
        }
        self.geometry.cells_of(key).for_each(|cell| self.cells.lower(cell));
        Ok(())
    }

    fn estimate(&self) -> u64 {
        self.geometry.keys_that_raise(self.cells.count_raised())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.geometry.fingerprint().to_le_bytes().to_vec();
        bytes.extend(self.cells.words().flat_map(u64::to_le_bytes));
        bytes
    }

    fn unite(&self, bytes: &[u8]) -> Result<(), BytesError> {
        self.cells.add(self.words(bytes)?);
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        self.cells.replace(self.words(bytes)?);
        Ok(())
    }
}

impl Solution {
    /// The words of cells in bytes that a filter of the same configuration gave.
    fn words<'a>(&self, bytes: &'a [u8]) -> Result<impl Iterator<Item = u64> + use<'a>, BytesError> {
        let (fingerprint, words) = bytes.split_first_chunk().ok_or(BytesError::Foreign)?;
        let (words, rest) = words.as_chunks();
        let is_ours = u64::from_le_bytes(*fingerprint) == self.geometry.fingerprint()
            && words.len() == self.cells.words().len()
            && rest.is_empty();
        if is_ours {
            Ok(words.iter().map(|word| u64::from_le_bytes(*word)))
        } else {
            Err(BytesError::Foreign)
        }
    }
}
