//! A hash that is the same in every process, on every machine and in every version of the compiler: placements outlive all of them.
//!
//! Multiply to 128 bits and fold: a word at a time, every bit of the input reaches every bit of the result. It is quick and
//! keyless: who may choose keys can choose them to meet at one node.

/// Odd, with as many ones as zeros, and no pattern: digits of the golden ratio, of sqrt(3) and of pi.
const MULTIPLIERS: [u64; 3] = [0x9e37_79b9_7f4a_7c15, 0xbb67_ae85_84ca_a73b, 0x2436_6a88_85a3_08d3];

/// The hash of some bytes.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = fold(bytes.len() as u64 ^ MULTIPLIERS[0], MULTIPLIERS[1]);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), MULTIPLIERS[1]);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    state = fold(state ^ u64::from_le_bytes(last), MULTIPLIERS[2]);
    fold(state ^ MULTIPLIERS[0], MULTIPLIERS[1])
}

/// The point of that index of a node whose name has the hash `seed`.
pub(crate) fn point(seed: u64, index: u32) -> u64 {
    let state = fold(seed ^ MULTIPLIERS[2], MULTIPLIERS[0] ^ (u64::from(index) << 1));
    fold(state ^ MULTIPLIERS[1], MULTIPLIERS[0])
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}
