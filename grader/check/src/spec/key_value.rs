//! A key-value store: get, put, delete, compare-and-set, append. Keys are independent.

use super::Specification;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::marker::PhantomData;

/// Puts `tail` behind a value, or says `None` if such values cannot be appended to.
pub type Append<V> = fn(value: Option<&V>, tail: &V) -> Option<V>;

/// A key-value store.
#[derive(Clone, Debug)]
pub struct KeyValue<K, V> {
    initial: Option<V>,
    append: Append<V>,
    keys: PhantomData<K>,
}

/// An operation on one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Op<K, V> {
    /// The key.
    pub key: K,
    /// What is asked of it.
    pub action: Action<V>,
}

/// What clients ask of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action<V> {
    /// Reads the value.
    Get,
    /// Writes a value.
    Put(V),
    /// Removes the value.
    Delete,
    /// Writes or removes, if the value is the one expected. `None` stands for absent.
    CompareAndSet {
        /// What must be there.
        from: Option<V>,
        /// What to leave there.
        to: Option<V>,
    },
    /// Puts something behind the value; an absent key counts as empty.
    Append(V),
}

/// What clients of a store see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Res<V> {
    /// The value, or `None` if there is none.
    Value(Option<V>),
    /// Done; the store does not say what was there before.
    Done,
    /// Whether a compare-and-set found what it expected, or a delete found anything.
    Applied(bool),
}

impl<K, V> KeyValue<K, V> {
    /// An empty store without `Append`.
    pub const fn new() -> KeyValue<K, V> {
        KeyValue { initial: None, append: |_, _| None, keys: PhantomData }
    }

    /// The same store with values that can be appended to.
    #[must_use]
    pub fn with_append(self, append: Append<V>) -> KeyValue<K, V> {
        KeyValue { append, ..self }
    }

    /// The same store with a value under every key.
    #[must_use]
    pub fn with_initial(self, value: V) -> KeyValue<K, V> {
        KeyValue { initial: Some(value), ..self }
    }
}

impl<K, V> Default for KeyValue<K, V> {
    fn default() -> KeyValue<K, V> {
        KeyValue::new()
    }
}

impl<K, V> Specification for KeyValue<K, V>
where
    K: Clone + Ord + Hash + Debug + Display,
    V: Clone + Eq + Hash + Debug + Display,
{
    type Op = Op<K, V>;
    type Res = Res<V>;
    type State = Option<V>;
    type Key = K;

    fn key(&self, op: &Op<K, V>) -> K {
        op.key.clone()
    }

    fn initial(&self) -> Option<V> {
        self.initial.clone()
    }

    fn step(&self, state: &Option<V>, op: &Op<K, V>, result: Option<&Res<V>>) -> Option<Option<V>> {
        match (&op.action, result) {
            (Action::Get, None) => Some(state.clone()),
            (Action::Get, Some(Res::Value(seen))) => (seen == state).then(|| state.clone()),
            (Action::Put(value), None | Some(Res::Done)) => Some(Some(value.clone())),
            (Action::Delete, None | Some(Res::Done)) => Some(None),
            (Action::Delete, Some(Res::Applied(found))) => (*found == state.is_some()).then_some(None),
            (Action::CompareAndSet { from, to }, None) => {
                Some(if from == state { to } else { state }.clone())
            }
            (Action::CompareAndSet { from, to }, Some(Res::Applied(true))) => {
                (from == state).then(|| to.clone())
            }
            (Action::CompareAndSet { from, .. }, Some(Res::Applied(false))) => {
                (from != state).then(|| state.clone())
            }
            (Action::Append(tail), None | Some(Res::Done)) => (self.append)(state.as_ref(), tail).map(Some),
            _ => None,
        }
    }

    fn only_reads(&self, op: &Op<K, V>, result: Option<&Res<V>>) -> bool {
        matches!((&op.action, result), (Action::Get, _) | (_, Some(Res::Applied(false))))
    }

    fn describe(&self, op: &Op<K, V>, result: Option<&Res<V>>) -> String {
        let key = &op.key;
        let or_absent = |value: &Option<V>| value.as_ref().map_or("absent".to_owned(), V::to_string);
        let op = match &op.action {
            Action::Get => format!("get {key}"),
            Action::Put(value) => format!("put {key} = {value}"),
            Action::Delete => format!("delete {key}"),
            Action::CompareAndSet { from, to } => {
                format!("cas {key} from {} to {}", or_absent(from), or_absent(to))
            }
            Action::Append(tail) => format!("append {tail} to {key}"),
        };
        match result {
            Some(Res::Value(value)) => format!("{op}: {}", or_absent(value)),
            Some(Res::Applied(applied)) => format!("{op}: {applied}"),
            Some(Res::Done) | None => op,
        }
    }

    fn describe_key(&self, key: &K) -> Option<String> {
        Some(key.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::{accepts, models, rejects};

    fn store() -> KeyValue<char, String> {
        KeyValue::new().with_append(|value, tail| Some(value.cloned().unwrap_or_default() + tail))
    }

    fn on(key: char, action: Action<String>) -> Op<char, String> {
        Op { key, action }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn models_a_store() {
        let cas = |from, to| on('x', Action::CompareAndSet { from, to });
        models(
            &store(),
            &[
                (on('x', Action::Get), Res::Value(None)),
                (cas(None, some("a")), Res::Applied(true)),
                (cas(None, some("b")), Res::Applied(false)),
                (on('x', Action::Append("c".to_owned())), Res::Done),
                (on('x', Action::Get), Res::Value(some("ac"))),
                (on('x', Action::Delete), Res::Applied(true)),
                (on('x', Action::Delete), Res::Applied(false)),
                (on('x', Action::Put("d".to_owned())), Res::Done),
                (on('x', Action::Get), Res::Value(some("d"))),
            ],
        );
    }

    #[test]
    fn accepts_independent_keys() {
        accepts(
            &store(),
            &[
                (0, Some(1), on('x', Action::Put("a".to_owned())), Some(Res::Done)),
                (2, Some(3), on('y', Action::Get), Some(Res::Value(None))),
                (2, Some(3), on('x', Action::Get), Some(Res::Value(some("a")))),
            ],
        );
    }

    #[test]
    fn rejects_two_that_both_believe_to_have_created_a_key() {
        let create = |value| on('x', Action::CompareAndSet { from: None, to: some(value) });
        rejects(
            &store(),
            &[
                (0, Some(9), create("a"), Some(Res::Applied(true))),
                (0, Some(9), create("b"), Some(Res::Applied(true))),
            ],
        );
    }
}
