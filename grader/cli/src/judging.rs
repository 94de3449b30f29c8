//! Which requirements are judged, by how many workers at once, and when judging stops.

use crate::Problem;
use crate::arguments;
use crate::hosts::Children;
use crate::registry::Kata;
use crate::session::requirement_of;
use kata_check::{Judgement, Level, Verdict};
use kata_runner::{Launch, cores, stay_on_core};
use kata_sim::plan::Plan;
use kata_sim::{Judge, Requirement};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
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
    // It needs services and counts apart, so it must be asked for.
    let asks_for_all = wanted.level.is_none() && wanted.stage.is_none() && wanted.only.is_empty();
    let is_selected = |requirement: &&Requirement| {
        if asks_for_all && requirement.level == Level::Integration {
            return false;
        }
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

/// How to judge a submission.
#[derive(Clone, Debug)]
pub(crate) struct Judging<'a> {
    /// How its processes are started.
    pub(crate) launch: &'a Launch,
    /// What everything random comes from.
    pub(crate) seed: u64,
    /// When to stop.
    pub(crate) stages: Stages,
    /// How many requirements are judged at once. The judgements do not depend on it.
    pub(crate) workers: NonZeroUsize,
    /// The runs that failed before an edit, by requirement: each is the first of its requirement.
    pub(crate) failed_runs: BTreeMap<String, Plan>,
}

impl Judging<'_> {
    /// Judges `requirements`, begun in their order. `announce` hears of each before it is judged.
    pub(crate) fn judge(
        &self,
        requirements: &[&Requirement],
        announce: impl Fn(&Requirement) + Sync,
    ) -> Result<Vec<Judgement>, Problem> {
        let failed = AtomicUsize::new(usize::MAX);
        // What is native wants the machine for itself, so it comes when the workers are done.
        let (native, shared): (Vec<usize>, Vec<usize>) =
            (0..requirements.len()).partition(|&i| requirements[i].native);
        let work = |mine: &[usize], next: &AtomicUsize| {
            let mut children = Children::start(self.launch)?;
            let mut judged = Vec::new();
            while let Some(&i) = mine.get(next.fetch_add(1, Ordering::Relaxed)) {
                let requirement = requirements[i];
                if self.is_behind(requirements, failed.load(Ordering::Relaxed), i) {
                    continue;
                }
                announce(requirement);
                let first = self.failed_runs.get(requirement.id);
                let judgement = judge_one(&mut children, self.seed, requirement, first);
                if judgement.verdict == Verdict::Fail {
                    failed.fetch_min(i, Ordering::Relaxed);
                }
                judged.push((i, judgement));
            }
            Ok(judged)
        };
        let workers = self.workers.get().min(shared.len());
        let next = AtomicUsize::new(0);
        let mut judged = thread::scope(|scope| {
            let (work, shared, next) = (&work, &shared, &next);
            let start = |worker| {
                scope.spawn(move || {
                    stay_on_core(worker);
                    work(shared, next)
                })
            };
            let workers: Vec<_> = (0..workers).map(start).collect();
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect::<Result<Vec<_>, Problem>>()
        })?;
        if !native.is_empty() {
            judged.push(work(&native, &AtomicUsize::new(0))?);
        }
        let mut judgements: Vec<Judgement> =
            requirements.iter().map(|requirement| requirement.judgement(Verdict::Skipped)).collect();
        let failed = failed.into_inner();
        for (i, judgement) in judged.into_iter().flatten() {
            // Another worker may have been ahead of the failure.
            if !self.is_behind(requirements, failed, i) {
                judgements[i] = judgement;
            }
        }
        Ok(judgements)
    }

    /// Whether judging stops before requirement `i` if number `failed` is the first that failed.
    fn is_behind(&self, requirements: &[&Requirement], failed: usize, i: usize) -> bool {
        self.stages == Stages::UntilOneFails
            && failed < i
            && requirements[failed].stage != requirements[i].stage
    }
}

/// How many workers there are: as many as wanted, or one for each core.
pub(crate) fn workers(wanted: Option<NonZeroUsize>) -> NonZeroUsize {
    wanted.or(NonZeroUsize::new(cores())).unwrap_or(NonZeroUsize::MIN)
}

/// Judges one requirement, beginning with the run that failed last time, and takes the time.
pub(crate) fn judge_one(
    children: &mut Children,
    seed: u64,
    requirement: &Requirement,
    failed: Option<&Plan>,
) -> Judgement {
    let begun = Instant::now();
    let mut judge = Judge::new(children, seed);
    let judgement = match failed {
        Some(plan) => judge.judge_after(requirement, plan),
        None => judge.judge(requirement),
    };
    Judgement { seconds: begun.elapsed().as_secs_f64(), ..judgement }
}
