//! The receipt of a grade: everything it takes to repeat it, as hashes and versions.

use crate::{Problem, embedded};
use kata_check::Receipt;
use kata_runner::{ContentHash, Submission};
use kata_sim::{Requirement, Suite};
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};

/// What a grade is made with.
pub(crate) struct Tools {
    grader: String,
    toolchain: String,
}

impl Tools {
    /// Begins to identify them, which takes about as long as to build a small crate: it can be done meanwhile.
    pub(crate) fn identify() -> JoinHandle<Result<Tools, Problem>> {
        thread::spawn(|| Ok(Tools { grader: grader()?, toolchain: toolchain()? }))
    }
}

/// The receipt of a grade.
pub(crate) fn receipt(
    tools: Tools,
    submission: &Submission,
    suite: &Suite,
    selected: &[&Requirement],
    seed: u64,
) -> Result<Receipt, Problem> {
    let unreadable = |error| Problem::file("read", &submission.folder, &error);
    let mut receipt = Receipt::default();
    let mut enter = |name: &str, value: String| receipt.0.insert(name.to_owned(), value);
    enter("submission", submission.content_hash().map_err(unreadable)?.to_string());
    enter("contract", contract(suite));
    enter("suite", suite_hash(suite));
    enter("grader", tools.grader);
    enter("grader-version", embedded::VERSION.to_owned());
    enter("toolchain", tools.toolchain);
    enter("lockfile", hash_of(&submission.workspace.join("Cargo.lock"))?);
    enter("seed", seed.to_string());
    enter("budget", budget(selected));
    Ok(receipt)
}

/// The hash over the contract's wire shape, as people read it.
pub(crate) fn contract(suite: &Suite) -> String {
    format!("{:016x}", suite.contract.1)
}

/// A hash over what is judged, and how much is spent on it.
fn suite_hash(suite: &Suite) -> String {
    let told: String = suite
        .requirements
        .iter()
        .map(|one| format!("{} {} {} {} {:?}\n", one.id, one.stage, one.level, one.points, one.budget))
        .collect();
    ContentHash::of_bytes(format!("{}\n{told}", suite.kata).as_bytes()).to_string()
}

/// A hash over this very program, suites included.
fn grader() -> Result<String, Problem> {
    let program = std::env::current_exe()
        .map_err(|error| Problem::ours(format!("this program cannot find itself: {error}")))?;
    hash_of(&program)
}

fn hash_of(path: &Path) -> Result<String, Problem> {
    let hash = ContentHash::of_file(path).map_err(|error| Problem::file("read", path, &error))?;
    Ok(hash.to_string())
}

/// The compiler, in its own words: `rustc 1.95.0 (..)`.
fn toolchain() -> Result<String, Problem> {
    let missing = |_| Problem::usage("there is no rustc; install Rust from https://rustup.rs");
    let version = Command::new("rustc").arg("--version").output().map_err(missing)?;
    Ok(String::from_utf8_lossy(&version.stdout).trim().to_owned())
}

fn budget(selected: &[&Requirement]) -> String {
    let schedules: u64 = selected.iter().map(|requirement| requirement.budget.schedules).sum();
    let sweeps: usize = selected.iter().map(|requirement| requirement.budget.sweeps.len()).sum();
    format!("{schedules} schedules and {sweeps} sweeps of {} requirements", selected.len())
}
