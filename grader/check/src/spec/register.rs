//! A register: read, write, compare-and-set.

use super::Specification;
use std::fmt::{Debug, Display};
use std::hash::Hash;

/// A register that starts with a value.
#[derive(Clone, Debug)]
pub struct Register<V> {
    initial: V,
}

/// What clients ask of a register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op<V> {
    /// Reads the value.
    Read,
    /// Writes a value.
    Write(V),
    /// Writes `to` if the value is `from`.
    CompareAndSet {
        /// The value that must be there.
        from: V,
        /// The value to write.
        to: V,
    },
}

/// What clients of a register see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Res<V> {
    /// A read saw this value.
    Value(V),
    /// The write is done.
    Written,
    /// Whether a compare-and-set found its value, and wrote.
    Swapped(bool),
}

impl<V> Register<V> {
    /// A register that starts with `initial`.
    pub const fn new(initial: V) -> Register<V> {
        Register { initial }
    }
}

impl<V: Clone + Eq + Hash + Debug + Display> Specification for Register<V> {
    type Op = Op<V>;
    type Res = Res<V>;
    type State = V;
    type Key = ();

    fn key(&self, _: &Op<V>) {}

    fn initial(&self) -> V {
        self.initial.clone()
    }

    fn step(&self, state: &V, op: &Op<V>, result: Option<&Res<V>>) -> Option<V> {
        match (op, result) {
            (Op::Read, None) => Some(state.clone()),
            (Op::Read, Some(Res::Value(seen))) => (seen == state).then(|| state.clone()),
            (Op::Write(value), None | Some(Res::Written)) => Some(value.clone()),
            (Op::CompareAndSet { from, to }, None) => Some(if from == state { to } else { state }.clone()),
            (Op::CompareAndSet { from, to }, Some(Res::Swapped(true))) => (from == state).then(|| to.clone()),
            (Op::CompareAndSet { from, .. }, Some(Res::Swapped(false))) => {
                (from != state).then(|| state.clone())
            }
            _ => None,
        }
    }

    fn only_reads(&self, op: &Op<V>, result: Option<&Res<V>>) -> bool {
        matches!((op, result), (Op::Read, _) | (_, Some(Res::Swapped(false))))
    }

    fn describe(&self, op: &Op<V>, result: Option<&Res<V>>) -> String {
        let op = match op {
            Op::Read => "read".to_owned(),
            Op::Write(value) => format!("write {value}"),
            Op::CompareAndSet { from, to } => format!("cas {from} to {to}"),
        };
        match result {
            Some(Res::Value(value)) => format!("{op}: {value}"),
            Some(Res::Swapped(swapped)) => format!("{op}: {swapped}"),
            Some(Res::Written) | None => op,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::{accepts, models, rejects};

    fn cas(from: u8, to: u8) -> Op<u8> {
        Op::CompareAndSet { from, to }
    }

    #[test]
    fn models_a_register() {
        models(
            &Register::new(0),
            &[
                (Op::Read, Res::Value(0)),
                (Op::Write(1), Res::Written),
                (Op::Read, Res::Value(1)),
                (cas(0, 2), Res::Swapped(false)),
                (cas(1, 2), Res::Swapped(true)),
                (Op::Read, Res::Value(2)),
            ],
        );
    }

    #[test]
    fn accepts_a_read_that_overlaps_the_write_it_sees() {
        accepts(
            &Register::new(0),
            &[(0, Some(5), Op::Write(1), Some(Res::Written)), (1, Some(2), Op::Read, Some(Res::Value(1)))],
        );
    }

    #[test]
    fn rejects_going_back_to_a_value_that_was_replaced() {
        rejects(
            &Register::new(0),
            &[
                (0, Some(9), Op::Write(1), Some(Res::Written)),
                (1, Some(2), Op::Read, Some(Res::Value(1))),
                (3, Some(4), Op::Read, Some(Res::Value(0))),
            ],
        );
    }
}
