//! Linearizability by its definition: every order of the operations, tried one after another. For a handful of them only.

use crate::operations::Operation;
use crate::spec::Specification;
use std::collections::BTreeMap;

type Recorded<S> = Operation<<S as Specification>::Op, <S as Specification>::Res>;

/// Whether any order of all that returned, and any of what did not, is right for every key at once.
pub(crate) fn explains<S: Specification>(spec: &S, operations: &[Recorded<S>]) -> bool {
    let required: Vec<bool> = operations.iter().map(|operation| operation.returned.is_some()).collect();
    explains_required(spec, operations, &required)
}

/// The same, where only some operations must be in the order. The others may be.
pub(crate) fn explains_required<S: Specification>(
    spec: &S,
    operations: &[Recorded<S>],
    required: &[bool],
) -> bool {
    extend(spec, operations, required, &mut Vec::new())
}

fn extend<S: Specification>(
    spec: &S,
    operations: &[Recorded<S>],
    required: &[bool],
    order: &mut Vec<usize>,
) -> bool {
    let complete = (0..operations.len()).all(|at| !required[at] || order.contains(&at));
    if complete && respects_time(operations, order) && is_legal(spec, operations, order) {
        return true;
    }
    for at in 0..operations.len() {
        if !order.contains(&at) {
            order.push(at);
            if extend(spec, operations, required, order) {
                return true;
            }
            order.pop();
        }
    }
    false
}

fn respects_time<Op, Res>(operations: &[Operation<Op, Res>], order: &[usize]) -> bool {
    let is_before = |a: usize, b: usize| {
        let (first, second) = (&operations[a], &operations[b]);
        first.returned.is_some_and(|returned| {
            returned < second.invoked
                || (returned == second.invoked && first.process == second.process && a < b)
        })
    };
    order.iter().enumerate().all(|(at, &later)| order[at..].iter().all(|&earlier| !is_before(earlier, later)))
}

fn is_legal<S: Specification>(spec: &S, operations: &[Recorded<S>], order: &[usize]) -> bool {
    let mut states = BTreeMap::new();
    order.iter().all(|&at| {
        let operation = &operations[at];
        let state = states.entry(spec.key(&operation.op)).or_insert_with(|| spec.initial());
        match spec.step(state, &operation.op, operation.result.as_ref()) {
            Some(next) => {
                *state = next;
                true
            }
            None => false,
        }
    })
}
