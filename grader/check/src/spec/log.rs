//! An append-only log: append, read from an offset.

use super::Specification;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::marker::PhantomData;

/// A log that starts empty. Offsets are dense and start at zero.
#[derive(Clone, Debug)]
pub struct Log<V>(PhantomData<V>);

/// What clients ask of a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op<V> {
    /// Appends an entry.
    Append(V),
    /// Reads entries in order.
    Read {
        /// The offset of the first entry wanted.
        from: usize,
        /// How many entries to read at most.
        limit: usize,
    },
}

/// What clients of a log see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Res<V> {
    /// Appended; the log does not say where.
    Appended,
    /// Appended at this offset.
    Offset(usize),
    /// The entries there were, as many as were asked for.
    Entries(Vec<V>),
}

impl<V> Log<V> {
    /// A log that starts empty.
    pub const fn new() -> Log<V> {
        Log(PhantomData)
    }
}

impl<V> Default for Log<V> {
    fn default() -> Log<V> {
        Log::new()
    }
}

impl<V: Clone + Eq + Hash + Debug + Display> Specification for Log<V> {
    type Op = Op<V>;
    type Res = Res<V>;
    type State = Vec<V>;
    type Key = ();

    fn key(&self, _: &Op<V>) {}

    fn initial(&self) -> Vec<V> {
        Vec::new()
    }

    fn step(&self, state: &Vec<V>, op: &Op<V>, result: Option<&Res<V>>) -> Option<Vec<V>> {
        match op {
            Op::Append(entry) => {
                let possible = match result {
                    None | Some(Res::Appended) => true,
                    Some(Res::Offset(offset)) => *offset == state.len(),
                    Some(Res::Entries(_)) => false,
                };
                possible.then(|| {
                    let mut next = Vec::with_capacity(state.len() + 1);
                    next.extend_from_slice(state);
                    next.push(entry.clone());
                    next
                })
            }
            Op::Read { from, limit } => {
                let possible = match result {
                    None => true,
                    Some(Res::Entries(entries)) => state.iter().skip(*from).take(*limit).eq(entries),
                    Some(_) => false,
                };
                possible.then(|| state.clone())
            }
        }
    }

    fn only_reads(&self, op: &Op<V>, _: Option<&Res<V>>) -> bool {
        matches!(op, Op::Read { .. })
    }

    fn describe(&self, op: &Op<V>, result: Option<&Res<V>>) -> String {
        let op = match op {
            Op::Append(entry) => format!("append {entry}"),
            Op::Read { from, limit: usize::MAX } => format!("read from {from}"),
            Op::Read { from, limit } => format!("read {limit} from {from}"),
        };
        match result {
            Some(Res::Offset(offset)) => format!("{op}: at {offset}"),
            Some(Res::Entries(entries)) => {
                let entries: Vec<String> = entries.iter().map(V::to_string).collect();
                format!("{op}: [{}]", entries.join(", "))
            }
            Some(Res::Appended) | None => op,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::{accepts, models, rejects};

    fn read(from: usize, limit: usize) -> Op<u8> {
        Op::Read { from, limit }
    }

    #[test]
    fn models_a_log() {
        models(
            &Log::new(),
            &[
                (read(0, 9), Res::Entries(vec![])),
                (Op::Append(7), Res::Offset(0)),
                (Op::Append(8), Res::Appended),
                (Op::Append(9), Res::Offset(2)),
                (read(1, 9), Res::Entries(vec![8, 9])),
                (read(0, 2), Res::Entries(vec![7, 8])),
                (read(5, 2), Res::Entries(vec![])),
            ],
        );
    }

    #[test]
    fn accepts_an_append_in_flight_that_a_reader_sees() {
        accepts(
            &Log::new(),
            &[(0, None, Op::Append(7), None), (4, Some(5), read(0, 9), Some(Res::Entries(vec![7])))],
        );
    }

    #[test]
    fn rejects_two_readers_that_see_different_orders() {
        rejects(
            &Log::new(),
            &[
                (0, Some(9), Op::Append(7), Some(Res::Appended)),
                (0, Some(9), Op::Append(8), Some(Res::Appended)),
                (10, Some(11), read(0, 9), Some(Res::Entries(vec![7, 8]))),
                (10, Some(11), read(0, 9), Some(Res::Entries(vec![8, 7]))),
            ],
        );
    }
}
