//! The reference solution of the hyperloglog kata: one keyed hash per key, a byte in memory for each register, and Ertl's estimator,
//! which needs no tables and no thresholds.

mod estimator;
mod keyed_hash;
mod packing;
mod registers;

use self::keyed_hash::KeyedHash;
use self::registers::Registers;
use hyperloglog::{BytesError, Config, Env, HyperLogLog};
use kata::OpenError;

/// A sketch that counts different keys.
pub struct Solution {
    precision: u32,
    hash: KeyedHash,
    /// The same for sketches of the same configuration only.
    mark: u64,
    registers: Registers,
}

impl HyperLogLog for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        let Config { precision, secret } = config;
        let hash = KeyedHash::new(secret);
        let mark = hash.of(&[b'p', precision]);
        let precision = u32::from(precision);
        Ok(Solution { precision, hash, mark, registers: Registers::new(1 << precision) })
    }

    #[inline]
    fn add(&self, key: &[u8]) {
        let hash = self.hash.of(key);
        let register = hash >> (64 - self.precision);
        // Of the other bits, how many are 0 before the first 1, and that one. If all are 0, the bit behind them ends them.
        let others = hash << self.precision | 1 << (self.precision - 1);
        self.registers.raise(register as usize, others.leading_zeros() as u8 + 1);
    }

    fn estimate(&self) -> u64 {
        let rank_max = 64 - self.precision as usize + 1;
        estimator::keys(&self.registers.count_by_rank()[..=rank_max]).round() as u64
    }

    fn to_bytes(&self) -> Vec<u8> {
        let ranks: Vec<u8> = self.registers.ranks().collect();
        [&self.mark.to_le_bytes()[..], &packing::pack(&ranks)].concat()
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        self.registers.raise_all(self.ranks(bytes)?);
        Ok(())
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        self.registers.replace_all(self.ranks(bytes)?);
        Ok(())
    }
}

impl Solution {
    /// The ranks in bytes that a sketch of the same configuration gave.
    fn ranks<'a>(&self, bytes: &'a [u8]) -> Result<impl Iterator<Item = u8> + use<'a>, BytesError> {
        match bytes.split_first_chunk() {
            Some((mark, packed)) if u64::from_le_bytes(*mark) == self.mark => {
                packing::unpack(packed, 1 << self.precision).ok_or(BytesError::Foreign)
            }
            _ => Err(BytesError::Foreign),
        }
    }
}
