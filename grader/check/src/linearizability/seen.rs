//! Configurations that need no second look.

use super::numbered::Lookup;

/// Configurations that need no second look. A configuration consists of what was done of the required operations together with
/// the state (the *place*), and of what was used of the optional ones.
#[derive(Debug, Default)]
pub(super) struct Seen {
    places: Lookup<Box<[u64]>, Vec<Usage>>,
}

/// What was used of the optional operations on the way to a place.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    /// The latest invocation among the operations done: optional operations that ended before it can no longer be used.
    pub(super) latest: u32,
    /// A bit for each optional operation used, in the order in which they end.
    pub(super) used: Box<[u64]>,
}

impl Seen {
    /// Notes a configuration. Says whether it is worth a look: whether no configuration at the same place left at least as much to
    /// use. `first_open` is the index of the first optional operation that can still be used.
    pub(super) fn is_new(&mut self, place: &[u64], latest: u32, used: &[u64], first_open: usize) -> bool {
        let Some(usages) = self.places.get_mut(place) else {
            let usages = if used.is_empty() { Vec::new() } else { vec![Usage { latest, used: used.into() }] };
            self.places.insert(place.into(), usages);
            return true;
        };
        if used.is_empty() || usages.iter().any(|old| old.leaves_as_much_as(latest, used, first_open)) {
            return false;
        }
        usages.push(Usage { latest, used: used.into() });
        true
    }
}

impl Usage {
    fn leaves_as_much_as(&self, latest: u32, used: &[u64], first_open: usize) -> bool {
        if self.latest > latest {
            return false;
        }
        let first_word = first_open / 64;
        self.used.iter().zip(used).enumerate().skip(first_word).all(|(word, (old, new))| {
            let open = if word == first_word { u64::MAX << (first_open % 64) } else { u64::MAX };
            old & !new & open == 0
        })
    }
}
