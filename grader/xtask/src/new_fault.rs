//! `new-fault`: turns an edited copy of the reference into a patch.

use crate::repository::Repository;
use anyhow::{Context, Result, ensure};
use clap::Args;
use diffy::DiffOptions;
use std::fs;
use std::path::{Path, PathBuf};

/// What fault to make.
#[derive(Args)]
pub(crate) struct Wanted {
    /// The kata
    kata: String,
    /// The fault: what the program does wrong, in snake case
    id: String,
    /// The edited copy of the reference's `src`
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The requirement that must catch it
    #[arg(long, value_name = "REQUIREMENT", default_value = "")]
    caught_by: String,
    /// What the learner was thinking
    #[arg(long, default_value = "Say here what the learner was thinking.")]
    thinking: String,
}

/// Writes the patch.
pub(crate) fn run(repository: &Repository, wanted: &Wanted) -> Result<()> {
    let Wanted { kata, id, from, caught_by, thinking } = wanted;
    ensure!(repository.katas().contains(kata), "there is no kata {kata}");
    let path = format!("solutions/{kata}/faults/{id}.patch");
    ensure!(!repository.path(&path).exists(), "{path} is there already; name another fault");
    let patch = patch(repository, &format!("solutions/{kata}/src"), from)?;
    ensure!(!patch.is_empty(), "{} is the reference still; edit it first", from.display());
    repository.write(&path, &format!("{}\n\ncaught-by: {caught_by}\n\n{patch}", thinking.trim()))?;
    println!("{path}: complete its head, then see that it is caught: cargo kata verify {kata}");
    Ok(())
}

/// A unified diff of all files of the reference that differ in `edited`.
fn patch(repository: &Repository, reference: &str, edited: &Path) -> Result<String> {
    let mut text = String::new();
    for file in repository.files_below(reference) {
        let inner = file.strip_prefix(reference).map_or(file.as_str(), |inner| inner.trim_start_matches('/'));
        let copy = edited.join(inner);
        let after = fs::read_to_string(&copy)
            .with_context(|| format!("cannot read {}; --from takes a copy of {reference}", copy.display()))?;
        let before = repository.text(&file)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_differ_are_patched() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::at(folder.path());
        repository.write("solutions/a/src/lib.rs", "//! A.\nfn one() -> u8 {\n    1\n}\n").unwrap();
        repository.write("solutions/a/src/main.rs", "fn main() {}\n").unwrap();
        repository.write("edited/lib.rs", "//! A.\nfn one() -> u8 {\n    2\n}\n").unwrap();
        repository.write("edited/main.rs", "fn main() {}\n").unwrap();
        let patch = patch(&repository, "solutions/a/src", &repository.path("edited")).unwrap();
        assert_eq!(
            patch,
            "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1,4 +1,4 @@\n //! A.\n fn one() -> u8 {\n-    1\n+    2\n }\n"
        );
    }
}
