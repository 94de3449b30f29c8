//! `new-fault`: first a copy of the reference to edit, then a patch out of the edited copy.

use crate::repository::Repository;
use anyhow::{Result, ensure};
use clap::Args;
use diffy::DiffOptions;
use std::fs;

/// What fault to make.
#[derive(Args)]
pub(crate) struct Wanted {
    /// The kata
    kata: String,
    /// The fault: what the program does wrong, in snake case
    id: String,
    /// The requirement that must catch it
    #[arg(long, value_name = "REQUIREMENT")]
    caught_by: Option<String>,
    /// What the learner was thinking
    #[arg(long, default_value = "Say here what the learner was thinking.")]
    thinking: String,
}

/// Copies the reference, or turns the edited copy into a patch.
pub(crate) fn run(repository: &Repository, wanted: &Wanted) -> Result<()> {
    let Wanted { kata, id, .. } = wanted;
    ensure!(repository.katas().contains(kata), "there is no kata {kata}");
    let reference = format!("solutions/{kata}/src");
    let copy = format!("target/faults/{kata}/{id}");
    if !repository.path(&copy).exists() {
        for file in repository.files_below(&reference) {
            let text = repository.text(&file)?;
            repository.write(&format!("{copy}/{}", inner(&file, &reference)), &text)?;
        }
        println!("Edit {copy}, then run this again with --caught-by <requirement>.");
        return Ok(());
    }
    let Some(caught_by) = &wanted.caught_by else {
        anyhow::bail!("which requirement must catch it? --caught-by <requirement>");
    };
    let patch = patch(repository, &reference, &copy)?;
    ensure!(!patch.is_empty(), "{copy} is the reference still; edit it first");
    let path = format!("solutions/{kata}/faults/{id}.patch");
    repository.write(&path, &format!("{}\n\ncaught-by: {caught_by}\n\n{patch}", wanted.thinking.trim()))?;
    fs::remove_dir_all(repository.path(&copy))?;
    println!("{path}; see that it is caught: cargo kata verify {kata}");
    Ok(())
}

/// A unified diff of all files that differ.
fn patch(repository: &Repository, reference: &str, copy: &str) -> Result<String> {
    let mut text = String::new();
    for file in repository.files_below(reference) {
        let inner = inner(&file, reference);
        let (before, after) = (repository.text(&file)?, repository.text(&format!("{copy}/{inner}"))?);
        if before != after {
            let mut options = DiffOptions::new();
            options
                .set_original_filename(format!("a/src/{inner}"))
                .set_modified_filename(format!("b/src/{inner}"));
            text += &options.create_patch(&before, &after).to_string();
        }
    }
    Ok(text)
}

/// The path of `file` within `folder`.
fn inner<'a>(file: &'a str, folder: &str) -> &'a str {
    file.strip_prefix(folder).map_or(file, |inner| inner.trim_start_matches('/'))
}
