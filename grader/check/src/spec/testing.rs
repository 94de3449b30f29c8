//! The three tests that every specification has.

use super::Specification;
use crate::linearizability::{Answer, Budget, check, oracle};
use crate::operations::{Operation, Operations};

/// When an operation was invoked, when it returned, what it was, and what was seen. Each is a process of its own.
pub(crate) type Row<S> = (u64, Option<u64>, <S as Specification>::Op, Option<<S as Specification>::Res>);

pub(crate) type Recorded<S> = Operations<<S as Specification>::Op, <S as Specification>::Res>;

/// One operation after another gives exactly these results.
pub(crate) fn models<S: Specification>(spec: &S, steps: &[(S::Op, S::Res)]) {
    let mut state = spec.initial();
    for (at, (op, result)) in steps.iter().enumerate() {
        let text = spec.describe(op, Some(result));
        state = spec
            .step(&state, op, Some(result))
            .unwrap_or_else(|| panic!("step {at}, `{text}`, should be possible in {state:?}"));
    }
}

/// The history is linearizable.
pub(crate) fn accepts<S: Specification>(spec: &S, rows: &[Row<S>]) {
    let operations = recorded::<S>(rows);
    assert!(oracle::explains(spec, operations.as_slice()), "the oracle rejects what should be right");
    assert_eq!(check(spec, &operations, Budget::default()).answer, Answer::Linearizable);
}

/// The history is not linearizable.
pub(crate) fn rejects<S: Specification>(spec: &S, rows: &[Row<S>]) {
    let operations = recorded::<S>(rows);
    assert!(!oracle::explains(spec, operations.as_slice()), "the oracle accepts what should be wrong");
    assert!(matches!(check(spec, &operations, Budget::default()).answer, Answer::Violated(_)));
}

fn recorded<S: Specification>(rows: &[Row<S>]) -> Recorded<S> {
    rows.iter()
        .enumerate()
        .map(|(process, (invoked, returned, op, result))| Operation {
            process: process.to_string(),
            invoked: *invoked,
            returned: *returned,
            op: op.clone(),
            result: result.clone(),
        })
        .collect()
}
