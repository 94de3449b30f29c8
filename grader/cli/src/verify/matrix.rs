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
use kata_sim::{Budget, Requirement};
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
    let tries = programs.iter().map(|program| tried(&selected, &program.kind).len()).sum::<usize>();
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
        let tried = tried(&selected, kind);
        let tried: Vec<&Requirement> = tried.iter().collect();
        let announce = |requirement: &Requirement| {
            bar.set_message(format!("{}: {name} by {}", kata.id(), requirement.id));
            bar.inc(1);
        };
        let judgements = patiently(&tried, kind, |selected| judging.judge(selected, announce))?;
        if *kind == VariantKind::Reference {
            figures = record::record(&judgements);
        }
        let untried = selected.iter().filter(|one| !tried.iter().any(|tried| tried.id == one.id));
        let untried = untried.map(|requirement| requirement.id.to_owned()).collect();
        let variant = Variant { untried, ..variant(name.clone(), role(kind), &selected, judgements) };
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

/// How often a native requirement is tried on a fault that it must catch, while the machine is too busy for it to tell.
const TRIES: usize = 4;

/// Judges a variant. What is native and must catch it is tried again where it is inconclusive: a fault that passes is news, a busy
/// machine is not.
fn patiently(
    tried: &[&Requirement],
    kind: &VariantKind,
    mut judge: impl FnMut(&[&Requirement]) -> Result<Vec<Judgement>, Problem>,
) -> Result<Vec<Judgement>, Problem> {
    let mut judgements = judge(tried)?;
    let catcher = tried.iter().position(|one| one.native && kind.caught_by() == Some(one.id));
    let Some(catcher) = catcher else { return Ok(judgements) };
    for _ in 1..TRIES {
        if judgements[catcher].verdict != Verdict::Inconclusive {
            break;
        }
        judgements.splice(catcher..=catcher, judge(&[tried[catcher]])?);
    }
    Ok(judgements)
}

/// The requirements that a variant is judged by: for a fault that is about neither, no loads, which take long, and nothing
/// native; and of what is native only that which must catch it. How far a fault gets by in real time is up to the machine. No
/// bonus catches a fault.
fn tried(selected: &[&Requirement], kind: &VariantKind) -> Vec<Requirement> {
    let selected = selected.iter().map(|one| **one);
    let Some(caught_by) = kind.caught_by() else { return selected.collect() };
    let about_load = selected.clone().any(|one| one.id == caught_by && one.level == Level::Scale);
    let others = |one: &Requirement| !one.native && !one.bonus && (about_load || one.level != Level::Scale);
    selected
        .filter_map(|one| if one.id == caught_by { Some(one) } else { others(&one).then(|| brief(one)) })
        .collect()
}

/// The most schedules, and points of a sweep, that a requirement spends on a fault that another one must catch.
const BRIEFLY: u64 = 20;

/// A requirement that looks at a fault briefly: whether it notices as well is recorded, and is no surprise either way.
fn brief(requirement: Requirement) -> Requirement {
    let Budget { schedules, sweeps, points_max } = requirement.budget;
    let budget = Budget { schedules: schedules.min(BRIEFLY), sweeps, points_max: points_max.min(BRIEFLY) };
    Requirement { budget, ..requirement }
}

fn column(requirement: &Requirement) -> RequirementName {
    RequirementName {
        id: requirement.id.to_owned(),
        stage: requirement.stage.to_owned(),
        bonus: requirement.bonus,
    }
}

fn role(kind: &VariantKind) -> Role {
    match kind {
        VariantKind::Stub => Role::Stub,
        VariantKind::Reference => Role::Reference,
        VariantKind::Alternative => Role::Alternative,
        VariantKind::Fault { caught_by } => Role::Fault { caught_by: caught_by.clone() },
    }
}

/// What the judgements say of a variant. That real time told nothing of a right solution is no news: the machine was busy.
fn variant(id: String, role: Role, selected: &[&Requirement], judgements: Vec<Judgement>) -> Variant {
    let (mut failed, mut missed) = (Vec::new(), Vec::new());
    let (mut inconclusive, mut undecided) = (Vec::new(), Vec::new());
    let is_right = matches!(role, Role::Reference | Role::Alternative);
    let is_native = |id: &str| selected.iter().any(|requirement| requirement.id == id && requirement.native);
    for judgement in judgements {
        match judgement.verdict {
            Verdict::Pass | Verdict::Skipped => {}
            Verdict::Inconclusive if is_right && is_native(&judgement.id) => undecided.push(judgement.id),
            Verdict::Inconclusive => inconclusive.push(judgement.id),
            Verdict::Fail => failed.push(Failed { why: why(&judgement), requirement: judgement.id }),
            Verdict::Missed => missed.push(Failed { why: why(&judgement), requirement: judgement.id }),
        }
    }
    Variant { id, role, failed, missed, inconclusive, undecided, untried: Vec::new() }
}

/// What was wrong, and the token that shows it.
fn why(judgement: &Judgement) -> String {
    let found = judgement.counterexample.as_ref();
    found.map(|found| format!("{} ({})", found.summary, found.replay)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::surprises::surprises;
    use kata_check::Outcome;
    use kata_sim::Datacentre;
    use std::future::{Future, ready};
    use std::pin::Pin;

    fn requirement(id: &'static str, level: Level, native: bool) -> Requirement {
        fn nothing(_: &Datacentre) -> Pin<Box<dyn Future<Output = Outcome> + '_>> {
            Box::pin(ready(Ok(())))
        }
        let (stage, story, budget) = ("all", "It demands nothing.", Budget::default());
        Requirement { id, stage, level, native, points: 1, bonus: false, story, budget, scenario: nothing }
    }

    fn all() -> [Requirement; 4] {
        [
            requirement("adds", Level::Acceptance, false),
            requirement("on_threads", Level::Concurrency, true),
            requirement("under_load", Level::Scale, false),
            requirement("quickly", Level::Scale, true),
        ]
    }

    fn caught_by(id: &str) -> VariantKind {
        VariantKind::Fault { caught_by: id.to_owned() }
    }

    #[test]
    fn faults_are_tried_by_what_can_tell_of_them_anywhere() {
        let all = all();
        let selected: Vec<&Requirement> = all.iter().collect();
        let names = |kind: &VariantKind| tried(&selected, kind).iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(names(&VariantKind::Reference), ["adds", "on_threads", "under_load", "quickly"]);
        assert_eq!(names(&caught_by("adds")), ["adds"]);
        assert_eq!(names(&caught_by("on_threads")), ["adds", "on_threads"]);
        assert_eq!(names(&caught_by("under_load")), ["adds", "under_load"]);
        assert_eq!(names(&caught_by("quickly")), ["adds", "under_load", "quickly"]);
    }

    #[test]
    fn others_look_at_a_fault_briefly() {
        let budget = Budget { schedules: 300, points_max: 7, ..Budget::default() };
        let [mut adds, mut loses, ..] = all();
        (adds.budget, loses.native, loses.budget) = (budget, false, budget);
        let budgets = |kind: &VariantKind| {
            let tried = tried(&[&adds, &loses], kind);
            tried.iter().map(|one| (one.budget.schedules, one.budget.points_max)).collect::<Vec<_>>()
        };
        assert_eq!(budgets(&VariantKind::Alternative), [(300, 7), (300, 7)]);
        assert_eq!(budgets(&caught_by("adds")), [(300, 7), (BRIEFLY, 7)]);
    }

    #[test]
    fn no_fault_is_tried_by_a_bonus() {
        let [adds, .., mut extra] = all();
        (extra.native, extra.level, extra.bonus) = (false, Level::Acceptance, true);
        assert_eq!(tried(&[&adds, &extra], &VariantKind::Stub).len(), 2);
        assert_eq!(tried(&[&adds, &extra], &caught_by("adds")).len(), 1);
    }

    /// The surprises where everything ends as `verdict` says.
    fn surprising(kind: &VariantKind, verdict: Verdict) -> Vec<String> {
        let all = all();
        let selected: Vec<&Requirement> = all.iter().collect();
        let judgements = tried(&selected, kind).iter().map(|one| one.judgement(verdict)).collect();
        let variant = variant("x".to_owned(), role(kind), &selected, judgements);
        let requirements: Vec<RequirementName> = selected.iter().map(|one| column(one)).collect();
        surprises(&requirements, &[variant]).iter().map(Surprise::to_string).collect()
    }

    #[test]
    fn a_busy_machine_surprises_nobody_where_a_solution_is_right() {
        for kind in [VariantKind::Reference, VariantKind::Alternative] {
            let unclear = surprising(&kind, Verdict::Inconclusive);
            assert_eq!(unclear.len(), 2, "{unclear:?}");
            assert!(unclear[0].starts_with("adds is") && unclear[1].starts_with("under_load is"));
            assert_eq!(surprising(&kind, Verdict::Fail).len(), 4);
            assert_eq!(surprising(&kind, Verdict::Pass), [""; 0]);
        }
    }

    /// What a fault's catcher says in the end if it is inconclusive so often at first, and how often it was tried.
    fn patient(id: &str, inconclusive: usize) -> (Verdict, usize) {
        let all = all();
        let kind = caught_by(id);
        let selected: Vec<&Requirement> = all.iter().collect();
        let tried = tried(&selected, &kind);
        let tried: Vec<&Requirement> = tried.iter().collect();
        let mut tries = 0;
        let judged = patiently(&tried, &kind, |selected| {
            tries += 1;
            let verdict = if tries > inconclusive { Verdict::Fail } else { Verdict::Inconclusive };
            Ok(selected.iter().map(|one| one.judgement(verdict)).collect())
        });
        let judged = judged.unwrap_or_default();
        assert_eq!(judged.len(), tried.len());
        (judged.iter().find(|one| one.id == id).map_or(Verdict::Skipped, |one| one.verdict), tries)
    }

    #[test]
    fn only_what_is_native_is_tried_again_and_not_for_ever() {
        assert_eq!(patient("quickly", 0), (Verdict::Fail, 1));
        assert_eq!(patient("quickly", 2), (Verdict::Fail, 3));
        assert_eq!(patient("on_threads", TRIES), (Verdict::Inconclusive, TRIES));
        assert_eq!(patient("under_load", 1), (Verdict::Inconclusive, 1));
    }

    #[test]
    fn a_fault_must_be_caught_on_any_machine() {
        let unclear = surprising(&caught_by("quickly"), Verdict::Inconclusive);
        assert!(unclear.iter().any(|line| line.starts_with("x slips through")), "{unclear:?}");
        assert!(surprising(&caught_by("quickly"), Verdict::Fail).is_empty());
    }
}
