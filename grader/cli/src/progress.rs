//! How far a learner is: what passed, which hints were shown. Kept as JSON beside the workspace.

use crate::Problem;
use crate::files::replace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How far a learner is, by kata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The katas that were graded or hinted at.
    #[serde(default)]
    pub(crate) katas: BTreeMap<String, KataProgress>,
}

/// How far a learner is in one kata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KataProgress {
    /// How often it was graded; numbers the receipts.
    #[serde(default)]
    pub(crate) grades: u64,
    /// The requirements that passed when last judged.
    #[serde(default)]
    pub(crate) passed: Vec<String>,
    /// The requirements that failed when last judged.
    #[serde(default)]
    pub(crate) failed: Vec<String>,
    /// How many hints of each requirement were shown.
    #[serde(default)]
    pub(crate) hints: BTreeMap<String, u64>,
}

impl Progress {
    /// What is recorded in `folder`; nothing if there is no record.
    pub(crate) fn load(folder: &Path) -> Result<Progress, Problem> {
        let path = file(folder);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Progress::default()),
            Err(error) => return Err(Problem::file("read", &path, &error)),
        };
        serde_json::from_str(&text).map_err(|error| {
            Problem::usage(format!(
                "{} is corrupt ({error}); remove it to begin a new record",
                path.display()
            ))
        })
    }

    /// Records this in `folder`.
    pub(crate) fn save(&self, folder: &Path) -> Result<(), Problem> {
        let path = file(folder);
        replace(&path, kata_report::json::pretty(self).as_bytes())
    }

    /// The record of one kata.
    pub(crate) fn kata(&mut self, id: &str) -> &mut KataProgress {
        self.katas.entry(id.to_owned()).or_default()
    }
}

impl KataProgress {
    /// Records what one requirement came to.
    pub(crate) fn judged(&mut self, requirement: &str, passed: bool) {
        for list in [&mut self.passed, &mut self.failed] {
            list.retain(|id| id != requirement);
        }
        let list = if passed { &mut self.passed } else { &mut self.failed };
        list.push(requirement.to_owned());
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("progress.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_judgement_counts() {
        let mut kata = KataProgress::default();
        kata.judged("a", false);
        kata.judged("b", true);
        kata.judged("a", true);
        assert_eq!((kata.passed, kata.failed), (vec!["b".to_owned(), "a".to_owned()], vec![]));
    }

    #[test]
    fn a_record_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut progress = Progress::load(folder.path()).unwrap();
        progress.kata("first-steps").hints.insert("counts".to_owned(), 2);
        progress.save(folder.path()).unwrap();
        assert_eq!(Progress::load(folder.path()).unwrap(), progress);
    }
}
