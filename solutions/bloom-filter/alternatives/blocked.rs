//! Another right solution of the bloom-filter kata: a blocked filter. All cells of a key lie within one block of 512, so that a key costs
//! one place in memory. Blocks are not filled alike, which costs two fifths more cells for the lowest rate. The hash is the standard
//! library's, with the secret in front of the key.

use bloom_filter::{BloomFilter, BytesError, Config, Env, RemoveError};
use kata::OpenError;
use std::f64::consts::LN_2;
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

const BLOCK_CELLS: u64 = 512;
const SPARE: f64 = 1.4;
/// A counter of four bits that is here stays here.
const FULL: u8 = 15;
const HEAD: usize = 32;

/// Blocks of bits, or of counters of four bits.
pub struct Solution {
    config: Config,
    blocks: u64,
    probes: u32,
    bytes: Vec<AtomicU8>,
}

impl BloomFilter for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let cells_per_key = -config.false_positive_rate.ln() / (LN_2 * LN_2);
        let cells = config.capacity as f64 * cells_per_key * SPARE;
        let blocks = (cells / BLOCK_CELLS as f64).ceil() as u64;
        let cells_per_byte = if config.removal { 2 } else { 8 };
        let bytes = (0..blocks * BLOCK_CELLS / cells_per_byte).map(|_| AtomicU8::new(0)).collect();
        Ok(Solution { config, blocks, probes: (cells_per_key * LN_2).ceil() as u32, bytes })
    }

    fn insert(&self, key: &[u8]) {
        for cell in self.cells_of(key) {
            let (byte, shift) = self.place(cell);
            if self.config.removal {
                self.change(byte, shift, |count| if count == FULL { FULL } else { count + 1 });
            } else {
                byte.fetch_or(1 << shift, Relaxed);
            }
        }
    }

    fn contains(&self, key: &[u8]) -> bool {
        self.cells_of(key).all(|cell| self.count(cell) > 0)
    }

    fn remove(&self, key: &[u8]) -> Result<(), RemoveError> {
        if !self.config.removal {
            return Err(RemoveError::NotRemovable);
        }
        if !self.contains(key) {
            return Err(RemoveError::NotContained);
        }
        for cell in self.cells_of(key) {
            let (byte, shift) = self.place(cell);
            self.change(byte, shift, |count| if count == FULL { FULL } else { count.saturating_sub(1) });
        }
        Ok(())
    }

    fn estimate(&self) -> u64 {
        let block = BLOCK_CELLS as f64;
        let keys = (0..self.blocks).map(|number| {
            let cells = number * BLOCK_CELLS..(number + 1) * BLOCK_CELLS;
            let raised = cells.filter(|cell| self.count(*cell) > 0).count() as f64;
            -block / f64::from(self.probes) * (1.0 - raised.min(block - 1.0) / block).ln()
        });
        keys.sum::<f64>().round() as u64
    }

    fn to_bytes(&self) -> Vec<u8> {
        let cells = self.bytes.iter().map(|byte| byte.load(Relaxed));
        self.head().into_iter().chain(cells).collect()
    }

    fn unite(&self, bytes: &[u8]) -> Result<(), BytesError> {
        for (byte, other) in self.bytes.iter().zip(self.cells_in(bytes)?) {
            if self.config.removal {
                self.change(byte, 0, |count| (count + (other & FULL)).min(FULL));
                self.change(byte, 4, |count| (count + (other >> 4)).min(FULL));
            } else {
                byte.fetch_or(*other, Relaxed);
            }
        }
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        let cells = self.cells_in(bytes)?;
        self.bytes.iter().zip(cells).for_each(|(byte, other)| byte.store(*other, Relaxed));
        Ok(())
    }
}

impl Solution {
    fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.config.secret.to_le_bytes());
        hasher.write(bytes);
        hasher.finish()
    }

    fn cells_of(&self, key: &[u8]) -> impl Iterator<Item = u64> + use<> {
        let hash = self.hash(key);
        let block = (u128::from(hash) * u128::from(self.blocks) >> 64) as u64;
        let mut bits = hash;
        (0..self.probes).map(move |_| {
            bits = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
            block * BLOCK_CELLS + bits % BLOCK_CELLS
        })
    }

    /// The byte of a cell, and where it begins in there.
    fn place(&self, cell: u64) -> (&AtomicU8, u8) {
        if self.config.removal {
            (&self.bytes[cell as usize / 2], (cell % 2) as u8 * 4)
        } else {
            (&self.bytes[cell as usize / 8], (cell % 8) as u8)
        }
    }

    fn count(&self, cell: u64) -> u8 {
        let (byte, shift) = self.place(cell);
        byte.load(Relaxed) >> shift & if self.config.removal { FULL } else { 1 }
    }

    fn change(&self, byte: &AtomicU8, shift: u8, to: impl Fn(u8) -> u8) {
        let changed = |both: u8| Some(both & !(FULL << shift) | to(both >> shift & FULL) << shift);
        let _ = byte.fetch_update(Relaxed, Relaxed, changed);
    }

    /// What tells filters of this configuration from others. The secret does not travel, but a hash with it does.
    fn head(&self) -> [u8; HEAD] {
        let Config { capacity, false_positive_rate, removal, .. } = self.config;
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&capacity.to_le_bytes());
        head[8..16].copy_from_slice(&false_positive_rate.to_le_bytes());
        head[16] = u8::from(removal);
        head[24..].copy_from_slice(&self.hash(b"which secret is it?").to_le_bytes());
        head
    }

    fn cells_in<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], BytesError> {
        match bytes.split_at_checked(HEAD) {
            Some((head, cells)) if head == self.head() && cells.len() == self.bytes.len() => Ok(cells),
            _ => Err(BytesError::Foreign),
        }
    }
}
