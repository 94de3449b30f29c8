//! Keys made from a seed, for what is done with a great many of them: drives make them where they use them, so that no keys
//! travel, and suites make the same ones.
//!
//! A [`Family`] says what keys look like. Sketches must work for all of them; bad hash functions tend to work for one.

use crate::shape::{Shape, Shapes};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What keys have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Family {
    /// 16 random bytes, as ids are.
    Random,
    /// 8 bytes that count, the least significant one first, from a start that the seed chooses.
    Sequential,
    /// As short as can be: the empty key, then all of one byte, then all of two. The seed changes nothing.
    Short,
    /// 1,000 bytes or a few more, of which all differ.
    Long,
    /// A web address: the same 40 bytes, then a decimal number.
    SamePrefix,
    /// A mail address: a decimal number, then the same 40 bytes.
    SameSuffix,
    /// 32 bytes, of which each key changes a single bit against the one before it.
    OneBitApart,
}

impl Family {
    /// All families.
    pub const ALL: [Family; 7] = [
        Family::Random,
        Family::Sequential,
        Family::Short,
        Family::Long,
        Family::SamePrefix,
        Family::SameSuffix,
        Family::OneBitApart,
    ];
}

impl Shape for Family {
    fn name() -> String {
        "keys::Family".to_owned()
    }

    fn define(shapes: &mut Shapes) {
        shapes.define(&Family::name(), format!("{:?}", Family::ALL), |_| {});
    }
}

/// Numbered keys of one family. Different numbers give different keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// What they look like.
    pub family: Family,
    /// Which ones they are.
    pub seed: u64,
}

impl Shape for Keys {
    fn name() -> String {
        "keys::Keys".to_owned()
    }

    fn define(shapes: &mut Shapes) {
        shapes.define(&Keys::name(), "{family:keys::Family,seed:u64}".to_owned(), |shapes| {
            shapes.add::<Family>();
        });
    }
}

impl Keys {
    /// The keys of a family that `seed` chooses.
    pub fn new(family: Family, seed: u64) -> Keys {
        Keys { family, seed }
    }

    /// The key with this number.
    pub fn key(self, number: u64) -> Vec<u8> {
        let mut key = Vec::new();
        self.write(number, &mut key);
        key
    }

    /// Calls `work` with the number and the key of each of `numbers`, in their order.
    #[inline]
    pub fn each(self, numbers: Range<u64>, mut work: impl FnMut(u64, &[u8])) {
        let mut key = Vec::with_capacity(64);
        for number in numbers {
            key.clear();
            self.write(number, &mut key);
            work(number, &key);
        }
    }

    /// How many of the keys with these numbers `work` is true of.
    #[inline]
    pub fn count(self, numbers: Range<u64>, mut work: impl FnMut(&[u8]) -> bool) -> u64 {
        let mut count = 0;
        self.each(numbers, |_, key| count += u64::from(work(key)));
        count
    }

    /// Appends the key with this number to `key`.
    #[inline]
    fn write(self, number: u64, key: &mut Vec<u8>) {
        match self.family {
            Family::Random => {
                // The first half alone tells all keys apart: for one seed, it is a permutation of the numbers.
                let first = mix(number ^ self.seed);
                key.extend_from_slice(&first.to_le_bytes());
                key.extend_from_slice(&mix(first ^ self.seed.rotate_left(32)).to_le_bytes());
            }
            Family::Sequential => {
                key.extend_from_slice(&mix(self.seed).wrapping_add(number).to_le_bytes());
            }
            Family::Short => write_short(number, key),
            Family::Long => self.write_long(number, key),
            Family::SamePrefix => {
                self.write_name(key);
                write_decimal(number, key);
            }
            Family::SameSuffix => {
                write_decimal(number, key);
                self.write_name(key);
            }
            Family::OneBitApart => self.write_one_bit_apart(number, key),
        }
    }

    /// Its length differs, too, and the number stands in the middle of it.
    fn write_long(self, number: u64, key: &mut Vec<u8>) {
        const WORDS: u64 = 125;
        let seed = mix(number ^ self.seed);
        for word in 0..WORDS {
            let value = if word == WORDS / 2 { seed } else { mix(seed ^ word) };
            key.extend_from_slice(&value.to_le_bytes());
        }
        key.resize(key.len() + (seed % 8) as usize, b'.');
    }

    /// What the keys of one seed have in common.
    fn write_name(self, key: &mut Vec<u8>) {
        const NAME: &[u8; 24] = b"@example.com/people/all/";
        key.extend_from_slice(NAME);
        let letters = mix(self.seed).to_le_bytes();
        letters.iter().for_each(|byte| key.extend_from_slice(&[b'a' + byte % 16, b'a' + byte / 16]));
    }

    /// A Gray code: of two neighbours' codes exactly one bit differs. Its 64 bits are spread over 32 bytes.
    fn write_one_bit_apart(self, number: u64, key: &mut Vec<u8>) {
        let code = number ^ (number >> 1);
        let mut bytes = [0; 32];
        for (word, chunk) in (0..).zip(bytes.chunks_exact_mut(8)) {
            let spread = (0..16).fold(0, |spread, bit| spread | (code >> (word * 16 + bit) & 1) << (bit * 4));
            chunk.copy_from_slice(&(mix(self.seed ^ word) ^ spread).to_le_bytes());
        }
        key.extend_from_slice(&bytes);
    }
}

/// One key is empty, 256 have one byte, 65,536 have two, and so on.
fn write_short(number: u64, key: &mut Vec<u8>) {
    let (mut rest, mut bytes) = (number, 0);
    while rest >= 1_u64.checked_shl(8 * bytes).unwrap_or(u64::MAX) {
        rest -= 1 << (8 * bytes);
        bytes += 1;
    }
    key.extend_from_slice(&rest.to_le_bytes()[..bytes as usize]);
}

fn write_decimal(number: u64, key: &mut Vec<u8>) {
    let start = key.len();
    let mut rest = number;
    loop {
        key.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    key[start..].reverse();
}

/// SplitMix64's finaliser, a permutation.
#[inline]
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(family: Family) -> Keys {
        Keys::new(family, 7)
    }

    #[test]
    fn different_numbers_give_different_keys() {
        for family in Family::ALL {
            let distinct: BTreeSet<Vec<u8>> = (0..70_000).map(|number| keys(family).key(number)).collect();
            assert_eq!(distinct.len(), 70_000, "{family:?}");
        }
    }

    #[test]
    fn a_seed_chooses_the_keys_and_the_same_ones_every_time() {
        for family in Family::ALL {
            assert_eq!(keys(family).key(5), keys(family).key(5));
            let others = Keys::new(family, 8).key(5);
            assert_eq!(keys(family).key(5) == others, family == Family::Short, "{family:?}");
        }
    }

    #[test]
    fn keys_look_as_their_family_says() {
        let lengths = |family, number| keys(family).key(number).len();
        assert_eq!(lengths(Family::Random, 0), 16);
        assert_eq!(lengths(Family::Sequential, 0), 8);
        let short: Vec<usize> = [0, 1, 256, 257, 65_792, 65_793].map(|n| lengths(Family::Short, n)).to_vec();
        assert_eq!(short, [0, 1, 1, 2, 2, 3]);
        assert_eq!(keys(Family::Short).key(u64::MAX).len(), 8);
        assert!((0..100).all(|number| (1_000..1_008).contains(&lengths(Family::Long, number))));
        assert!(keys(Family::SamePrefix).key(1_203).ends_with(b"1203"));
        assert!(keys(Family::SameSuffix).key(0).starts_with(b"0@"));
        assert_eq!(lengths(Family::SameSuffix, 7), 41);
    }

    #[test]
    fn neighbours_differ_in_one_bit() {
        for number in (0..10_000).chain(u64::MAX - 100..u64::MAX) {
            let (one, next) =
                (keys(Family::OneBitApart).key(number), keys(Family::OneBitApart).key(number + 1));
            let bits: u32 = one.iter().zip(&next).map(|(a, b)| (a ^ b).count_ones()).sum();
            assert_eq!(bits, 1, "{number}");
        }
    }

    #[test]
    fn each_gives_the_numbered_keys_in_order() {
        for family in Family::ALL {
            let mut seen = Vec::new();
            keys(family).each(3..6, |number, key| seen.push((number, key.to_vec())));
            let expected: Vec<(u64, Vec<u8>)> = (3..6).map(|n| (n, keys(family).key(n))).collect();
            assert_eq!(seen, expected);
            assert_eq!(keys(family).count(0..10, |key| key == keys(family).key(4)), 1);
        }
    }
}
