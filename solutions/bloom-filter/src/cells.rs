//! Small counters, packed into words that threads share.
//!
//! A cell of one bit is a counter that stops at 1, so a filter without removal is a filter with removal in all but size.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Counters of 1, 2, 4, ... bits that stay at their maximum once they are there: what stopped counting must not be counted
/// down.
///
/// No cell guards other data, and whoever waits for a thread sees what it wrote; so all accesses are relaxed.
pub(super) struct Cells {
    words: Box<[AtomicU64]>,
    bits: u32,
    /// The highest count.
    max: u64,
    /// How many cells a word has, as a power of two.
    cells_per_word_log2: u32,
}

impl Cells {
    /// `count` cells of `bits` bits.
    pub(super) fn new(count: u64, bits: u32) -> Cells {
        let words = (count * u64::from(bits)).div_ceil(64);
        Cells {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
            bits,
            max: u64::MAX >> (64 - bits),
            cells_per_word_log2: (64 / bits).ilog2(),
        }
    }

    #[inline]
    pub(super) fn is_raised(&self, cell: u64) -> bool {
        let (word, shift) = self.place(cell);
        word.load(Relaxed) >> shift & self.max != 0
    }

    /// Counts up, to the maximum.
    #[inline]
    pub(super) fn raise(&self, cell: u64) {
        let (word, shift) = self.place(cell);
        let up = |cells: u64| (cells >> shift & self.max != self.max).then(|| cells + (1 << shift));
        // `Err` says that there is nothing to do.
        let _ = word.fetch_update(Relaxed, Relaxed, up);
    }

    /// Counts down, but not from the maximum.
    pub(super) fn lower(&self, cell: u64) {
        let (word, shift) = self.place(cell);
        let down = |cells: u64| {
            let count = cells >> shift & self.max;
            (count != 0 && count != self.max).then(|| cells - (1 << shift))
        };
        let _ = word.fetch_update(Relaxed, Relaxed, down);
    }

    /// How many cells are not 0.
    pub(super) fn count_raised(&self) -> u64 {
        let lowest_bits = u64::MAX / self.max;
        let raised = |cells: u64| {
            let any_bit = (0..self.bits).fold(0, |any, shift| any | cells >> shift);
            u64::from((any_bit & lowest_bits).count_ones())
        };
        self.words().map(raised).sum()
    }

    /// All cells, as they are stored.
    pub(super) fn words(&self) -> impl ExactSizeIterator<Item = u64> {
        self.words.iter().map(|word| word.load(Relaxed))
    }

    /// Adds the counts in `others`, to the maximum each.
    pub(super) fn add(&self, others: impl Iterator<Item = u64>) {
        for (word, other) in self.words.iter().zip(others) {
            let _ = word.fetch_update(Relaxed, Relaxed, |cells| Some(self.sum(cells, other)));
        }
    }

    /// Takes the counts in `others` in the place of its own.
    pub(super) fn replace(&self, others: impl Iterator<Item = u64>) {
        self.words.iter().zip(others).for_each(|(word, other)| word.store(other, Relaxed));
    }

    fn sum(&self, one: u64, other: u64) -> u64 {
        let shifts = (0..64).step_by(self.bits as usize);
        shifts.fold(0, |sum, shift| {
            let count = (one >> shift & self.max) + (other >> shift & self.max);
            sum | count.min(self.max) << shift
        })
    }

    #[inline]
    fn place(&self, cell: u64) -> (&AtomicU64, u64) {
        let word = (cell >> self.cells_per_word_log2) as usize;
        let cell_in_word = cell & ((1 << self.cells_per_word_log2) - 1);
        (&self.words[word], cell_in_word * u64::from(self.bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_count_beside_each_other_and_stay_at_their_maximum() {
        for (bits, max) in [(1, 1), (4, 15), (8, 255)] {
            let cells = Cells::new(100, bits);
            (0..300).for_each(|_| cells.raise(17));
            cells.raise(16);
            assert_eq!(cells.count_raised(), 2);
            cells.lower(18);
            (0..300).for_each(|_| cells.lower(17));
            assert!(cells.is_raised(17) && !cells.is_raised(18), "{bits} bits stop at {max}");
            cells.lower(16);
            assert_eq!(cells.is_raised(16), max == 1);
        }
    }

    #[test]
    fn sums_stop_at_the_maximum_each() {
        let cells = Cells::new(32, 4);
        (0..9).for_each(|_| cells.raise(0));
        cells.raise(1);
        let words: Vec<u64> = cells.words().collect();
        cells.add(words.into_iter());
        assert_eq!(cells.words().next(), Some(0x2f));
    }
}
