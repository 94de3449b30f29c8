//! `kata list`.

use crate::progress::Progress;
use crate::registry::Kata;
use crate::{Exit, Problem, Session};
use kata_report::catalogue::{Entry, list};

/// Lists the katas, with progress where there is a workspace.
pub(crate) fn run(session: &Session<'_>, json: bool) -> Result<Exit, Problem> {
    let progress = session.progress_if_any()?;
    let entries: Vec<Entry> = session.registry.katas().iter().map(|kata| entry(kata, &progress)).collect();
    session.answer(json, &entries, || list(&entries, session.theme));
    Ok(Exit::Passed)
}

fn entry(kata: &Kata, progress: &Progress) -> Entry {
    let graded = progress.katas.get(kata.id()).filter(|record| record.grades > 0);
    Entry {
        kata: kata.id().to_owned(),
        essence: kata.essence(),
        stages: kata.suite.stages.len() as u64,
        requirements: kata.simulated().count() as u64,
        points: kata.simulated().map(|requirement| requirement.points).sum(),
        passed: graded.map(|record| record.passed.len() as u64),
    }
}
