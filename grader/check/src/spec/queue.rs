//! A queue, first in, first out: enqueue, dequeue.

use super::Specification;
use std::collections::VecDeque;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::marker::PhantomData;

/// A queue that starts empty.
#[derive(Clone, Debug)]
pub struct Queue<V>(PhantomData<V>);

/// What clients ask of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op<V> {
    /// Puts an element at the end.
    Enqueue(V),
    /// Takes the element at the front.
    Dequeue,
}

/// What clients of a queue see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Res<V> {
    /// Enqueued.
    Enqueued,
    /// The element taken, or `None` from an empty queue.
    Dequeued(Option<V>),
}

impl<V> Queue<V> {
    /// A queue that starts empty.
    pub const fn new() -> Queue<V> {
        Queue(PhantomData)
    }
}

impl<V> Default for Queue<V> {
    fn default() -> Queue<V> {
        Queue::new()
    }
}

impl<V: Clone + Eq + Hash + Debug + Display> Specification for Queue<V> {
    type Op = Op<V>;
    type Res = Res<V>;
    type State = VecDeque<V>;
    type Key = ();

    fn key(&self, _: &Op<V>) {}

    fn initial(&self) -> VecDeque<V> {
        VecDeque::new()
    }

    fn step(&self, state: &VecDeque<V>, op: &Op<V>, result: Option<&Res<V>>) -> Option<VecDeque<V>> {
        match (op, result) {
            (Op::Enqueue(element), None | Some(Res::Enqueued)) => {
                let mut next = state.clone();
                next.push_back(element.clone());
                Some(next)
            }
            (Op::Dequeue, seen) => {
                let possible = match seen {
                    None => true,
                    Some(Res::Dequeued(element)) => element.as_ref() == state.front(),
                    Some(Res::Enqueued) => false,
                };
                possible.then(|| state.iter().skip(1).cloned().collect())
            }
            _ => None,
        }
    }

    fn only_reads(&self, op: &Op<V>, result: Option<&Res<V>>) -> bool {
        matches!((op, result), (Op::Dequeue, Some(Res::Dequeued(None))))
    }

    fn describe(&self, op: &Op<V>, result: Option<&Res<V>>) -> String {
        match (op, result) {
            (Op::Enqueue(element), _) => format!("enqueue {element}"),
            (Op::Dequeue, Some(Res::Dequeued(Some(element)))) => format!("dequeue: {element}"),
            (Op::Dequeue, Some(_)) => "dequeue: empty".to_owned(),
            (Op::Dequeue, None) => "dequeue".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::{accepts, models, rejects};

    fn took(element: u8) -> Option<Res<u8>> {
        Some(Res::Dequeued(Some(element)))
    }

    #[test]
    fn models_a_queue() {
        models(
            &Queue::new(),
            &[
                (Op::Dequeue, Res::Dequeued(None)),
                (Op::Enqueue(1), Res::Enqueued),
                (Op::Enqueue(2), Res::Enqueued),
                (Op::Dequeue, Res::Dequeued(Some(1))),
                (Op::Dequeue, Res::Dequeued(Some(2))),
                (Op::Dequeue, Res::Dequeued(None)),
            ],
        );
    }

    #[test]
    fn accepts_either_order_of_overlapping_enqueues() {
        accepts(
            &Queue::new(),
            &[
                (0, Some(9), Op::Enqueue(1), Some(Res::Enqueued)),
                (1, Some(8), Op::Enqueue(2), Some(Res::Enqueued)),
                (10, Some(11), Op::Dequeue, took(2)),
                (12, Some(13), Op::Dequeue, took(1)),
            ],
        );
    }

    #[test]
    fn rejects_an_element_delivered_twice_and_one_that_jumped_the_queue() {
        let one = (0, Some(1), Op::Enqueue(1), Some(Res::Enqueued));
        let two = (2, Some(3), Op::Enqueue(2), Some(Res::Enqueued));
        rejects(
            &Queue::new(),
            &[one.clone(), (4, Some(5), Op::Dequeue, took(1)), (4, Some(5), Op::Dequeue, took(1))],
        );
        rejects(&Queue::new(), &[one, two, (4, Some(5), Op::Dequeue, took(2))]);
    }
}
