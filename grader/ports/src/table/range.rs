//! Which sort keys of a partition a query covers, and in which order.

use super::Key;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Bound;

/// Which sort keys. A range whose end lies before its start holds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// All of them.
    #[default]
    All,
    /// Those that begin with that text.
    Prefix(String),
    /// Those between two bounds.
    Between(Bound<String>, Bound<String>),
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// From the least sort key to the greatest.
    #[default]
    Ascending,
    /// From the greatest sort key to the least.
    Descending,
}

/// An interval of keys, none if it is empty (`BTreeMap::range` panics for some empty intervals).
pub(super) type Interval = Option<(Bound<Key>, Bound<Key>)>;

impl Range {
    /// The keys of `partition` in this range that come behind `after` in that order.
    pub(super) fn interval(&self, partition: &str, order: Order, after: Option<&Key>) -> Interval {
        let key = |sort: &String| Key::new(partition, sort);
        let (mut low, mut high) = match self {
            Range::All => (Bound::Unbounded, Bound::Unbounded),
            Range::Prefix(prefix) => (Bound::Included(key(prefix)), end_of_prefix(prefix).as_ref().map(key)),
            Range::Between(from, to) => (from.as_ref().map(key), to.as_ref().map(key)),
        };
        if low == Bound::Unbounded {
            low = Bound::Included(Key::new(partition, ""));
        }
        if high == Bound::Unbounded {
            // The least partition behind this one; keys hold no NUL, so nothing lies between.
            high = Bound::Excluded(Key::new(format!("{partition}\0"), ""));
        }
        match (order, after) {
            (Order::Ascending, Some(after)) => narrow(after, low, high, true),
            (Order::Descending, Some(after)) => narrow(after, low, high, false),
            (_, None) => not_empty(low, high),
        }
    }
}

/// All keys behind `after`.
pub(super) fn everything(after: Option<&Key>) -> Interval {
    Some((after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone())), Bound::Unbounded))
}

/// Keeps the keys above (or below) `after`.
fn narrow(after: &Key, low: Bound<Key>, high: Bound<Key>, above: bool) -> Interval {
    let cut = Bound::Excluded(after.clone());
    let outside = |bound: &Bound<Key>| match bound {
        Bound::Included(key) | Bound::Excluded(key) => (after < key) == above && after != key,
        Bound::Unbounded => false,
    };
    match above {
        true if outside(&low) => not_empty(low, high),
        true => not_empty(cut, high),
        false if outside(&high) => not_empty(low, high),
        false => not_empty(low, cut),
    }
}

fn not_empty(low: Bound<Key>, high: Bound<Key>) -> Interval {
    let some = match (&low, &high) {
        (Bound::Included(low), Bound::Included(high)) => low <= high,
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            low < high
        }
        _ => true,
    };
    some.then_some((low, high))
}

/// The least text that is greater than everything beginning with `prefix`.
fn end_of_prefix(prefix: &str) -> Bound<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Bound::Excluded(chars.into_iter().collect());
        }
    }
    Bound::Unbounded
}

/// The words behind `query table/partition`, with the space before them; nothing for [`Range::All`].
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::All => Ok(()),
            Range::Prefix(prefix) => write!(f, " {prefix}*"),
            Range::Between(from, to) => {
                match from {
                    Bound::Included(from) => write!(f, " [{from} .. ")?,
                    Bound::Excluded(from) => write!(f, " ({from} .. ")?,
                    Bound::Unbounded => f.write_str(" (.. ")?,
                }
                match to {
                    Bound::Included(to) => write!(f, "{to}]"),
                    Bound::Excluded(to) => write!(f, "{to})"),
                    Bound::Unbounded => f.write_str("..)"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_behind_all_their_texts() {
        let end = |prefix: &str| end_of_prefix(prefix);
        assert_eq!(end("a"), Bound::Excluded("b".to_owned()));
        assert_eq!(end("a\u{10ffff}"), Bound::Excluded("b".to_owned()));
        assert_eq!(end("\u{d7ff}"), Bound::Excluded("\u{e000}".to_owned()));
        assert_eq!(end(""), Bound::Unbounded);
    }

    #[test]
    fn empty_ranges_have_no_interval() {
        let between = |from: &str, to: &str| {
            Range::Between(Bound::Excluded(from.to_owned()), Bound::Excluded(to.to_owned())).interval(
                "p",
                Order::Ascending,
                None,
            )
        };
        assert!(between("a", "b").is_some());
        assert!(between("a", "a").is_none());
        assert!(between("b", "a").is_none());
    }

    #[test]
    fn a_cursor_outside_the_range_does_not_widen_it() {
        let range = Range::Prefix("m".to_owned());
        let whole = range.interval("p", Order::Ascending, None);
        assert_eq!(range.interval("p", Order::Ascending, Some(&Key::new("p", "a"))), whole);
        assert_eq!(range.interval("p", Order::Ascending, Some(&Key::new("p", "z"))), None);
        assert_eq!(range.interval("p", Order::Descending, Some(&Key::new("p", "z"))), whole);
        assert_eq!(range.interval("p", Order::Descending, Some(&Key::new("p", "a"))), None);
    }
}
