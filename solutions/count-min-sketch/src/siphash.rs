//! SipHash-1-3 (Aumasson and Bernstein, 2012): one round for each eight bytes of a key and three at the end, all under a secret. Without it
//! nobody can tell which keys collide, and with it every node and every release gives the same.

/// The hash function that a secret chooses.
#[derive(Clone, Copy)]
pub(super) struct SipHash(State);

#[derive(Clone, Copy)]
struct State {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
}

impl SipHash {
    pub(super) fn new(secret: u128) -> SipHash {
        let (low, high) = (secret as u64, (secret >> 64) as u64);
        let words: [u64; 4] =
            [*b"somepseu", *b"dorandom", *b"lygenera", *b"tedbytes"].map(u64::from_be_bytes);
        SipHash(State { a: low ^ words[0], b: high ^ words[1], c: low ^ words[2], d: high ^ words[3] })
    }

    #[inline]
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        let mut state = self.0;
        let (words, rest) = key.as_chunks();
        words.iter().for_each(|word| state.take(u64::from_le_bytes(*word)));
        // The last word holds what is left, and the length in its highest byte.
        let mut last = (key.len() as u64) << 56;
        for (index, byte) in rest.iter().enumerate() {
            last |= u64::from(*byte) << (8 * index);
        }
        state.take(last);
        state.c ^= 0xff;
        for _ in 0..3 {
            state.round();
        }
        state.a ^ state.b ^ state.c ^ state.d
    }
}

impl State {
    #[inline]
    fn take(&mut self, word: u64) {
        self.d ^= word;
        self.round();
        self.a ^= word;
    }

    #[inline]
    fn round(&mut self) {
        self.a = self.a.wrapping_add(self.b);
        self.c = self.c.wrapping_add(self.d);
        self.b = self.b.rotate_left(13) ^ self.a;
        self.d = self.d.rotate_left(16) ^ self.c;
        self.a = self.a.rotate_left(32).wrapping_add(self.d);
        self.c = self.c.wrapping_add(self.b);
        self.b = self.b.rotate_left(17) ^ self.c;
        self.d = self.d.rotate_left(21) ^ self.a;
        self.c = self.c.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{DefaultHasher, Hasher};

    /// The standard library's hasher is the same today, under a secret of 0.
    #[test]
    fn hashes_are_those_of_the_standard_library() {
        let bytes: Vec<u8> = (0..40).collect();
        for length in 0..bytes.len() {
            let mut standard = DefaultHasher::new();
            standard.write(&bytes[..length]);
            assert_eq!(SipHash::new(0).hash(&bytes[..length]), standard.finish(), "{length} bytes");
        }
    }

    #[test]
    fn both_halves_of_the_secret_matter() {
        let hashes = [0, 1, 1 << 64].map(|secret| SipHash::new(secret).hash(b"key"));
        assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    }
}
