//! A row of bits.

/// A row of bits.
#[derive(Clone, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)])
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.0[index / 64] & (1 << (index % 64)) != 0
    }

    pub(super) fn put(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    pub(super) fn remove(&mut self, index: usize) {
        self.0[index / 64] &= !(1 << (index % 64));
    }

    /// The 64 bits from `from` on, the first of them lowest.
    pub(super) fn word_at(&self, from: usize) -> u64 {
        let word = |number: usize| self.0.get(number).copied().unwrap_or(0);
        match from % 64 {
            0 => word(from / 64),
            shift => word(from / 64) >> shift | word(from / 64 + 1) << (64 - shift),
        }
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_starts_anywhere_and_ends_with_the_row() {
        let mut bits = Bits::new(100);
        bits.put(63);
        bits.put(70);
        assert_eq!(bits.word_at(63), 1 | 1 << 7);
        assert_eq!(bits.word_at(64), 1 << 6);
        assert_eq!(bits.word_at(200), 0);
        bits.remove(70);
        assert!(bits.has(63) && !bits.has(70));
    }
}
