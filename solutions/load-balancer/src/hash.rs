//! Choices by what does not change: an address, a key.

use super::pool::Member;

/// The candidate with the highest score for a key (rendezvous hashing). Who leaves takes nobody's score away, so only its own keys
/// move.
pub(super) fn owner(key: &str, candidates: &[usize], members: &[Member]) -> usize {
    let key = hash(key);
    let score = |position: usize| mix(key ^ mix(hash(&members[position].backend.name)));
    let highest = candidates.iter().copied().max_by_key(|position| score(*position));
    highest.unwrap_or(candidates[0])
}

/// FNV-1a of 64 bits: the same in every process, which std's default hasher does not promise.
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// SplitMix64's finaliser: every input bit reaches every output bit. FNV's last byte hardly reaches the upper half.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
