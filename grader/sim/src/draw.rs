//! Random draws as hashes: what is drawn depends on why, never on what was drawn before.
//!
//! With a stream of random numbers, leaving one choice out shifts all that follow. Here each draw is
//! `hash(seed, purpose, a, b)`, so a shortened run keeps every choice that it still makes.

/// A source of draws: one per run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(u64);

impl Draw {
    /// The draws of a run.
    pub fn new(seed: u64) -> Draw {
        Draw(mix(seed))
    }

    /// 64 bits for `purpose`, told apart by `a` and `b`.
    pub fn bits(self, purpose: &str, a: u64, b: u64) -> u64 {
        mix(mix(mix(self.0 ^ hash(purpose.as_bytes())) ^ a) ^ b)
    }

    /// A number below `bound`, which is at least 1. The bias is below 2^-32 for bounds that fit 32 bits.
    pub fn below(self, bound: u64, purpose: &str, a: u64, b: u64) -> u64 {
        let wide = u128::from(self.bits(purpose, a, b)) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// True in `per_mille` of 1,000 cases.
    pub fn chance(self, per_mille: u16, purpose: &str, a: u64, b: u64) -> bool {
        self.below(1_000, purpose, a, b) < u64::from(per_mille)
    }
}

/// FNV-1a, 64 bits.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// SplitMix64's finaliser: every input bit reaches every output bit.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_purpose_and_numbers_only() {
        let draw = Draw::new(7);
        assert_eq!(draw.bits("route", 1, 2), Draw::new(7).bits("route", 1, 2));
        for other in [
            Draw::new(8).bits("route", 1, 2),
            draw.bits("latency", 1, 2),
            draw.bits("route", 2, 2),
            draw.bits("route", 1, 3),
        ] {
            assert_ne!(draw.bits("route", 1, 2), other);
        }
    }

    #[test]
    fn below_is_uniform() {
        let draw = Draw::new(1);
        let mut counts = [0_u32; 10];
        for i in 0..100_000 {
            counts[draw.below(10, "die", i, 0) as usize] += 1;
        }
        assert!(counts.iter().all(|&count| (9_500..10_500).contains(&count)), "{counts:?}");
    }
}
