//! Configurations that need no second look.

use super::bits::Bits;
use super::numbered::Lookup;

/// What was done of the required operations, and the state that this left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The first required operation missing, and the state.
    head: (u32, u32),
    /// Which of the 64 operations behind the missing one are done. Few more can be: they overlap it.
    next: u64,
    /// The same for the operations behind those.
    rest: Box<[u64]>,
}

impl Place {
    /// Where everything before `missing` is done, `missing` is not, and nothing behind `top` is.
    pub(super) fn new(missing: u32, top: Option<u32>, done: &Bits, state: u32) -> Place {
        let behind = top.map_or(0, |top| top.saturating_sub(missing)) as usize;
        let from = missing as usize + 1;
        let word = |number: usize| done.word_at(from + 64 * number);
        Place {
            head: (missing, state),
            next: if behind > 0 { word(0) } else { 0 },
            rest: (1..behind.div_ceil(64)).map(word).collect(),
        }
    }
}

/// Configurations that need no second look. A configuration consists of a place and of what was used of the optional operations.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// For each place, where in `usages` to look.
    places: Lookup<Place, u32>,
    usages: Vec<Vec<Usage>>,
}

/// What was used of the optional operations on the way to a place.
#[derive(Debug)]
struct Usage {
    /// The latest invocation among the operations done: optional operations that ended before it can no longer be used.
    latest: u32,
    /// A bit for each optional operation used, in the order in which they end.
    used: Box<[u64]>,
}

impl Seen {
    /// Notes a configuration. Says whether it is worth a look: whether no configuration at the same place left at least as much to
    /// use. `first_open` is the index of the first optional operation that can still be used.
    pub(super) fn is_new(&mut self, place: Place, latest: u32, used: &Bits, first_open: usize) -> bool {
        let mut is_new = false;
        let count = self.usages.len();
        let at = *self.places.entry(place).or_insert_with(|| {
            is_new = true;
            count as u32
        });
        if used.words().is_empty() {
            return is_new;
        }
        if is_new {
            self.usages.push(Vec::new());
        }
        let usages = &mut self.usages[at as usize];
        is_new = !usages.iter().any(|old| old.leaves_as_much_as(latest, used.words(), first_open));
        if is_new {
            usages.push(Usage { latest, used: used.words().into() });
        }
        is_new
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
