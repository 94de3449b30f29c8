//! What the suite of one kata says of all its variants, with one seed.

use super::{canary, surprises};
use crate::judging::{Judging, Stages, workers};
use crate::registry::Kata;
use crate::{Problem, build, terminal};
use kata_check::{Judgement, Level, Verdict};
use kata_report::scale::record;
use kata_report::verify::{Failed, RequirementName, Role, Surprise, Variant, Verification};
use kata_runner::Limits;
use kata_runner::variants::{self, VariantKind};
use kata_sim::Requirement;
use std::collections::BTreeMap;
use std::path::Path;

/// What a suite says of all variants, and what the reference measured, as it is recorded.
pub(crate) struct Judged {
    pub(crate) verification: Verification,
    pub(crate) figures: Option<String>,
}

/// Judges all variants, which `program` holds, by all requirements.
pub(crate) fn judge_all(
    kata: &Kata,
    programs: &[&variants::Variant],
    program: &Path,
    seed: u64,
) -> Result<Judged, Problem> {
    let selected: Vec<&Requirement> = kata.simulated().collect();
    let tries = programs.iter().map(|program| tried(&selected, &program.kind).count()).sum::<usize>();
    let bar = terminal::progress(tries as u64);
    let mut variants = Vec::new();
    let mut found = Vec::new();
    let mut figures = None;
    for variants::Variant { name, kind, .. } in programs {
        let launch = build::launch(program.to_owned(), Some(name.clone()), &kata.suite, Limits::default())?;
        let judging = Judging {
            launch: &launch,
            seed,
            stages: Stages::All,
            workers: workers(None),
            failed_runs: BTreeMap::new(),
        };
        let tried: Vec<&Requirement> = tried(&selected, kind).collect();
        let judgements = judging.judge(&tried, |requirement| {
            bar.set_message(format!("{}: {name} by {}", kata.id(), requirement.id));
            bar.inc(1);
        })?;
        if *kind == VariantKind::Reference {
            figures = record::record(&judgements);
        }
        let untried = selected.iter().filter(|one| !tried.iter().any(|tried| tried.id == one.id));
        let untried = untried.map(|requirement| requirement.id.to_owned()).collect();
        let variant = Variant { untried, ..variant(name.clone(), role(kind), judgements) };
        if variant.role == Role::Reference && !canary::dies(&launch, seed)? {
            found.push(Surprise::CanaryPasses);
        }
        variants.push(variant);
    }
    bar.finish_and_clear();
    let requirements: Vec<RequirementName> = selected.iter().map(|requirement| column(requirement)).collect();
    found.extend(surprises::surprises(&requirements, &variants));
    let surprising = u64::from(!found.is_empty());
    let verification = Verification {
        kata: kata.id().to_owned(),
        requirements,
        variants,
        surprises: found,
        runs: 1,
        surprising,
    };
    Ok(Judged { verification, figures })
}

/// The requirements that a variant is judged by: all but loads, which take long, for faults that are not about load.
fn tried<'a>(selected: &'a [&Requirement], kind: &VariantKind) -> impl Iterator<Item = &'a Requirement> {
    let about_load = match kind {
        VariantKind::Fault { caught_by } => {
            selected.iter().any(|one| one.id == caught_by && one.level == Level::Scale)
        }
        VariantKind::Stub | VariantKind::Reference | VariantKind::Alternative => true,
    };
    selected.iter().copied().filter(move |one| about_load || one.level != Level::Scale)
}

fn column(requirement: &Requirement) -> RequirementName {
    RequirementName { id: requirement.id.to_owned(), stage: requirement.stage.to_owned() }
}

fn role(kind: &VariantKind) -> Role {
    match kind {
        VariantKind::Stub => Role::Stub,
        VariantKind::Reference => Role::Reference,
        VariantKind::Alternative => Role::Alternative,
        VariantKind::Fault { caught_by } => Role::Fault { caught_by: caught_by.clone() },
    }
}

fn variant(id: String, role: Role, judgements: Vec<Judgement>) -> Variant {
    let (mut failed, mut inconclusive) = (Vec::new(), Vec::new());
    for judgement in judgements {
        match judgement.verdict {
            Verdict::Pass | Verdict::Skipped => {}
            Verdict::Inconclusive => inconclusive.push(judgement.id),
            Verdict::Fail => failed.push(Failed { why: why(&judgement), requirement: judgement.id }),
        }
    }
    Variant { id, role, failed, inconclusive, untried: Vec::new() }
}

/// What was wrong, and the token that shows it.
fn why(judgement: &Judgement) -> String {
    let found = judgement.counterexample.as_ref();
    found.map(|found| format!("{} ({})", found.summary, found.replay)).unwrap_or_default()
}
