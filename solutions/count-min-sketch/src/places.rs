//! How many counters there are, and which of them count a key.

use super::siphash::SipHash;
use count_min_sketch::Config;
use std::f64::consts::E;

/// Rows of counters, and a keyed hash that gives a key a place in each.
pub(super) struct Places {
    hasher: SipHash,
    rows: u64,
    /// How many counters a row has.
    width: u64,
    /// The same for sketches of the same configuration only.
    fingerprint: u64,
}

impl Places {
    /// The smallest table that keeps its promises whatever the stream. In a row, other keys add `total / width` to a counter on
    /// average, and more than e times that with a probability below 1 / e; an estimate is off only if all rows are.
    pub(super) fn new(config: &Config) -> Places {
        let Config { error, failure, secret, heavy_share, removal } = *config;
        let hasher = SipHash::new(secret);
        let described = [error.to_bits(), failure.to_bits(), heavy_share.to_bits(), u64::from(removal)];
        Places {
            rows: (-failure.ln()).ceil() as u64,
            width: (E / error).ceil() as u64,
            fingerprint: hasher.hash(&described.map(u64::to_le_bytes).concat()),
            hasher,
        }
    }

    pub(super) fn counters(&self) -> usize {
        (self.rows * self.width) as usize
    }

    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    #[inline]
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        self.hasher.hash(key)
    }

    /// A counter of each row for the key with this hash, which is mixed anew for each: two keys that meet in one row, or in two,
    /// meet in another no more often than any others. A start and a step from one hash would not do. Keys that share both share all
    /// rows, which one of `width * width` does, and that is more often than `failure` allows where rows are short.
    #[inline]
    pub(super) fn of(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let width = self.width;
        (0..self.rows).map(move |row| {
            let mixed = mix(hash.wrapping_add(row.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            // The mixed hash as a fraction of 2^64, times the width: no division.
            let column = (u128::from(mixed) * u128::from(width)) >> 64;
            (row * width) as usize + column as usize
        })
    }
}

/// SplitMix64's finaliser (Steele, Lea and Flood, 2014).
#[inline]
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(error: f64, failure: f64) -> Places {
        Places::new(&Config { error, failure, ..Config::default() })
    }

    #[test]
    fn sizes_are_the_papers() {
        for (error, failure, rows, width) in
            [(0.01, 0.01, 5, 272), (0.5, 0.5, 1, 6), (0.001, 1e-15, 35, 2_719)]
        {
            let places = places(error, failure);
            assert_eq!((places.rows, places.width), (rows, width));
        }
    }

    #[test]
    fn each_row_has_one_place_for_a_key() {
        let places = places(0.1, 0.001);
        for hash in 0..1_000 {
            let rows: Vec<u64> = places.of(hash).map(|place| place as u64 / places.width).collect();
            assert_eq!(rows, (0..places.rows).collect::<Vec<_>>());
        }
    }
}
