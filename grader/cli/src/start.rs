//! `kata start`: a crate of the learner's own.

use crate::embedded::{self, write_all};
use crate::files::replace;
use crate::registry::Kata;
use crate::workspace::{Workspace, member_manifest};
use crate::{Exit, Problem, Session, gitignore, repository};
use kata_report::workspace::Started;
use std::path::Path;

/// Makes the crate, and the workspace if there is none around.
pub(crate) fn run(session: &Session<'_>, id: &str, json: bool) -> Result<Exit, Problem> {
    let kata = session.registry.kata(id)?;
    refuse_own_repository(&session.here)?;
    let around = Workspace::around(&session.here)?;
    let made_workspace = around.is_none();
    let workspace = match around {
        Some(workspace) => workspace,
        None => Workspace::make(&session.here)?,
    };
    gitignore::amend(&workspace.root)?;
    let folder = workspace.member(id);
    if folder.exists() {
        return Err(Problem::usage(format!(
            "{} is there already; `kata reset {id}` goes back to the stub and keeps your files",
            folder.display()
        )));
    }
    embedded::write_sources(&workspace.sources(), kata)?;
    make_crate(&folder, kata)?;
    workspace.add_member(id)?;
    let started = Started { kata: id.to_owned(), folder: session.shown(&folder), made_workspace };
    session.answer(json, &started, || kata_report::workspace::started(&started, session.theme));
    Ok(Exit::Passed)
}

/// Writes what a learner gets: manifest, brief, stub and examples.
pub(crate) fn make_crate(folder: &Path, kata: &Kata) -> Result<(), Problem> {
    replace(&folder.join("Cargo.toml"), member_manifest(kata)?.as_bytes())?;
    replace(&folder.join("BRIEF.md"), kata.brief().as_bytes())?;
    let template = kata.files.get_dir("template");
    let template = template.ok_or_else(|| Problem::ours(format!("{} has no template", kata.id())))?;
    write_all(folder, template, Path::new("template"))
}

/// In Kata's own repository the root manifest would claim the new crate.
fn refuse_own_repository(here: &Path) -> Result<(), Problem> {
    match repository::around(here) {
        Some(root) => Err(Problem::usage(format!(
            "{} is Kata's own repository; `cargo install --path grader/cli`, then run `kata start` in a folder outside",
            root.display()
        ))),
        None => Ok(()),
    }
}
