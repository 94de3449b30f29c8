//! Which requirements are judged, in which order, and when judging stops.

use crate::Problem;
use crate::arguments;
use crate::registry::Kata;
use crate::session::requirement_of;
use kata_check::{Judgement, Score, Verdict};
use kata_sim::{Hosts, Judge, Requirement};
use std::time::Instant;

/// The requirements that the options select, in the order a learner meets them.
pub(crate) fn selected<'k>(
    kata: &'k Kata,
    wanted: &arguments::Grade,
) -> Result<Vec<&'k Requirement>, Problem> {
    for id in &wanted.only {
        requirement_of(kata, id)?;
    }
    if let Some(stage) = &wanted.stage {
        let known = || kata.suite.stages.iter().map(|stage| stage.id);
        if !known().any(|id| id == stage) {
            let noun = format!("stage of {}", kata.id());
            return Err(Problem::unknown(&noun, stage, known(), &format!("kata show {}", kata.id())));
        }
    }
    let is_selected = |requirement: &&Requirement| {
        wanted.stage.as_ref().is_none_or(|stage| stage == requirement.stage)
            && wanted.level.is_none_or(|level| level == requirement.level)
            && (wanted.only.is_empty() || wanted.only.iter().any(|id| id == requirement.id))
    };
    let selected: Vec<&Requirement> = kata.suite.requirements.iter().filter(is_selected).collect();
    if selected.is_empty() {
        let sentence =
            format!("nothing of {} is selected; `kata show {0}` lists its stages and levels", kata.id());
        return Err(Problem::usage(sentence));
    }
    Ok(selected)
}

/// Whether judging goes on behind a stage with a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stages {
    /// It stops there; what comes later is skipped.
    UntilOneFails,
    /// It goes on.
    All,
}

/// Judges `requirements` in order. `announce` hears of each before it is judged.
pub(crate) fn judge(
    requirements: &[&Requirement],
    hosts: &mut dyn Hosts,
    seed: u64,
    stages: Stages,
    mut announce: impl FnMut(&Requirement),
) -> Vec<Judgement> {
    let mut judge = Judge::new(hosts, seed);
    let mut failed_in = None;
    let mut judgements = Vec::new();
    for requirement in requirements {
        if stages == Stages::UntilOneFails && failed_in.is_some_and(|stage| stage != requirement.stage) {
            judgements.push(skipped(requirement));
            continue;
        }
        announce(requirement);
        let begun = Instant::now();
        let mut judgement = judge.judge(requirement);
        judgement.seconds = begun.elapsed().as_secs_f64();
        if judgement.verdict == Verdict::Fail && failed_in.is_none() {
            failed_in = Some(requirement.stage);
        }
        judgements.push(judgement);
    }
    judgements
}

/// What is said of a requirement that was not judged.
pub(crate) fn skipped(requirement: &Requirement) -> Judgement {
    Judgement {
        id: requirement.id.to_owned(),
        stage: requirement.stage.to_owned(),
        level: requirement.level,
        verdict: Verdict::Skipped,
        points: requirement.points,
        earned: 0,
        schedules: 0,
        steps: 0,
        seconds: 0.0,
        counterexample: None,
    }
}

/// The points of these judgements.
pub(crate) fn score(judgements: &[Judgement]) -> Score {
    Score {
        earned: judgements.iter().map(|judgement| judgement.earned).sum(),
        possible: judgements.iter().map(|judgement| judgement.points).sum(),
    }
}
