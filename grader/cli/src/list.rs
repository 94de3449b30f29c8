//! `kata list`.

use crate::progress::{KataProgress, Progress};
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
    // Bonuses come on top.
    let needed: Vec<_> = kata.simulated().filter(|requirement| !requirement.bonus).collect();
    let passed = |record: &KataProgress| {
        needed.iter().filter(|requirement| record.passed.iter().any(|id| id == requirement.id)).count() as u64
    };
    Entry {
        kata: kata.id().to_owned(),
        essence: kata.essence(),
        stages: kata.suite.stages.len() as u64,
        requirements: needed.len() as u64,
        points: needed.iter().map(|requirement| requirement.points).sum(),
        passed: graded.map(passed),
    }
}
