//! `kata hint`.

use crate::last::LastGrade;
use crate::progress::Progress;
use crate::{Exit, Problem, Session};
use kata_check::{Judgement, Verdict};
use kata_report::hint::{self, Hint, hint};
use std::path::Path;

/// Reveals the next hint of a requirement; without one named, of the first that failed last time.
pub(crate) fn run(session: &Session<'_>, what: &[String], json: bool) -> Result<Exit, Problem> {
    let (kata, requirement) = session.named(what)?;
    let state = session.state()?;
    let mut progress = Progress::load(&state)?;
    let record = progress.kata(kata.id());
    let failed_last = || {
        let failed = kata.suite.requirements.iter().filter(|one| record.failed.iter().any(|id| id == one.id));
        // A bonus comes after all that is needed.
        failed.min_by_key(|one| one.bonus)
    };
    let requirement = requirement.or_else(failed_last).ok_or_else(|| {
        Problem::usage(format!(
            "nothing of {} failed yet; grade it, or say which requirement: `kata hint <requirement>`",
            kata.id()
        ))
    })?;
    let mut hints = kata.hints()?.remove(requirement.id).unwrap_or_default();
    hints.extend(resemblance(session, &state, kata.id(), requirement.id));
    let Some(last) = hints.len().checked_sub(1) else {
        return Err(Problem::usage(format!(
            "there is no hint for {}; its story may help: `kata show {0}`",
            requirement.id
        )));
    };
    let shown = record.hints.entry(requirement.id.to_owned()).or_default();
    let position = usize::try_from(*shown).map_or(last, |shown| shown.min(last));
    *shown = position as u64 + 1;
    let next = Hint {
        requirement: requirement.id.to_owned(),
        number: position as u64 + 1,
        of: hints.len() as u64,
        text: hints[position].clone(),
    };
    progress.save(&state)?;
    session.answer(json, &next, || hint(&next, session.theme));
    Ok(Exit::Passed)
}

/// The hint behind all others: which known fault the last grade looks like, if that has to do with this requirement.
fn resemblance(session: &Session<'_>, state: &Path, kata: &str, requirement: &str) -> Option<String> {
    let grade = LastGrade::load(state, kata)?.grade;
    let is_failed = |judgement: &Judgement| judgement.id == requirement && judgement.verdict == Verdict::Fail;
    grade.requirements.iter().any(is_failed).then_some(())?;
    let fault = session.registry.known_faults(kata)?.resembling(&grade)?;
    fault.fails(requirement).then(|| hint::resemblance(&fault.title(), fault.thinking))
}
