//! The `.gitignore` of a workspace: what of Kata's need not be in a learner's repository, beside lines of his own.

use crate::Problem;
use crate::files::replace;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What is made anew, or is about one machine.
const IGNORED: [&str; 4] = ["/target", "/.kata/backups", "/.kata/last", "/.kata/receipts"];

/// Sees to it that the workspace in `root` has one. Lines that are there stay.
pub(crate) fn make(root: &Path) -> Result<(), Problem> {
    add_missing(root, read(root)?.unwrap_or_default())
}

/// Adds what an earlier version left out. Where it was removed, nothing is ignored.
pub(crate) fn amend(root: &Path) -> Result<(), Problem> {
    read(root)?.map_or(Ok(()), |lines| add_missing(root, lines))
}

fn read(root: &Path) -> Result<Option<Vec<u8>>, Problem> {
    let path = file(root);
    match fs::read(&path) {
        Ok(lines) => Ok(Some(lines)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Problem::file("read", &path, &error)),
    }
}

fn add_missing(root: &Path, mut lines: Vec<u8>) -> Result<(), Problem> {
    let missing = missing(&String::from_utf8_lossy(&lines));
    if missing.is_empty() {
        return Ok(());
    }
    if !lines.is_empty() && !lines.ends_with(b"\n") {
        lines.push(b'\n');
    }
    for line in missing {
        lines.extend_from_slice(format!("{line}\n").as_bytes());
    }
    replace(&file(root), &lines)
}

/// What these lines say nothing about. To let something in (`!/.kata/receipts`) or to comment it out says something.
fn missing(lines: &str) -> Vec<&'static str> {
    let said: BTreeSet<&str> = lines.lines().map(bare).collect();
    let is_said = |path: &&str| {
        let bare = bare(path);
        said.contains(bare) || bare.split_once('/').is_some_and(|(folder, _)| said.contains(folder))
    };
    IGNORED.into_iter().filter(|path| !is_said(path)).collect()
}

/// The path that a line is about.
fn bare(line: &str) -> &str {
    line.trim().trim_start_matches(['#', '!', ' ', '/']).trim_end_matches(['/', '*'])
}

fn file(root: &Path) -> PathBuf {
    root.join(".gitignore")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(file(folder.path()), lines).unwrap();
        // Once is enough.
        for _ in 0..2 {
            amend(folder.path()).unwrap();
            assert_eq!(fs::read_to_string(file(folder.path())).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_missing_is_added_behind_the_learners_own() {
        check("", "/target\n/.kata/backups\n/.kata/last\n/.kata/receipts\n");
        check(
            "# mine\n\n/target\n/.kata/backups\n/.kata/receipts\nnotes.md",
            "# mine\n\n/target\n/.kata/backups\n/.kata/receipts\nnotes.md\n/.kata/last\n",
        );
    }

    #[test]
    fn what_the_learner_decided_stays() {
        for own in [
            "target/\n.kata/\n",
            "/target\n/.kata/*\n",
            "target\n/.kata/backups/\n!/.kata/receipts\n# /.kata/last\n",
        ] {
            check(own, own);
        }
    }

    #[test]
    fn only_a_new_workspace_gets_the_file() {
        let folder = tempfile::tempdir().unwrap();
        amend(folder.path()).unwrap();
        assert!(!file(folder.path()).exists());
        make(folder.path()).unwrap();
        assert!(file(folder.path()).exists());
    }
}
