//! SipHash-1-3 (Aumasson and Bernstein, 2012): a hash that is fast on short keys, and that nobody can predict without its key. It
//! is what the standard library's maps use against crafted keys; theirs may change from release to release, and bytes that
//! were stored must not.

/// A hash function chosen by a key.
#[derive(Clone, Copy)]
pub(super) struct SipHash {
    start: [u64; 4],
}

impl SipHash {
    pub(super) fn new(key: u128) -> SipHash {
        let (low, high) = (key as u64, (key >> 64) as u64);
        SipHash {
            start: [
                low ^ 0x736f_6d65_7073_6575,
                high ^ 0x646f_7261_6e64_6f6d,
                low ^ 0x6c79_6765_6e65_7261,
                high ^ 0x7465_6462_7974_6573,
            ],
        }
    }

    #[inline]
    pub(super) fn of(&self, bytes: &[u8]) -> u64 {
        let mut state = self.start;
        let (words, rest) = bytes.as_chunks();
        for word in words {
            absorb(&mut state, u64::from_le_bytes(*word));
        }
        let length = (bytes.len() as u64) << 56;
        absorb(&mut state, rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)) | length);
        state[2] ^= 0xff;
        (0..3).for_each(|_| round(&mut state));
        state.into_iter().fold(0, |hash, word| hash ^ word)
    }
}

#[inline]
fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    state[0] ^= word;
}

#[inline]
fn round([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *b = b.rotate_left(13) ^ *a;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*d);
    *d = d.rotate_left(16) ^ *c;
    *a = a.wrapping_add(*d);
    *d = d.rotate_left(21) ^ *a;
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{DefaultHasher, Hasher};

    /// Today the standard library's hasher is SipHash-1-3 with the key 0.
    #[test]
    fn hashes_are_those_of_the_standard_library() {
        let bytes: Vec<u8> = (0..100).collect();
        for length in 0..bytes.len() {
            let mut standard = DefaultHasher::new();
            standard.write(&bytes[..length]);
            assert_eq!(SipHash::new(0).of(&bytes[..length]), standard.finish(), "{length} bytes");
        }
    }

    #[test]
    fn keys_choose_the_hash() {
        let hashes = [0, 1, 1 << 64].map(|key| SipHash::new(key).of(b"a"));
        assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    }
}
