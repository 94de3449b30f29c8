//! The list that the search works on: invocations and returns of the required operations that are not done, in time.

use super::order::Order;

/// An entry of the list: an invocation or a return. Operation `i` of the required ones has its invocation at `2i + 1` and its
/// return at `2i + 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(u32);

impl Entry {
    /// What lies before the first entry and behind the last.
    const ENDS: Entry = Entry(0);

    const fn invocation(index: u32) -> Entry {
        Entry(2 * index + 1)
    }

    const fn return_of(index: u32) -> Entry {
        Entry(2 * index + 2)
    }

    pub(super) const fn is_invocation(self) -> bool {
        self.0 % 2 == 1
    }

    /// The required operation that was invoked or returned here, or `None` behind the last entry.
    pub(super) const fn index(self) -> Option<u32> {
        if self.0 == 0 { None } else { Some((self.0 - 1) / 2) }
    }
}

/// Entries linked both ways, so that lifting an operation out and putting it back takes no search. What was lifted last must be
/// put back first.
#[derive(Debug)]
pub(super) struct List {
    next: Vec<Entry>,
    previous: Vec<Entry>,
}

impl List {
    /// A list of `required` operations, which are sorted by invocation.
    pub(super) fn new(required: &[usize], order: &Order) -> List {
        let mut entries = Vec::with_capacity(required.len() * 2);
        for (index, &operation) in (0..).zip(required) {
            entries.push((order.invoked[operation], Entry::invocation(index)));
            entries.push((order.returned[operation], Entry::return_of(index)));
        }
        entries.sort_unstable_by_key(|&(position, _)| position);
        let mut list = List {
            next: vec![Entry::ENDS; entries.len() + 1],
            previous: vec![Entry::ENDS; entries.len() + 1],
        };
        let mut last = Entry::ENDS;
        for (_, entry) in entries {
            list.next[last.0 as usize] = entry;
            list.previous[entry.0 as usize] = last;
            last = entry;
        }
        list.previous[0] = last;
        list
    }

    /// The first entry. If there is any, it is an invocation: returns come later.
    pub(super) fn first(&self) -> Entry {
        self.after(Entry::ENDS)
    }

    pub(super) fn after(&self, entry: Entry) -> Entry {
        self.next[entry.0 as usize]
    }

    pub(super) fn lift(&mut self, index: u32) {
        for entry in [Entry::invocation(index), Entry::return_of(index)] {
            let (before, after) = (self.previous[entry.0 as usize], self.next[entry.0 as usize]);
            self.next[before.0 as usize] = after;
            self.previous[after.0 as usize] = before;
        }
    }

    pub(super) fn put_back(&mut self, index: u32) {
        for entry in [Entry::return_of(index), Entry::invocation(index)] {
            let (before, after) = (self.previous[entry.0 as usize], self.next[entry.0 as usize]);
            self.next[before.0 as usize] = entry;
            self.previous[after.0 as usize] = entry;
        }
    }
}
