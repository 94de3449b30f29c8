//! The limit: the creations of an owner that count at a moment.

use kata::{Condition, Item, Time};
use url_shortener::CREATIONS_WINDOW;

/// When an owner's latest links were made, as the table has it.
pub(super) struct Window {
    created: Vec<Time>,
    version: Option<u64>,
}

impl Window {
    /// From a read.
    pub(super) fn of(item: Option<Item<Vec<Time>>>) -> Window {
        match item {
            Some(Item { value, version, .. }) => Window { created: value, version: Some(version) },
            None => Window { created: Vec::new(), version: None },
        }
    }

    /// The times with one more creation at `now`, without those that no longer count; nothing if that is one too many.
    pub(super) fn with(&self, now: Time, creations_max: u32) -> Option<Vec<Time>> {
        let counts = |created_at: &Time| *created_at + CREATIONS_WINDOW > now;
        let mut counting: Vec<Time> = self.created.iter().copied().filter(counts).collect();
        counting.push(now);
        (counting.len() <= creations_max as usize).then_some(counting)
    }

    /// Holds as long as nobody has written since this was read.
    pub(super) fn is_unchanged(&self) -> Condition {
        self.version.map_or(Condition::Absent, Condition::Version)
    }
}
