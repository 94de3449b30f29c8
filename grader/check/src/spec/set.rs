//! A set: add, remove, contains, read all of it.

use super::Specification;
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::marker::PhantomData;

/// A set that starts empty.
#[derive(Clone, Debug)]
pub struct Set<V>(PhantomData<V>);

/// What clients ask of a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op<V> {
    /// Adds an element.
    Add(V),
    /// Removes an element.
    Remove(V),
    /// Asks whether an element is there.
    Contains(V),
    /// Reads all elements.
    Read,
}

/// What clients of a set see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Res<V> {
    /// Done; the set does not say whether anything changed.
    Done,
    /// Whether adding or removing changed anything; whether the element is there.
    Was(bool),
    /// All elements, in any order, none twice.
    Elements(Vec<V>),
}

impl<V> Set<V> {
    /// A set that starts empty.
    pub const fn new() -> Set<V> {
        Set(PhantomData)
    }
}

impl<V> Default for Set<V> {
    fn default() -> Set<V> {
        Set::new()
    }
}

impl<V: Clone + Ord + Hash + Debug + Display> Specification for Set<V> {
    type Op = Op<V>;
    type Res = Res<V>;
    type State = BTreeSet<V>;
    type Key = ();

    fn key(&self, _: &Op<V>) {}

    fn initial(&self) -> BTreeSet<V> {
        BTreeSet::new()
    }

    fn step(&self, state: &BTreeSet<V>, op: &Op<V>, result: Option<&Res<V>>) -> Option<BTreeSet<V>> {
        let changes = match op {
            Op::Add(element) => !state.contains(element),
            Op::Remove(element) | Op::Contains(element) => state.contains(element),
            Op::Read => false,
        };
        let possible = match (op, result) {
            (_, None) | (Op::Add(_) | Op::Remove(_), Some(Res::Done)) => true,
            (Op::Add(_) | Op::Remove(_) | Op::Contains(_), Some(Res::Was(was))) => *was == changes,
            (Op::Read, Some(Res::Elements(elements))) => {
                elements.len() == state.len()
                    && elements.iter().collect::<BTreeSet<_>>().into_iter().eq(state)
            }
            _ => false,
        };
        possible.then(|| {
            let mut next = state.clone();
            match op {
                Op::Add(element) => {
                    next.insert(element.clone());
                }
                Op::Remove(element) => {
                    next.remove(element);
                }
                Op::Contains(_) | Op::Read => {}
            }
            next
        })
    }

    fn only_reads(&self, op: &Op<V>, result: Option<&Res<V>>) -> bool {
        matches!((op, result), (Op::Contains(_) | Op::Read, _) | (_, Some(Res::Was(false))))
    }

    fn describe(&self, op: &Op<V>, result: Option<&Res<V>>) -> String {
        let op = match op {
            Op::Add(element) => format!("add {element}"),
            Op::Remove(element) => format!("remove {element}"),
            Op::Contains(element) => format!("contains {element}"),
            Op::Read => "read".to_owned(),
        };
        match result {
            Some(Res::Was(was)) => format!("{op}: {was}"),
            Some(Res::Elements(elements)) => {
                let elements: Vec<String> = elements.iter().map(V::to_string).collect();
                format!("{op}: {{{}}}", elements.join(", "))
            }
            Some(Res::Done) | None => op,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::{accepts, models, rejects};

    #[test]
    fn models_a_set() {
        models(
            &Set::new(),
            &[
                (Op::Add(1), Res::Was(true)),
                (Op::Add(1), Res::Was(false)),
                (Op::Add(2), Res::Done),
                (Op::Contains(2), Res::Was(true)),
                (Op::Remove(1), Res::Was(true)),
                (Op::Remove(1), Res::Was(false)),
                (Op::Read, Res::Elements(vec![2])),
            ],
        );
    }

    #[test]
    fn accepts_elements_in_any_order_while_additions_overlap() {
        accepts(
            &Set::new(),
            &[
                (0, Some(9), Op::Add(1), Some(Res::Done)),
                (0, Some(9), Op::Add(2), Some(Res::Done)),
                (1, Some(2), Op::Read, Some(Res::Elements(vec![2]))),
                (3, Some(4), Op::Read, Some(Res::Elements(vec![2, 1]))),
            ],
        );
    }

    #[test]
    fn rejects_an_element_read_twice_and_one_that_vanished() {
        let add = (0, Some(1), Op::Add(1), Some(Res::Done));
        rejects(&Set::new(), &[add.clone(), (2, Some(3), Op::Read, Some(Res::Elements(vec![1, 1])))]);
        rejects(&Set::new(), &[add, (2, Some(3), Op::Read, Some(Res::Elements(vec![])))]);
    }
}
