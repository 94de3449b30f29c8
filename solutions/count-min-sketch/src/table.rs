//! Counters that threads share, and their total.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

/// Counters, each at least what was counted of any key that has a place there.
///
/// All accesses stand in one order. So of two threads that add to one key, the one that ends last sees what both have added, and
/// finds out if that makes the key heavy. On the machines of today the additions cost the same in any order.
pub(super) struct Table {
    counters: Box<[AtomicU64]>,
    total: AtomicU64,
}

impl Table {
    pub(super) fn new(counters: usize) -> Table {
        Table { counters: (0..counters).map(|_| AtomicU64::new(0)).collect(), total: AtomicU64::new(0) }
    }

    #[inline]
    pub(super) fn add(&self, places: impl Iterator<Item = usize>, count: u64) {
        places.for_each(|place| {
            self.counters[place].fetch_add(count, SeqCst);
        });
        self.total.fetch_add(count, SeqCst);
    }

    /// Takes back what was added.
    pub(super) fn subtract(&self, places: impl Iterator<Item = usize>, count: u64) {
        places.for_each(|place| {
            self.counters[place].fetch_sub(count, SeqCst);
        });
        self.total.fetch_sub(count, SeqCst);
    }

    /// The least of some counters.
    #[inline]
    pub(super) fn least(&self, places: impl Iterator<Item = usize>) -> u64 {
        places.map(|place| self.counters[place].load(SeqCst)).min().unwrap_or(0)
    }

    pub(super) fn total(&self) -> u64 {
        self.total.load(SeqCst)
    }

    pub(super) fn counters(&self) -> impl Iterator<Item = u64> {
        self.counters.iter().map(|counter| counter.load(SeqCst))
    }

    /// Adds the counters of another table.
    pub(super) fn merge(&self, others: &[u64], total: u64) {
        for (counter, other) in self.counters.iter().zip(others) {
            counter.fetch_add(*other, SeqCst);
        }
        self.total.fetch_add(total, SeqCst);
    }

    /// Takes the counters of another table in the place of its own.
    pub(super) fn replace(&self, others: &[u64], total: u64) {
        for (counter, other) in self.counters.iter().zip(others) {
            counter.store(*other, SeqCst);
        }
        self.total.store(total, SeqCst);
    }
}
