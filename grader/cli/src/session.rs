//! What every command works with: the katas, where it was started, how results look.

use crate::progress::Progress;
use crate::registry::{Kata, Registry};
use crate::workspace::Workspace;
use crate::{Problem, target, terminal, workspace};
use kata_report::Theme;
use kata_sim::Requirement;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What every command works with.
pub(crate) struct Session<'a> {
    /// The katas that this program knows.
    pub(crate) registry: &'a Registry,
    /// The folder it was started in.
    pub(crate) here: PathBuf,
    /// How results look.
    pub(crate) theme: Theme,
}

impl Session<'_> {
    /// Prints a result: as JSON, or as text for people.
    pub(crate) fn answer(&self, json: bool, value: &impl Serialize, text: impl FnOnce() -> String) {
        terminal::say(&if json { kata_report::json::pretty(value) } else { text() });
    }

    /// A path as it reads from here.
    pub(crate) fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.here) {
            Ok(inner) if inner.as_os_str().is_empty() => ".".to_owned(),
            Ok(inner) => inner.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }

    /// The workspace around here, if there is one.
    pub(crate) fn workspace_if_any(&self) -> Result<Option<Workspace>, Problem> {
        Workspace::around(&self.here)
    }

    /// The workspace around here.
    pub(crate) fn workspace(&self) -> Result<Workspace, Problem> {
        self.workspace_if_any()?.ok_or_else(|| {
            Problem::usage("there is no workspace around here; `kata start <kata>` makes one".to_owned())
        })
    }

    /// Where progress is kept around here.
    pub(crate) fn state(&self) -> Result<PathBuf, Problem> {
        match workspace::state_around(&self.here)? {
            Some(state) => Ok(state),
            None => Ok(self.workspace()?.state()),
        }
    }

    /// The kata of the crate around here, if there is one.
    pub(crate) fn kata_here(&self) -> Option<&Kata> {
        self.registry.find(&target::kata_around(&self.here)?)
    }

    /// What the user named: a kata, a requirement, both, or nothing.
    pub(crate) fn named(&self, what: &[String]) -> Result<(&Kata, Option<&Requirement>), Problem> {
        match what {
            [] => Ok((self.kata_here_or_only()?, None)),
            [one] => match self.registry.find(one) {
                Some(kata) => Ok((kata, None)),
                None => self.requirement_anywhere(one),
            },
            [kata, requirement, ..] => {
                let kata = self.registry.kata(kata)?;
                Ok((kata, Some(requirement_of(kata, requirement)?)))
            }
        }
    }

    /// The kata of the crate around here, else the only one that is started.
    fn kata_here_or_only(&self) -> Result<&Kata, Problem> {
        if let Some(kata) = self.kata_here() {
            return Ok(kata);
        }
        match self.workspace_if_any()? {
            Some(workspace) => self.only_started(&workspace),
            None => Err(Problem::usage("which kata? `kata list` shows what there is")),
        }
    }

    /// The kata that is started in a workspace, if it is one alone.
    pub(crate) fn only_started(&self, workspace: &Workspace) -> Result<&Kata, Problem> {
        let is_started = |kata: &&Kata| workspace.member(kata.id()).exists();
        let started: Vec<&Kata> = self.registry.katas().iter().filter(is_started).collect();
        match started.as_slice() {
            [only] => Ok(only),
            [] => Err(Problem::usage("nothing is started here; `kata list` shows what there is")),
            several => {
                let ids: Vec<&str> = several.iter().map(|kata| kata.id()).collect();
                Err(Problem::usage(format!("which kata? Started here are {}", ids.join(" and "))))
            }
        }
    }

    /// A requirement of the kata around here, or of whichever has it.
    fn requirement_anywhere(&self, id: &str) -> Result<(&Kata, Option<&Requirement>), Problem> {
        let here = self.kata_here();
        let mut katas = here.into_iter().chain(self.registry.katas());
        match katas.find_map(|kata| Some((kata, kata.requirement(id)?))) {
            Some((kata, requirement)) => Ok((kata, Some(requirement))),
            None => {
                let katas = self.registry.katas().iter();
                let known = katas.flat_map(|kata| {
                    let requirements = kata.suite.requirements.iter().map(|requirement| requirement.id);
                    std::iter::once(kata.id()).chain(requirements)
                });
                Err(Problem::unknown("kata or requirement", id, known, "kata list"))
            }
        }
    }

    /// The record of what passed and which hints were shown.
    pub(crate) fn progress_if_any(&self) -> Result<Progress, Problem> {
        match self.workspace_if_any()? {
            Some(workspace) => Progress::load(&workspace.state()),
            None => Ok(Progress::default()),
        }
    }
}

/// The requirement of this id, or a sentence that guesses what was meant.
pub(crate) fn requirement_of<'k>(kata: &'k Kata, id: &str) -> Result<&'k Requirement, Problem> {
    let known = kata.suite.requirements.iter().map(|requirement| requirement.id);
    kata.requirement(id).ok_or_else(|| {
        Problem::unknown(
            &format!("requirement of {}", kata.id()),
            id,
            known,
            &format!("kata show {}", kata.id()),
        )
    })
}
