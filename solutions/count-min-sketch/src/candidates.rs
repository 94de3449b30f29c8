//! The keys that may be heavy hitters.
//!
//! A key's estimate never falls and the total never falls, so a key that is heavy in the end was noticed when it was added
//! for the last time, and has been heavy ever since. A key that is not heavy now can be forgotten: if it comes to be, it will be
//! noticed again.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Keys by their hashes. Two keys with one hash have one estimate, so there would be no telling them apart anyway.
pub(super) struct Candidates {
    share: f64,
    /// From how many keys on those that are not heavy are forgotten. Hardly more than `1 / (share - error)` are heavy at a time.
    full: usize,
    keys: RwLock<BTreeMap<u64, Vec<u8>>>,
}

impl Candidates {
    pub(super) fn new(share: f64) -> Candidates {
        Candidates { share, full: (2.0 / share).ceil() as usize, keys: RwLock::default() }
    }

    #[inline]
    pub(super) fn is_heavy(&self, estimate: u64, total: u64) -> bool {
        estimate > 0 && estimate as f64 >= self.share * total as f64
    }

    /// Keeps a key, and forgets some that are not heavy if there are many.
    pub(super) fn note(&self, hash: u64, key: &[u8], is_heavy: impl Fn(u64) -> bool) {
        if self.read().contains_key(&hash) {
            return;
        }
        let mut keys = self.write();
        keys.insert(hash, key.to_vec());
        if keys.len() > self.full {
            keys.retain(|hash, _| is_heavy(*hash));
        }
    }

    /// Calls `work` with the hash and the key of each.
    pub(super) fn each(&self, mut work: impl FnMut(u64, &[u8])) {
        self.read().iter().for_each(|(hash, key)| work(*hash, key));
    }

    /// Keeps these keys and no others.
    pub(super) fn replace(&self, others: impl Iterator<Item = (u64, Vec<u8>)>) {
        *self.write() = others.collect();
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<u64, Vec<u8>>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<u64, Vec<u8>>> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(candidates: &Candidates) -> Vec<u64> {
        let mut kept = Vec::new();
        candidates.each(|hash, _| kept.push(hash));
        kept
    }

    #[test]
    fn what_is_not_heavy_is_forgotten_once_there_are_many() {
        let candidates = Candidates::new(0.5);
        (0..4).for_each(|hash| candidates.note(hash, b"key", |_| false));
        assert_eq!(kept(&candidates), [0, 1, 2, 3]);
        candidates.note(4, b"key", |hash| hash % 2 == 0);
        assert_eq!(kept(&candidates), [0, 2, 4]);
    }

    #[test]
    fn nothing_is_heavy_that_never_came() {
        let candidates = Candidates::new(0.5);
        assert!(!candidates.is_heavy(0, 0));
        assert!(candidates.is_heavy(1, 2) && !candidates.is_heavy(1, 3));
    }
}
