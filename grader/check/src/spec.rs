//! Specifications: what an object would do if it served one operation at a time.
//!
//! One file per specification, each with three tests: it models the object, accepts a history that is right, rejects one that is
//! wrong. Where to start: [`register`], the smallest.

pub mod counter;
pub mod key_value;
pub mod lock;
pub mod log;
pub mod per_key;
pub mod queue;
pub mod register;
pub mod set;

#[cfg(test)]
pub(crate) mod testing;

use std::fmt::Debug;
use std::hash::Hash;

/// What an object would do if it served one operation at a time.
pub trait Specification {
    /// What clients ask.
    type Op: Clone + Eq + Hash + Debug;
    /// What they see.
    type Res: Clone + Eq + Hash + Debug;
    /// What the object remembers, for one key.
    type State: Clone + Eq + Hash + Debug;
    /// Operations on different keys have nothing to do with each other. `()` for one object that cannot be divided.
    type Key: Clone + Ord + Debug;

    /// The key that an operation works on.
    fn key(&self, op: &Self::Op) -> Self::Key;

    /// What the object remembers of a key before the first operation on it.
    fn initial(&self) -> Self::State;

    /// The state after `op` took effect in `state` and its client saw `result`, or `None` if the object would never have
    /// answered so. `result` is `None` if nobody saw it; then only the effect counts.
    fn step(&self, state: &Self::State, op: &Self::Op, result: Option<&Self::Res>) -> Option<Self::State>;

    /// Whether `op`, once it ended in `result`, leaves *every* state as it was in which that could happen. Saying so makes
    /// checking faster; saying it wrongly makes it wrong.
    fn only_reads(&self, _op: &Self::Op, _result: Option<&Self::Res>) -> bool {
        false
    }

    /// What people read: `write 3`, `read: 4`.
    fn describe(&self, op: &Self::Op, result: Option<&Self::Res>) -> String {
        match result {
            Some(result) => format!("{op:?}: {result:?}"),
            None => format!("{op:?}"),
        }
    }

    /// The key as people read it, or `None` if there is only one object.
    fn describe_key(&self, key: &Self::Key) -> Option<String> {
        let text = format!("{key:?}");
        (text != "()").then_some(text)
    }
}
