//! How many cells there are, and which of them a key raises.

use super::siphash::SipHash;
use bloom_filter::Config;
use std::f64::consts::LN_2;

/// The shape of a filter.
pub(super) struct Geometry {
    hash: SipHash,
    cells: u64,
    /// How many cells a key raises.
    probes: u32,
    /// The same for filters of the same configuration only.
    fingerprint: u64,
}

impl Geometry {
    /// The smallest filter that keeps its promises: half of its cells are raised when it is full.
    pub(super) fn new(config: &Config) -> Geometry {
        let Config { capacity, false_positive_rate, secret, removal } = *config;
        let hash = SipHash::new(secret);
        let cells_per_key = -false_positive_rate.ln() / (LN_2 * LN_2);
        let mut described = [0; 17];
        described[..8].copy_from_slice(&capacity.to_le_bytes());
        described[8..16].copy_from_slice(&false_positive_rate.to_le_bytes());
        described[16] = u8::from(removal);
        Geometry {
            cells: (capacity as f64 * cells_per_key).ceil() as u64,
            probes: ((cells_per_key * LN_2).round() as u32).max(1),
            fingerprint: hash.of(&described),
            hash,
        }
    }

    pub(super) fn cells(&self) -> u64 {
        self.cells
    }

    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The cells of a key: a walk from a start in steps, both from one hash. Two keys that share a cell are no likelier to share
    /// another, which is all that independent hashes would give (Kirsch and Mitzenmacher, 2006).
    #[inline]
    pub(super) fn cells_of(&self, key: &[u8]) -> impl Iterator<Item = u64> + use<> {
        let start = self.hash.of(key);
        let step = start.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let cells = self.cells;
        let places = (0..self.probes).scan(start, move |place, _| {
            let here = *place;
            *place = place.wrapping_add(step);
            Some(here)
        });
        // The place as a fraction of 2^64, times the cells: no division, and no bias worth the name.
        places.map(move |place| ((u128::from(place) * u128::from(cells)) >> 64) as u64)
    }

    /// How many keys are likeliest to have raised so many cells.
    pub(super) fn keys_that_raise(&self, raised: u64) -> u64 {
        let cells = self.cells as f64;
        // With all cells raised there is no telling; one fewer gives a number at least.
        let share = (raised.min(self.cells.saturating_sub(1))) as f64 / cells;
        (-cells / f64::from(self.probes) * (-share).ln_1p()).round() as u64
    }
}
