//! Linearizability by its definition: every order of the operations, tried one after another. For a handful of them only.

use crate::operations::Operation;
use crate::spec::Specification;
use std::collections::{BTreeMap, BTreeSet};

type Recorded<S> = Operation<<S as Specification>::Op, <S as Specification>::Res>;

/// Whether any order of all that returned, and any of what did not, is right for every key at once.
pub(crate) fn explains<S: Specification>(spec: &S, operations: &[Recorded<S>]) -> bool {
    let all: Vec<&Recorded<S>> = operations.iter().collect();
    let required: BTreeSet<usize> = (0..all.len()).filter(|&at| operations[at].returned.is_some()).collect();
    let is_right = |order: &[usize]| {
        required.iter().all(|at| order.contains(at)) && after(spec, &spec.initial(), &all, order).is_some()
    };
    any_order(&all, &mut Vec::new(), &is_right)
}

/// Whether some order of `required` operations, and any of the others, is right. All operations are on one key.
pub(crate) fn explains_required<S: Specification>(
    spec: &S,
    operations: &[&Recorded<S>],
    required: &BTreeSet<usize>,
) -> bool {
    let is_right = |order: &[usize]| {
        required.iter().all(|at| order.contains(at))
            && after(spec, &spec.initial(), operations, order).is_some()
    };
    any_order(operations, &mut Vec::new(), &is_right)
}

/// The same where the object starts in any state that it can be in at some time, and what lies before the required operations is
/// left out.
pub(crate) fn explains_required_from_anywhere<S: Specification>(
    spec: &S,
    operations: &[&Recorded<S>],
    required: &BTreeSet<usize>,
) -> bool {
    let since = required.iter().map(|&at| operations[at].invoked).min().unwrap_or(0);
    let is_past = |at: usize| {
        !required.contains(&at) && operations[at].returned.is_some_and(|returned| returned < since)
    };
    states(spec, operations).into_iter().any(|start| {
        let is_right = |order: &[usize]| {
            required.iter().all(|at| order.contains(at))
                && !order.iter().any(|&at| is_past(at))
                && after(spec, &start, operations, order).is_some()
        };
        any_order(operations, &mut Vec::new(), &is_right)
    })
}

/// Every state that the object can be in at some time.
fn states<S: Specification>(spec: &S, operations: &[&Recorded<S>]) -> Vec<S::State> {
    let found = std::cell::RefCell::new(Vec::new());
    let collect = |order: &[usize]| {
        let is_closed = order.iter().all(|&later| {
            (0..operations.len())
                .all(|earlier| !is_before(operations, earlier, later) || order.contains(&earlier))
        });
        if is_closed {
            found.borrow_mut().extend(after(spec, &spec.initial(), operations, order));
        }
        false
    };
    any_order(operations, &mut Vec::new(), &collect);
    found.into_inner()
}

fn any_order<Op, Res>(
    operations: &[&Operation<Op, Res>],
    order: &mut Vec<usize>,
    is_right: &impl Fn(&[usize]) -> bool,
) -> bool {
    if respects_time(operations, order) && is_right(order) {
        return true;
    }
    for at in 0..operations.len() {
        if !order.contains(&at) {
            order.push(at);
            if any_order(operations, order, is_right) {
                return true;
            }
            order.pop();
        }
    }
    false
}

fn respects_time<Op, Res>(operations: &[&Operation<Op, Res>], order: &[usize]) -> bool {
    order
        .iter()
        .enumerate()
        .all(|(at, &later)| order[at..].iter().all(|&earlier| !is_before(operations, earlier, later)))
}

fn is_before<Op, Res>(operations: &[&Operation<Op, Res>], a: usize, b: usize) -> bool {
    let (first, second) = (operations[a], operations[b]);
    first.returned.is_some_and(|returned| {
        returned < second.invoked || (returned == second.invoked && first.process == second.process && a < b)
    })
}

/// The state of the last key touched after `order`, if the specification allows it.
fn after<S: Specification>(
    spec: &S,
    start: &S::State,
    operations: &[&Recorded<S>],
    order: &[usize],
) -> Option<S::State> {
    let mut states: BTreeMap<S::Key, S::State> = BTreeMap::new();
    let mut last = start.clone();
    for &at in order {
        let operation = operations[at];
        let state = states.entry(spec.key(&operation.op)).or_insert_with(|| start.clone());
        last = spec.step(state, &operation.op, operation.result.as_ref())?;
        *state = last.clone();
    }
    Some(last)
}
