//! `kata compare`: several solutions of one kata, judged alike and put side by side.

use crate::arguments::{Compare as Wanted, Grade as ToGrade};
use crate::grade::{Task, graded};
use crate::target::{self, Target};
use crate::{Exit, Problem, Session, files, terminal};
use kata_check::Verdict;
use kata_report::compare::{Compared, Comparison, html, json, table};
use std::path::Path;

/// Judges every solution by the same requirements, whatever fails, and puts them side by side. Keeps no grade: nobody
/// practises here.
pub(crate) fn run(session: &Session<'_>, wanted: &Wanted) -> Result<Exit, Problem> {
    let targets: Vec<Target<'_>> =
        wanted.targets.iter().map(|name| target::find(session, Some(name))).collect::<Result<_, _>>()?;
    let [first, others @ ..] = targets.as_slice() else {
        return Err(Problem::usage("nothing to compare; name at least two solutions"));
    };
    if let Some((other, name)) =
        others.iter().zip(&wanted.targets[1..]).find(|(other, _)| other.kata.id() != first.kata.id())
    {
        return Err(Problem::usage(format!(
            "{} solves {} and {name} solves {}; solutions of one kata can be compared",
            wanted.targets[0],
            first.kata.id(),
            other.kata.id()
        )));
    }
    let options = ToGrade {
        stage: wanted.stage.clone(),
        level: wanted.level,
        only: wanted.only.clone(),
        all: true,
        seed: wanted.seed,
        workers: wanted.workers,
        ..ToGrade::default()
    };
    // Wrong options are told before anything is built.
    let task = Task::of(first, &options)?;
    let names = names(&targets.iter().map(|target| target.submission.folder.as_path()).collect::<Vec<_>>());
    let mut solutions = Vec::new();
    for (target, name) in targets.iter().zip(names) {
        let grade = graded(session, target, &options, &task, None)
            .map_err(|problem| Problem { sentence: format!("{name}: {problem}"), ..problem })?;
        solutions.push(Compared { name, grade });
    }
    let comparison = Comparison { kata: first.kata.id().to_owned(), seed: wanted.seed, solutions };
    if let Some(out) = &wanted.out {
        files::write(out, html(&comparison).as_bytes())?;
    }
    terminal::say(&if wanted.json { json(&comparison) } else { table(&comparison, session.theme) });
    Ok(worst(&comparison).into())
}

/// `Fail` if any solution fails anything, else `Inconclusive` if that is any.
fn worst(comparison: &Comparison) -> Verdict {
    let verdicts: Vec<Verdict> = comparison.solutions.iter().map(|one| one.grade.verdict()).collect();
    let worst = [Verdict::Fail, Verdict::Inconclusive].into_iter().find(|one| verdicts.contains(one));
    worst.unwrap_or(Verdict::Pass)
}

/// A name for each folder: as much of the end of its path as tells it from the others.
fn names(folders: &[&Path]) -> Vec<String> {
    let end = |folder: &Path, parts: usize| {
        let all: Vec<String> =
            folder.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    let longest = folders.iter().map(|folder| folder.components().count()).max().unwrap_or_default();
    let name = |folder: &Path| {
        let is_told = |parts: &usize| {
            let alike = folders.iter().filter(|other| end(other, *parts) == end(folder, *parts));
            alike.count() == 1
        };
        // The same folder twice has no name of its own.
        end(folder, (1..=longest).find(is_told).unwrap_or(1))
    };
    folders.iter().map(|folder| name(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_tells_them_apart() {
        let check = |folders: &[&str], expected: &[&str]| {
            assert_eq!(names(&folders.iter().map(Path::new).collect::<Vec<_>>()), expected);
        };
        check(&["/k/solutions/first-steps", "/b/mine"], &["first-steps", "mine"]);
        check(&["/a/x/first-steps", "/b/y/first-steps"], &["x/first-steps", "y/first-steps"]);
        check(&["/a/x", "/a/x"], &["x", "x"]);
    }
}
