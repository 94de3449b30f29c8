//! Many objects of one kind, told apart by a key: many counters, many queues.

use super::Specification;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::marker::PhantomData;

/// An object of specification `S` under every key.
#[derive(Clone, Debug)]
pub struct PerKey<K, S> {
    each: S,
    keys: PhantomData<K>,
}

/// An operation on the object under a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct At<K, Op> {
    /// The key.
    pub key: K,
    /// What is asked of the object there.
    pub op: Op,
}

impl<K, S> PerKey<K, S> {
    /// `each` under every key.
    pub const fn new(each: S) -> PerKey<K, S> {
        PerKey { each, keys: PhantomData }
    }
}

impl<K, S> Specification for PerKey<K, S>
where
    K: Clone + Ord + Hash + Debug + Display,
    S: Specification<Key = ()>,
{
    type Op = At<K, S::Op>;
    type Res = S::Res;
    type State = S::State;
    type Key = K;

    fn key(&self, op: &At<K, S::Op>) -> K {
        op.key.clone()
    }

    fn initial(&self) -> S::State {
        self.each.initial()
    }

    fn step(&self, state: &S::State, op: &At<K, S::Op>, result: Option<&S::Res>) -> Option<S::State> {
        self.each.step(state, &op.op, result)
    }

    fn only_reads(&self, op: &At<K, S::Op>, result: Option<&S::Res>) -> bool {
        self.each.only_reads(&op.op, result)
    }

    fn describe(&self, op: &At<K, S::Op>, result: Option<&S::Res>) -> String {
        self.each.describe(&op.op, result)
    }

    fn describe_key(&self, key: &K) -> Option<String> {
        Some(key.to_string()).filter(|key| !key.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::counter::{Counter, Op, Res};
    use crate::spec::testing::{accepts, rejects};

    fn at(key: char, op: Op) -> At<char, Op> {
        At { key, op }
    }

    #[test]
    fn accepts_objects_that_have_nothing_to_do_with_each_other() {
        accepts(
            &PerKey::new(Counter),
            &[
                (0, Some(1), at('x', Op::Add(1)), Some(Res::Added)),
                (2, Some(3), at('y', Op::Read), Some(Res::Sum(0))),
                (2, Some(3), at('x', Op::Read), Some(Res::Sum(1))),
            ],
        );
    }

    #[test]
    fn rejects_one_wrong_object_among_right_ones() {
        rejects(
            &PerKey::new(Counter),
            &[
                (0, Some(1), at('x', Op::Add(1)), Some(Res::Sum(1))),
                (0, Some(1), at('y', Op::Add(1)), Some(Res::Sum(2))),
            ],
        );
    }
}
