//! The place of one item: what it holds now, and what it held while eventual reads may still see that.

use super::Item;
use crate::Time;
use std::collections::VecDeque;

/// An item with its time of expiry.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) item: Item,
    pub(super) expires_at: Option<Time>,
}

impl Stored {
    /// True from its time of expiry on.
    pub(super) fn is_expired(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// The place of one item.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    current: Option<Stored>,
    /// What it held before, each with the time until which it did, oldest first.
    past: VecDeque<(Time, Option<Stored>)>,
}

impl Slot {
    /// What it holds now.
    pub(super) fn current(&self) -> Option<&Stored> {
        self.current.as_ref()
    }

    /// What it held at `moment`.
    pub(super) fn at(&self, moment: Time) -> Option<&Stored> {
        match self.past.iter().find(|(until, _)| *until > moment) {
            Some((_, stored)) => stored.as_ref(),
            None => self.current(),
        }
    }

    /// Holds `next` from `now` on, and what it held before until it is told to forget that.
    pub(super) fn supersede(&mut self, now: Time, next: Option<Stored>) {
        let before = std::mem::replace(&mut self.current, next);
        self.past.push_back((now, before));
    }

    /// Forgets what it held until `moment` or earlier.
    pub(super) fn forget(&mut self, moment: Time) {
        while self.past.front().is_some_and(|(until, _)| *until <= moment) {
            self.past.pop_front();
        }
    }

    /// True if there is nothing to know about it.
    pub(super) fn is_empty(&self) -> bool {
        self.current.is_none() && self.past.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;
    use crate::table::Key;

    fn stored(version: u64) -> Option<Stored> {
        let item = Item { key: Key::from("k"), value: Json::from_text("1"), version };
        Some(Stored { item, expires_at: None })
    }

    fn version_at(slot: &Slot, secs: u64) -> Option<u64> {
        slot.at(Time::from_secs(secs)).map(|stored| stored.item.version)
    }

    #[test]
    fn remembers_what_it_held() {
        let mut slot = Slot::default();
        slot.supersede(Time::from_secs(10), stored(1));
        slot.supersede(Time::from_secs(20), stored(2));
        slot.supersede(Time::from_secs(30), None);
        assert_eq!(version_at(&slot, 9), None);
        assert_eq!(version_at(&slot, 10), Some(1));
        assert_eq!(version_at(&slot, 19), Some(1));
        assert_eq!(version_at(&slot, 29), Some(2));
        assert_eq!(version_at(&slot, 30), None);
        slot.forget(Time::from_secs(20));
        assert_eq!(version_at(&slot, 25), Some(2));
        slot.forget(Time::from_secs(30));
        assert!(slot.is_empty());
    }
}
