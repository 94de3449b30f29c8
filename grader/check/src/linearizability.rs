//! Linearizability: is there an order of the operations, one after another, that respects time and that the specification
//! allows?
//!
//! The search is Wing and Gong's with Lowe's memoisation (as in Porcupine), one key at a time, with four additions that keep
//! unknown answers and long histories cheap:
//!
//! - An operation that only reads is taken as soon as it fits, and never taken back: moving it forward harms nobody.
//! - Operations in flight are optional. Between two others they are tried breadth first; a configuration that used more of them
//!   than another, and reached nothing else, is not searched again; equal ones are used in the order of their invocation.
//! - A configuration is remembered by the first operation missing and what is done behind it, not by a bit for each operation.
//! - States are numbered, and steps between them remembered.
//!
//! Where to start: [`check`]; `search` is the algorithm, `window` finds out which operations contradict each other.

mod bits;
mod list;
mod machine;
mod numbered;
mod optional;
mod order;
mod problem;
mod search;
mod seen;
mod spans;
mod window;

#[cfg(test)]
pub(crate) mod oracle;
#[cfg(test)]
mod tests;

use crate::operations::{Operation, Operations};
use crate::spec::Specification;
use crate::{Complaint, Outcome, Verdict};
use machine::Machine;
use order::Order;
use problem::Problem;
use search::{Found, search};
use std::collections::BTreeMap;

/// How much work a check may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Steps of the specification to try over all keys. Ten million take one or two seconds and some hundred megabytes.
    pub steps: u64,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { steps: 30_000_000 }
    }
}

/// What a check found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis<K> {
    /// The answer.
    pub answer: Answer<K>,
    /// How many keys the operations were on.
    pub keys: usize,
    /// Steps tried. Repeats exactly.
    pub steps: u64,
}

impl<K> Analysis<K> {
    /// The answer in one word.
    pub fn verdict(&self) -> Verdict {
        match self.answer {
            Answer::Linearizable => Verdict::Pass,
            Answer::Violated(_) => Verdict::Fail,
            Answer::Unsettled { .. } => Verdict::Inconclusive,
        }
    }
}

/// Whether a history is linearizable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<K> {
    /// Every key has an order that explains what was seen.
    Linearizable,
    /// A key has none.
    Violated(Violation<K>),
    /// The budget ran out. No key was seen to be wrong.
    Unsettled {
        /// Keys that were not settled.
        keys: Vec<K>,
    },
}

/// Why a history is not linearizable. Operations are named by their position in the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<K> {
    /// The key.
    pub key: K,
    /// The first operation to return whose result no order explains: everything that returned before it is fine.
    pub culprit: usize,
    /// The fewest operations found that contradict each other, in the order of their invocation, the culprit among them. They do
    /// so whichever of the object's possible states came before them, and whether others that overlap them happened or not.
    pub window: Vec<usize>,
    /// Whether leaving out any one more of them would have explained the rest. If not, the budget ran out before that was sure.
    pub minimal: bool,
    /// An order that explains everything on the key that returned before the culprit did.
    pub explained: Vec<usize>,
}

/// Whether `operations` are linearizable under `spec`, within a budget. Keys with few operations are looked at first.
pub fn check<S: Specification>(
    spec: &S,
    operations: &Operations<S::Op, S::Res>,
    budget: Budget,
) -> Analysis<S::Key> {
    let mut by_key: BTreeMap<S::Key, Vec<usize>> = BTreeMap::new();
    for (position, operation) in operations.as_slice().iter().enumerate() {
        by_key.entry(spec.key(&operation.op)).or_default().push(position);
    }
    let keys = by_key.len();
    let mut parts: Vec<(S::Key, Vec<usize>)> = by_key.into_iter().collect();
    parts.sort_by_key(|(_, positions)| positions.len());

    let mut left = budget.steps;
    let mut unsettled = Vec::new();
    for (key, positions) in parts {
        let part: Vec<&Operation<_, _>> = positions.iter().map(|&at| &operations.as_slice()[at]).collect();
        let order = Order::new(&part);
        let mut machine = Machine::new(spec, &part);
        match search(&mut machine, &order, &Problem::whole(&order), &mut left) {
            Found::Order(_) => {}
            Found::OutOfSteps => unsettled.push(key),
            Found::Nothing { culprit, spans } => {
                let narrowed = window::narrow(&mut machine, &order, culprit, &spans, &mut left);
                let named = |local: Vec<usize>| local.into_iter().map(|at| positions[at]).collect();
                let violation = Violation {
                    key,
                    culprit: positions[culprit],
                    window: named(narrowed.window),
                    minimal: narrowed.minimal,
                    explained: named(narrowed.explained),
                };
                return Analysis { answer: Answer::Violated(violation), keys, steps: budget.steps - left };
            }
        }
    }
    unsettled.sort();
    let answer =
        if unsettled.is_empty() { Answer::Linearizable } else { Answer::Unsettled { keys: unsettled } };
    Analysis { answer, keys, steps: budget.steps - left }
}

/// For scenarios: complains of operations that are not linearizable. A history too tangled for the default budget is not
/// complained of; use [`check`] to tell.
pub fn linearizable<S: Specification>(spec: &S, operations: &Operations<S::Op, S::Res>) -> Outcome {
    match check(spec, operations, Budget::default()).answer {
        Answer::Violated(violation) => Err(complaint(spec, operations, &violation)),
        Answer::Linearizable | Answer::Unsettled { .. } => Ok(()),
    }
}

/// How many operations a complaint lists. Nobody follows more.
const WINDOW_SHOWN: usize = 12;

/// A violation in words.
pub fn complaint<S: Specification>(
    spec: &S,
    operations: &Operations<S::Op, S::Res>,
    violation: &Violation<S::Key>,
) -> Complaint {
    let culprit = &operations.as_slice()[violation.culprit];
    let place = spec.describe_key(&violation.key).map_or(String::new(), |key| format!(" on {key}"));
    let mut window: Vec<String> = violation
        .window
        .iter()
        .take(WINDOW_SHOWN)
        .map(|&at| {
            let operation = &operations.as_slice()[at];
            let returned = operation.returned.map_or("never answered".to_owned(), |at| at.to_string());
            let what = spec.describe(&operation.op, operation.result.as_ref());
            format!("{}: {what} ({} to {returned})", operation.process, operation.invoked)
        })
        .collect();
    if violation.window.len() > WINDOW_SHOWN {
        window.push(format!("and {} more", violation.window.len() - WINDOW_SHOWN));
    }
    Complaint::new(
        format!(
            "no order of operations{place} explains `{}` of {}",
            spec.describe(&culprit.op, culprit.result.as_ref()),
            culprit.process
        ),
        "operations that take effect one at a time, each between its invocation and its answer",
        window.join("; "),
    )
}
