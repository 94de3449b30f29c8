//! `export`: a git repository for learners. Branch `main` is a workspace with all katas started; branch `solutions` has the
//! references in their place. Neither holds suites or faults.

use crate::repository::Repository;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes the repository to `to`.
pub(crate) fn run(repository: &Repository, to: &Path) -> Result<()> {
    let is_empty = fs::read_dir(to).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_empty, "{} is not empty; name a new folder", to.display());
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for id in repository.katas() {
        start(repository, to, &id)?;
    }
    settle_lock(to)?;
    fs::write(to.join("README.md"), readme(repository)?).context("cannot write README.md")?;
    git(to, &["init", "--quiet", "--initial-branch=main"])?;
    commit(to, "Start all katas")?;
    git(to, &["switch", "--quiet", "--create", "solutions"])?;
    for id in repository.katas() {
        let target = to.join(&id).join("src");
        fs::remove_dir_all(&target).with_context(|| format!("cannot clear {}", target.display()))?;
        copy_source(repository, &id, to)?;
    }
    commit(to, "Add the reference solutions")?;
    git(to, &["switch", "--quiet", "main"])?;
    println!("{}: branches main and solutions", to.display());
    Ok(())
}

/// Starts one kata in `to`, with the program as it is in this repository.
fn start(repository: &Repository, to: &Path, id: &str) -> Result<()> {
    let started = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "kata-cli", "--bin", "kata", "--manifest-path"])
        .arg(repository.path("Cargo.toml"))
        .args(["--", "start", id])
        .current_dir(to)
        .output()
        .context("cannot run cargo")?;
    if !started.status.success() {
        bail!("`kata start {id}` failed: {}", String::from_utf8_lossy(&started.stderr).trim());
    }
    Ok(())
}

/// Lets cargo drop what the katas do not use from the lock file, as it would at the first build.
fn settle_lock(to: &Path) -> Result<()> {
    let ran =
        Command::new(env!("CARGO")).args(["metadata", "--format-version", "1"]).current_dir(to).output();
    let ran = ran.context("cannot run cargo")?;
    ensure!(
        ran.status.success(),
        "cargo cannot read the workspace: {}",
        String::from_utf8_lossy(&ran.stderr).trim()
    );
    Ok(())
}

/// Copies the source of a reference over the stub's.
fn copy_source(repository: &Repository, id: &str, to: &Path) -> Result<()> {
    let folder = format!("solutions/{id}/src");
    for file in repository.files_below(&folder) {
        let inner = file.strip_prefix(&format!("solutions/{id}/")).unwrap_or(&file);
        let path = to.join(id).join(inner);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::copy(repository.path(&file), &path)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// What the exported repository says of itself.
fn readme(repository: &Repository) -> Result<String> {
    let mut text = "# Katas\n\nExercises in system design. Go to a folder, read its `BRIEF.md`, write its `src/lib.rs`, then run\n\
                    `cargo test` for the examples and `kata grade` for the rest.\n\n"
        .to_owned();
    for id in repository.katas() {
        let brief = repository.text(&format!("katas/{id}/BRIEF.md"))?;
        let title = brief.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']).to_owned();
        text += &format!("- [{title}]({id}/BRIEF.md)\n");
    }
    text += "\nThe branch `solutions` holds a right solution of each.\n";
    Ok(text)
}

fn commit(folder: &Path, message: &str) -> Result<()> {
    git(folder, &["add", "--all"])?;
    git(
        folder,
        &[
            "-c",
            "user.name=Kata",
            "-c",
            "user.email=kata@example.invalid",
            "commit",
            "--quiet",
            "-m",
            message,
        ],
    )
}

fn git(folder: &Path, arguments: &[&str]) -> Result<()> {
    let ran = Command::new("git").args(arguments).current_dir(folder).output().context("cannot run git")?;
    ensure!(
        ran.status.success(),
        "git {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&ran.stderr).trim()
    );
    Ok(())
}
