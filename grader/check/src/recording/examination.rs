//! What examining a recorded history came to.

use super::line::{Line, Unreadable};
use super::model::{Model, Readable};
use crate::Verdict;
use crate::linearizability::{Answer, Budget, Violation, check};
use crate::operations::{Operation, Operations};
use serde::Serialize;
use std::collections::BTreeSet;

/// What examining a recorded history came to: what `kata check --json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// The model it was examined under.
    pub model: Model,
    /// `Pass` if it is linearizable, `Fail` if it is not, `Inconclusive` if that was too much work.
    pub verdict: Verdict,
    /// How many operations there are.
    pub operations: usize,
    /// How many keys they are on.
    pub keys: usize,
    /// How much work it was, in steps of the specification.
    pub steps: u64,
    /// What is wrong.
    pub breach: Option<Breach>,
    /// Keys that were not settled.
    pub unsettled: Vec<String>,
    /// Operations to draw: of a history that is wrong, the window and what lies around it on its key; otherwise the first.
    #[serde(skip)]
    pub rows: Vec<Row>,
}

/// What is wrong with a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// The key, if there are keys.
    pub key: Option<String>,
    /// The number of the line with the first operation to return whose result no order explains.
    pub culprit: usize,
    /// The fewest operations found that contradict each other, in the order of their invocation.
    pub window: Vec<Row>,
    /// Whether none of them can be left out.
    pub minimal: bool,
}

/// An operation as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The number of its line.
    pub line: usize,
    /// Who asked.
    pub process: String,
    /// When.
    pub invoke: u64,
    /// When it had its answer, if it had one.
    #[serde(rename = "return")]
    pub returned: Option<u64>,
    /// What it asked and saw.
    pub what: String,
    /// What part it plays in a history that is wrong.
    pub part: Part,
    /// Of rows to draw: the place in an order that explains everything before the culprit returned, from 1.
    #[serde(skip)]
    pub place: Option<usize>,
}

/// What part an operation plays in a history that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The operation that nothing explains.
    Culprit,
    /// An operation that contradicts it.
    Window,
    /// Any other.
    Around,
}

/// How many operations to draw at most.
const ROWS: usize = 160;

pub(super) fn examine<S: Readable>(
    model: Model,
    spec: &S,
    lines: &[(usize, Line)],
    budget: Budget,
) -> Result<Examination, Unreadable> {
    let operations = operations::<S>(lines)?;
    let analysis = check(spec, &operations, budget);
    let verdict = analysis.verdict();
    let view = View { spec, operations: operations.as_slice(), lines };
    let (breach, unsettled, rows) = match &analysis.answer {
        Answer::Linearizable => (None, Vec::new(), view.first()),
        Answer::Unsettled { keys } => {
            let keys = keys.iter().map(|key| spec.describe_key(key).unwrap_or_default()).collect();
            (None, keys, view.first())
        }
        Answer::Violated(violation) => (Some(view.breach(violation)), Vec::new(), view.around(violation)),
    };
    let (keys, steps) = (analysis.keys, analysis.steps);
    Ok(Examination { model, verdict, operations: lines.len(), keys, steps, breach, unsettled, rows })
}

fn operations<S: Readable>(lines: &[(usize, Line)]) -> Result<Operations<S::Op, S::Res>, Unreadable> {
    let operation = |(number, line): &(usize, Line)| {
        let read = S::read(line).map_err(|problem| Unreadable { line: *number, problem });
        read.map(|(op, result)| Operation {
            process: line.process.clone(),
            invoked: line.invoke,
            returned: line.returned,
            op,
            result: result.filter(|_| line.returned.is_some()),
        })
    };
    lines.iter().map(operation).collect()
}

/// A history to tell of.
struct View<'a, S: Readable> {
    spec: &'a S,
    operations: &'a [Operation<S::Op, S::Res>],
    lines: &'a [(usize, Line)],
}

impl<S: Readable> View<'_, S> {
    fn row(&self, at: usize, part: Part) -> Row {
        let operation = &self.operations[at];
        Row {
            line: self.lines[at].0,
            process: operation.process.clone(),
            invoke: operation.invoked,
            returned: operation.returned,
            what: self.spec.describe(&operation.op, operation.result.as_ref()),
            part,
            place: None,
        }
    }

    fn breach(&self, violation: &Violation<S::Key>) -> Breach {
        let window = violation.window.iter().map(|&at| self.row(at, part(violation, at))).collect();
        Breach {
            key: self.spec.describe_key(&violation.key),
            culprit: self.lines[violation.culprit].0,
            window,
            minimal: violation.minimal,
        }
    }

    fn first(&self) -> Vec<Row> {
        (0..self.operations.len().min(ROWS)).map(|at| self.row(at, Part::Around)).collect()
    }

    /// The window and operations on the same key around it, those nearest in time to the culprit's return first.
    fn around(&self, violation: &Violation<S::Key>) -> Vec<Row> {
        let now = self.operations[violation.culprit].returned.unwrap_or(u64::MAX);
        let mut others: Vec<usize> = (0..self.operations.len())
            .filter(|&at| self.spec.key(&self.operations[at].op) == violation.key)
            .collect();
        others.sort_by_key(|&at| {
            let operation = &self.operations[at];
            let end = operation.returned.unwrap_or(operation.invoked);
            (
                !violation.window.contains(&at),
                now.abs_diff(end.min(now)).max(operation.invoked.saturating_sub(now)),
            )
        });
        others.truncate(ROWS);
        let shown: BTreeSet<usize> = others.into_iter().collect();
        shown
            .into_iter()
            .map(|at| Row {
                place: violation.explained.iter().position(|&other| other == at).map(|place| place + 1),
                ..self.row(at, part(violation, at))
            })
            .collect()
    }
}

fn part<K>(violation: &Violation<K>, at: usize) -> Part {
    match at {
        at if at == violation.culprit => Part::Culprit,
        at if violation.window.contains(&at) => Part::Window,
        _ => Part::Around,
    }
}
