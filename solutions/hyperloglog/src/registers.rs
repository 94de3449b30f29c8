//! Registers: what a sketch consists of.

use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

/// Registers, each of which keeps the highest rank that it was shown.
///
/// In memory each has a byte, so that threads raise it without a lock. No register guards other data, so all accesses are relaxed.
pub(super) struct Registers {
    ranks: Box<[AtomicU8]>,
}

impl Registers {
    /// `count` registers of rank 0; a multiple of eight.
    pub(super) fn new(count: usize) -> Registers {
        Registers { ranks: (0..count).map(|_| AtomicU8::new(0)).collect() }
    }

    #[inline]
    pub(super) fn raise(&self, register: usize, rank: u8) {
        let held = &self.ranks[register];
        // Most keys raise nothing, and reading costs less than writing, above all where threads share the memory.
        if held.load(Relaxed) < rank {
            held.fetch_max(rank, Relaxed);
        }
    }

    /// How many registers hold each rank.
    pub(super) fn count_by_rank(&self) -> [u32; 64] {
        let mut counts = [0; 64];
        self.ranks().for_each(|rank| counts[usize::from(rank)] += 1);
        counts
    }

    pub(super) fn raise_all(&self, ranks: impl Iterator<Item = u8>) {
        ranks.enumerate().for_each(|(register, rank)| self.raise(register, rank));
    }

    pub(super) fn replace_all(&self, ranks: impl Iterator<Item = u8>) {
        self.ranks.iter().zip(ranks).for_each(|(held, rank)| held.store(rank, Relaxed));
    }

    pub(super) fn ranks(&self) -> impl Iterator<Item = u8> {
        self.ranks.iter().map(|held| held.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_keep_the_highest() {
        let registers = Registers::new(4);
        [3, 7, 5].into_iter().for_each(|rank| registers.raise(2, rank));
        assert_eq!(registers.ranks().collect::<Vec<u8>>(), [0, 0, 7, 0]);
        registers.raise_all([1, 0, 6, 61].into_iter());
        assert_eq!(registers.ranks().collect::<Vec<u8>>(), [1, 0, 7, 61]);
        assert_eq!(registers.count_by_rank()[..2], [1, 1]);
    }
}
