//! What is graded: a solution's package, and the kata it says it solves.

use crate::registry::Kata;
use crate::{Problem, Session, repository};
use kata_runner::Submission;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item};

/// A solution and its kata.
pub(crate) struct Target<'a> {
    /// The kata that the solution's manifest names.
    pub(crate) kata: &'a Kata,
    /// The solution.
    pub(crate) submission: Submission,
}

/// The solution that the user means: a path, a kata of the workspace or repository around here, or what is here.
pub(crate) fn find<'a>(session: &'a Session<'_>, wanted: Option<&str>) -> Result<Target<'a>, Problem> {
    let folder = match wanted {
        Some(name) => named(session, name)?,
        None => session.here.clone(),
    };
    let submission = Submission::find(&folder).map_err(|error| Problem::usage(error.to_string()))?;
    Ok(Target { kata: session.registry.kata(&submission.kata)?, submission })
}

/// The folder that is meant by `name`.
fn named(session: &Session<'_>, name: &str) -> Result<PathBuf, Problem> {
    let path = session.here.join(name);
    let in_workspace = session.workspace_if_any()?.map(|workspace| workspace.member(name));
    let in_repository = repository::around(&session.here).map(|root| root.join("solutions").join(name));
    let candidates = [Some(path.clone()), in_workspace, in_repository];
    if let Some(folder) = candidates.into_iter().flatten().find(|folder| folder.join("Cargo.toml").exists()) {
        return Ok(folder);
    }
    if session.registry.find(name).is_some() {
        return Err(Problem::usage(format!("{name} is not started here; `kata start {name}` does that")));
    }
    if path.exists() {
        return Ok(path);
    }
    let known = session.registry.katas().iter().map(Kata::id);
    Err(Problem::unknown("kata or folder", name, known, "kata list"))
}

/// The id of the kata that the crate around `folder` solves, if there is one and it says so. Quicker than asking cargo.
pub(crate) fn kata_around(folder: &Path) -> Option<String> {
    let manifest = folder.ancestors().map(|folder| folder.join("Cargo.toml")).find(|path| path.exists())?;
    let manifest: DocumentMut = std::fs::read_to_string(manifest).ok()?.parse().ok()?;
    let kata = manifest.get("package")?.get("metadata")?.get("kata")?;
    kata.get("id").and_then(Item::as_str).map(str::to_owned)
}
