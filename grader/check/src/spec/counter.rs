//! A counter: add, read.

use super::Specification;

/// A counter that starts at zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter;

/// What clients ask of a counter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Adds a number, which may be negative.
    Add(i64),
    /// Reads the sum.
    Read,
}

/// What clients of a counter see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Res {
    /// Added; the counter does not say what the sum is now.
    Added,
    /// The sum: after adding, or read.
    Sum(i64),
}

impl Specification for Counter {
    type Op = Op;
    type Res = Res;
    type State = i64;
    type Key = ();

    fn key(&self, _: &Op) {}

    fn initial(&self) -> i64 {
        0
    }

    fn step(&self, state: &i64, op: &Op, result: Option<&Res>) -> Option<i64> {
        let next = match op {
            Op::Add(number) => state.wrapping_add(*number),
            Op::Read => *state,
        };
        let possible = match (op, result) {
            (_, None) | (Op::Add(_), Some(Res::Added)) => true,
            (_, Some(Res::Sum(sum))) => *sum == next,
            (Op::Read, Some(Res::Added)) => false,
        };
        possible.then_some(next)
    }

    fn only_reads(&self, op: &Op, _: Option<&Res>) -> bool {
        matches!(op, Op::Read | Op::Add(0))
    }

    fn describe(&self, op: &Op, result: Option<&Res>) -> String {
        let op = match op {
            Op::Add(number) => format!("add {number}"),
            Op::Read => "read".to_owned(),
        };
        match result {
            Some(Res::Sum(sum)) => format!("{op}: {sum}"),
            Some(Res::Added) | None => op,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::{accepts, models, rejects};

    #[test]
    fn models_a_counter() {
        models(
            &Counter,
            &[
                (Op::Read, Res::Sum(0)),
                (Op::Add(2), Res::Added),
                (Op::Add(-5), Res::Sum(-3)),
                (Op::Read, Res::Sum(-3)),
            ],
        );
    }

    #[test]
    fn accepts_reads_between_two_overlapping_additions() {
        accepts(
            &Counter,
            &[
                (0, Some(9), Op::Add(1), Some(Res::Added)),
                (0, Some(9), Op::Add(2), Some(Res::Added)),
                (1, Some(2), Op::Read, Some(Res::Sum(2))),
                (3, Some(4), Op::Read, Some(Res::Sum(3))),
            ],
        );
    }

    #[test]
    fn rejects_a_lost_addition() {
        rejects(
            &Counter,
            &[
                (0, Some(5), Op::Add(1), Some(Res::Added)),
                (0, Some(5), Op::Add(1), Some(Res::Added)),
                (6, Some(7), Op::Read, Some(Res::Sum(1))),
            ],
        );
    }
}
