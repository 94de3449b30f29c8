//! Bounded staleness: a read may be behind, but no further than the contract says.
//!
//! Every read is judged by itself. Whether several reads go back and forth is another question: that of linearizability.

use crate::{Complaint, Outcome};
use std::collections::BTreeMap;
use std::fmt::Display;

/// What was written and read. Times are of any unit, the same everywhere. Values on one key are told apart: no two writes may be
/// alike.
#[derive(Clone, Debug)]
pub struct Staleness<K, V> {
    writes: BTreeMap<K, Vec<Write<V>>>,
    reads: Vec<Read<K, V>>,
}

#[derive(Clone, Debug)]
struct Write<V> {
    value: V,
    invoked: u64,
    returned: Option<u64>,
}

#[derive(Clone, Debug)]
struct Read<K, V> {
    process: String,
    key: K,
    value: Option<V>,
    invoked: u64,
    returned: u64,
}

impl<K: Clone + Ord + Display, V: Clone + Eq + Display> Staleness<K, V> {
    /// Nothing written yet: every key is absent.
    pub const fn new() -> Staleness<K, V> {
        Staleness { writes: BTreeMap::new(), reads: Vec::new() }
    }

    /// `value` was written to `key` from `invoked` to `returned`, or nobody knows whether and when it took effect.
    pub fn wrote(&mut self, key: K, value: V, invoked: u64, returned: Option<u64>) {
        self.writes.entry(key).or_default().push(Write { value, invoked, returned });
    }

    /// `process` read `value` from `key`; `None` if there was none.
    pub fn read(
        &mut self,
        process: impl Into<String>,
        key: K,
        value: Option<V>,
        invoked: u64,
        returned: u64,
    ) {
        self.reads.push(Read { process: process.into(), key, value, invoked, returned });
    }

    /// Every read saw a value that was there at some time between `bound` before it began and its end.
    pub fn at_most(&self, bound: u64) -> Outcome {
        self.reads.iter().try_for_each(|read| self.judge(read, bound))
    }

    fn judge(&self, read: &Read<K, V>, bound: u64) -> Outcome {
        let writes = self.writes.get(&read.key).map_or(&[][..], Vec::as_slice);
        // When the value seen was surely there at last: its write had returned by then. Before any write the key was absent.
        let written = match &read.value {
            None => Some(0),
            Some(value) => {
                let by_then = |write: &&Write<V>| write.value == *value && write.invoked <= read.returned;
                let Some(write) = writes.iter().find(by_then) else {
                    return Err(self.complaint(read, bound, "nobody had written that"));
                };
                write.returned
            }
        };
        let Some(written) = written else {
            return Ok(());
        };
        let since = read.invoked.saturating_sub(bound);
        // A write that came after it for certain, and was done for certain before the time that the read may show.
        let newer = writes.iter().find(|write| {
            let is_after = read.value.is_none() || write.invoked > written;
            let is_other = read.value.as_ref() != Some(&write.value);
            is_after && is_other && write.returned.is_some_and(|returned| returned < since)
        });
        match newer {
            None => Ok(()),
            Some(Write { value, returned, .. }) => {
                let since = returned.map_or(0, |returned| read.invoked - returned);
                Err(self.complaint(read, bound, &format!("{value} had replaced it {since} before")))
            }
        }
    }

    fn complaint(&self, read: &Read<K, V>, bound: u64, problem: &str) -> Complaint {
        let Read { process, key, value, invoked, returned } = read;
        let value = value.as_ref().map_or("nothing".to_owned(), V::to_string);
        Complaint::new(
            format!("{process} read {value} from {key}, which is too old"),
            format!("what {key} held at most {bound} before the read"),
            format!("{value}, read from {invoked} to {returned}; {problem}"),
        )
    }
}

impl<K: Clone + Ord + Display, V: Clone + Eq + Display> Default for Staleness<K, V> {
    fn default() -> Staleness<K, V> {
        Staleness::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 1 written from 10 to 20, 2 from 30 to 40, 3 from 50 on without an answer.
    fn written() -> Staleness<char, u8> {
        let mut staleness = Staleness::new();
        staleness.wrote('x', 1, 10, Some(20));
        staleness.wrote('x', 2, 30, Some(40));
        staleness.wrote('x', 3, 50, None);
        staleness
    }

    fn check(value: Option<u8>, invoked: u64, returned: u64, bound: u64) -> Outcome {
        let mut staleness = written();
        staleness.read("ana", 'x', value, invoked, returned);
        staleness.at_most(bound)
    }

    #[test]
    fn accepts_what_was_there_within_the_bound() {
        assert_eq!(check(None, 15, 16, 0), Ok(()));
        assert_eq!(check(Some(1), 12, 13, 0), Ok(()));
        assert_eq!(check(Some(1), 39, 60, 0), Ok(()));
        assert_eq!(check(Some(1), 60, 61, 20), Ok(()));
        assert_eq!(check(Some(2), 90, 91, 0), Ok(()));
    }

    #[test]
    fn accepts_a_write_without_an_answer_and_its_absence() {
        assert_eq!(check(Some(3), 51, 52, 0), Ok(()));
        assert_eq!(check(Some(3), 1000, 1001, 0), Ok(()));
        assert_eq!(check(Some(2), 1000, 1001, 0), Ok(()));
    }

    #[test]
    fn rejects_what_was_replaced_before_the_bound() {
        let complaint = check(Some(1), 61, 62, 20).unwrap_err();
        assert_eq!(complaint.summary, "ana read 1 from x, which is too old");
        assert_eq!(complaint.observed, "1, read from 61 to 62; 2 had replaced it 21 before");
        assert!(check(None, 42, 43, 21).is_err());
    }

    #[test]
    fn rejects_what_nobody_had_written_yet() {
        assert!(check(Some(9), 60, 61, 100).is_err());
        assert!(check(Some(2), 20, 29, 100).is_err());
        assert!(check(Some(2), 20, 30, 0).is_ok());
    }

    /// By definition: some order of the writes, each at a point within its times, leaves the value there at an allowed time.
    fn oracle(
        writes: &[(u64, Option<u64>)],
        value: Option<usize>,
        invoked: u64,
        returned: u64,
        bound: u64,
    ) -> bool {
        fn places(
            writes: &[(u64, Option<u64>)],
            points: &mut Vec<Option<u64>>,
            is_right: &dyn Fn(&[Option<u64>]) -> bool,
        ) -> bool {
            let Some(&(from, to)) = writes.get(points.len()) else {
                return is_right(points);
            };
            // Half steps, so that points between two events exist; none if it never happened.
            let mut candidates: Vec<Option<u64>> = (from * 2..=to.unwrap_or(12) * 2).map(Some).collect();
            candidates.extend(to.is_none().then_some(None));
            candidates.into_iter().any(|point| {
                points.push(point);
                let found = places(writes, points, is_right);
                points.pop();
                found
            })
        }
        let (from, to) = (invoked.saturating_sub(bound) * 2, returned * 2);
        places(writes, &mut Vec::new(), &|points| {
            (from..=to).any(|now| {
                let seen = value.map_or(Some(None), |value| points[value].map(Some));
                let Some(at) = seen.filter(|at| at.is_none_or(|at| at <= now)) else {
                    return false;
                };
                // Of two at the same point either may come last.
                points.iter().enumerate().all(|(other, point)| {
                    Some(other) == value || point.is_none_or(|point| point > now || at.is_some_and(|at| point <= at))
                })
                // The point of a replacement may be this very one, a moment later.
                || points.iter().enumerate().all(|(other, point)| {
                    Some(other) == value || point.is_none_or(|point| point >= now || at.is_some_and(|at| point <= at))
                })
            })
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            writes in prop::collection::vec((0..5_u64, prop::option::weighted(0.8, 0..4_u64)), 0..3),
            value in 0..4_usize, invoked in 0..8_u64, lasts in 0..3_u64, bound in 0..4_u64
        ) {
            let writes: Vec<(u64, Option<u64>)> =
                writes.into_iter().map(|(from, lasts)| (from, lasts.map(|lasts| from + lasts))).collect();
            let value = value.checked_sub(1).filter(|value| *value < writes.len());
            let mut staleness = Staleness::new();
            for (number, (from, to)) in writes.iter().enumerate() {
                staleness.wrote('x', number, *from, *to);
            }
            staleness.read("ana", 'x', value, invoked, invoked + lasts);
            prop_assert_eq!(staleness.at_most(bound).is_ok(), oracle(&writes, value, invoked, invoked + lasts, bound));
        }
    }
}
