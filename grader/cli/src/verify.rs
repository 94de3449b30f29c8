//! `kata verify`: is a suite worth anything? Runs what is right, what is unfinished and what is wrong, and compares what the
//! suite says with what it should say.

mod canary;
mod matrix;
mod record;
mod surprises;

use crate::arguments::{DEFAULT_SEED, Verify as Wanted};
use crate::registry::Kata;
use crate::{Exit, Problem, Session, build, repository, terminal};
use kata_report::verify::{Verification, flake_rate, json, matrix as shown, surprises as told, undecided};
use kata_runner::BuildEvent;
use kata_runner::variants::{Variant, Variants, VariantsError};
use matrix::Judged;
use std::path::Path;

/// Verifies the katas named, or all.
pub(crate) fn run(session: &Session<'_>, wanted: &Wanted) -> Result<Exit, Problem> {
    let root = repository::around(&session.here).ok_or_else(|| {
        Problem::usage(
            "`kata verify` is for authors; run it in Kata's own repository, where references and faults are",
        )
    })?;
    let katas: Vec<&Kata> = match wanted.katas.as_slice() {
        [] => session.registry.katas().iter().collect(),
        named => named.iter().map(|id| session.registry.kata(id)).collect::<Result<_, _>>()?,
    };
    let mut verifications = Vec::new();
    for kata in katas {
        let verification = verify(&root, kata, wanted)?;
        if !wanted.json {
            let theme = session.theme;
            let parts = [shown, undecided, flake_rate, told].map(|part| part(&verification, theme));
            terminal::say(&format!("{}\n", parts.concat()));
        }
        verifications.push(verification);
    }
    if wanted.json {
        terminal::say(&json(&verifications));
    }
    let is_surprising = verifications.iter().any(|verification| !verification.surprises.is_empty());
    Ok(if is_surprising { Exit::Failed } else { Exit::Passed })
}

/// One kata with as many seeds as wanted. The matrix is that of the first; surprises are those of all.
fn verify(root: &Path, kata: &Kata, wanted: &Wanted) -> Result<Verification, Problem> {
    let id = kata.id();
    let (reference, template) =
        (root.join("solutions").join(id), root.join("katas").join(id).join("template"));
    let variants = Variants::load(&reference, &template).map_err(problem)?;
    let chosen = chosen(id, variants.variants(), &wanted.only)?;
    let build = |options, observe: &mut dyn FnMut(BuildEvent<'_>)| variants.build(&chosen, options, observe);
    let program = build::with_progress(&kata.suite, build, problem)?.executable;
    let judge = |seed| matrix::judge_all(kata, &chosen, &program, seed);
    let Judged { mut verification, figures } = judge(DEFAULT_SEED)?;
    if wanted.only.is_empty() {
        let unproven = surprises::unproven(&verification.requirements, &verification.variants);
        verification.surprises.extend(unproven);
        record::compare(root, &mut verification, figures, wanted.bless)?;
    }
    for run in 1..wanted.runs {
        let other = judge(DEFAULT_SEED + run)?.verification;
        verification.runs += other.runs;
        verification.surprising += other.surprising;
        for surprise in other.surprises {
            if !verification.surprises.contains(&surprise) {
                verification.surprises.push(surprise);
            }
        }
    }
    Ok(verification)
}

/// The variants named, or all.
fn chosen<'a>(kata: &str, all: &'a [Variant], only: &[String]) -> Result<Vec<&'a Variant>, Problem> {
    if let Some(unknown) = only.iter().find(|name| all.iter().all(|variant| variant.name != **name)) {
        let names: Vec<&str> = all.iter().map(|variant| variant.name.as_str()).collect();
        let names = names.join(", ");
        return Err(Problem::usage(format!("{kata} has no variant `{unknown}`; it has {names}")));
    }
    Ok(all.iter().filter(|variant| only.is_empty() || only.contains(&variant.name)).collect())
}

/// Why there is nothing to judge, and whose doing that is.
fn problem(error: VariantsError) -> Problem {
    match error {
        VariantsError::Build(error) => build::problem(error),
        VariantsError::Io { path, error } => Problem::file("read or write", &path, &error),
        VariantsError::Broken(_) | VariantsError::Main { .. } | VariantsError::Reference(_) => {
            Problem { exit: Exit::DoesNotBuild, sentence: error.to_string() }
        }
    }
}
