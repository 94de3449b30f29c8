//! `kata check`: judges a history recorded anywhere.

use crate::arguments::Check;
use crate::{Exit, Problem, Session, files};
use kata_check::linearizability::Budget;
use kata_check::recording::{Options, Value, lines};
use std::fs;

/// Judges a recorded history, and draws it if asked to.
pub(crate) fn run(session: &Session<'_>, wanted: &Check) -> Result<Exit, Problem> {
    let file = wanted.history.display().to_string();
    let unreadable = |problem: &dyn std::fmt::Display| Problem::usage(format!("{file}: {problem}"));
    let text = fs::read_to_string(&wanted.history).map_err(|error| unreadable(&error))?;
    let initial = match &wanted.initial {
        Some(json) => serde_json::from_str(json)
            .map_err(|error| Problem::usage(format!("--initial: {error}; strings need quotes: '\"\"'")))?,
        None => serde_json::Value::Null,
    };
    let options = Options { initial: Value::from(&initial), budget: Budget { steps: wanted.steps } };
    let lines = lines(&text).map_err(|problem| unreadable(&problem))?;
    let examination = wanted.model.examine(&lines, &options).map_err(|problem| unreadable(&problem))?;
    if let Some(out) = &wanted.out {
        files::write(out, kata_report::timeline::html(&examination, &file).as_bytes())?;
    }
    session.answer(wanted.json, &examination, || {
        kata_report::check::examination(&examination, &file, session.theme)
    });
    Ok(examination.verdict.into())
}
