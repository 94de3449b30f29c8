//! `kata report`: the last grade as an HTML page.

use crate::arguments::{DEFAULT_SEED, Grade as ToGrade, Report as Wanted};
use crate::files;
use crate::last::{self, LastGrade};
use crate::target::{self, Target};
use crate::{Exit, Problem, Session, grade, terminal, workspace};
use kata_check::Grade;
use kata_report::page::{References, Written, html, written};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Writes the page of the last grade. Grades first where none is kept, and for a run that is to be shown again.
pub(crate) fn run(session: &Session<'_>, wanted: &Wanted) -> Result<Exit, Problem> {
    let target = target::find(session, wanted.target.as_deref())?;
    let state = workspace::state_around(&target.submission.folder)?;
    let kept = state.as_ref().and_then(|state| kept(state, &target));
    let (grade, graded) = match kept {
        Some(grade) if wanted.replay.is_none() => (grade, false),
        _ => (grade(session, &target, wanted)?, true),
    };
    let changed = !graded && has_changed(&target, &grade)?;
    let file = wanted.out.clone().unwrap_or_else(|| place(session, state.as_deref(), target.kata.id()));
    let commands = grade::commands(session, wanted.target.as_deref());
    let recorded = session.registry.recorded_figures(target.kata.id());
    let references = recorded.map_or(Ok(References::new()), |recorded| recorded.references())?;
    files::write(&file, html(&grade, &references, &commands, changed).as_bytes())?;
    let page = Written { kata: grade.kata, file: session.shown(&file), graded, changed };
    session.answer(wanted.json, &page, || written(&page));
    if wanted.open {
        open(&file);
    }
    Ok(Exit::Passed)
}

/// The last grade of what stands there, if one is kept.
fn kept(state: &Path, target: &Target<'_>) -> Option<Grade> {
    let last = LastGrade::load(state, target.kata.id())?;
    (last.folder == target.submission.folder).then_some(last.grade)
}

fn grade(session: &Session<'_>, target: &Target<'_>, wanted: &Wanted) -> Result<Grade, Problem> {
    let options = ToGrade { replay: wanted.replay.clone(), seed: DEFAULT_SEED, ..ToGrade::default() };
    grade::grade(session, target, &options, &grade::Task::of(target, &options)?)
}

/// Whether files are others than those that were graded.
fn has_changed(target: &Target<'_>, grade: &Grade) -> Result<bool, Problem> {
    let folder = &target.submission.folder;
    let now = target.submission.content_hash().map_err(|error| Problem::file("read", folder, &error))?;
    Ok(grade.receipt.0.get("submission") != Some(&now.to_string()))
}

/// Where the page goes unless somebody says: to the last grade, or here if none is kept.
fn place(session: &Session<'_>, state: Option<&Path>, kata: &str) -> PathBuf {
    match state {
        Some(state) => last::report(state, kata),
        None => session.here.join(format!("{kata}.html")),
    }
}

/// Shows the page in whatever shows pages here. That there is nothing is no failure: its name was printed.
fn open(file: &Path) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(program).arg(file).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !started.is_ok_and(|status| status.success()) {
        terminal::note(&format!("kata: `{program}` cannot show it; open the file in a browser\n"));
    }
}
