//! Level `integration`: real services instead of models.
//!
//! The services' clients take long to compile and most gradings need none of them, so they live in a program of their own, which is
//! this one and more. `kata` starts it in its place when it is asked for what only that program can do.

use crate::hosts::Children;
use crate::workspace::Workspace;
use crate::{Exit, Problem, Session, repository, terminal};
use kata_check::{Judgement, Level, Verdict};
use kata_report::doctor::Finding;
use kata_runner::Launch;
use kata_sim::{Host, Hosts, Requirement};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that can judge this level.
const PROGRAM: &str = "kata-integration";

/// Judges requirements on real services.
pub trait Integration {
    /// Makes the services ready.
    fn begin(&self, settings: &IntegrationSettings) -> Result<Box<dyn Running>, IntegrationError>;

    /// What `kata doctor` says of engine, images and services.
    fn findings(&self, settings: &IntegrationSettings) -> Result<Vec<Finding>, IntegrationError>;

    /// Removes what gradings have left behind and returns what that was; with `all` also what others may be using.
    fn clean(&self, all: bool) -> Result<Vec<String>, IntegrationError>;
}

/// Services that are ready.
pub trait Running {
    /// Judges one requirement.
    fn judge(
        &self,
        host: &mut dyn Host,
        requirement: &Requirement,
        seed: u64,
    ) -> Result<Judgement, IntegrationError>;

    /// Removes everything.
    fn end(self: Box<Self>);
}

/// Why nothing is judged on real services. Each is one sentence.
#[derive(Debug)]
pub enum IntegrationError {
    /// There are no services: the level is skipped.
    Unavailable(String),
    /// The settings make no sense.
    Settings(String),
    /// Kata or the machine failed.
    Ours(String),
}

/// What a user may choose, in `kata.toml`. The environment and the command line add to it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IntegrationSettings {
    /// Images by server: postgres, redis, nats.
    pub images: BTreeMap<String, String>,
    /// When to pull images: missing, never, always.
    pub pull: Option<String>,
    /// Addresses of servers that already run.
    pub services: Vec<String>,
}

impl From<IntegrationError> for Problem {
    fn from(error: IntegrationError) -> Problem {
        match error {
            IntegrationError::Settings(why) => Problem::usage(why),
            IntegrationError::Unavailable(why) | IntegrationError::Ours(why) => Problem::ours(why),
        }
    }
}

/// The settings around here, with these services.
pub(crate) fn settings(session: &Session<'_>, services: &[String]) -> Result<IntegrationSettings, Problem> {
    let mut settings =
        Workspace::around(&session.here)?.map(|workspace| workspace.integration).unwrap_or_default();
    settings.services.extend_from_slice(services);
    Ok(settings)
}

/// Judges requirements of level `integration`, one after the other. Without services they are skipped, and a line says why.
pub(crate) fn judge(
    session: &Session<'_>,
    services: &[String],
    launch: &Launch,
    requirements: &[&Requirement],
    seed: u64,
) -> Result<Vec<Judgement>, Problem> {
    if requirements.is_empty() {
        return Ok(Vec::new());
    }
    let judges = session.registry.integration();
    let judges = judges.ok_or_else(|| Problem::ours(format!("only {PROGRAM} judges level integration")))?;
    let spinner = terminal::spinner();
    spinner.set_message("starting services");
    let begun = judges.begin(&settings(session, services)?);
    spinner.finish_and_clear();
    let running = match begun {
        Ok(running) => running,
        Err(IntegrationError::Unavailable(why)) => {
            terminal::note(&format!("level integration is skipped: {why}\n"));
            return Ok(requirements
                .iter()
                .map(|requirement| requirement.judgement(Verdict::Skipped))
                .collect());
        }
        Err(error) => return Err(error.into()),
    };
    let mut children = Children::start(launch)?;
    let bar = terminal::progress(requirements.len() as u64);
    let judged = requirements.iter().map(|requirement| {
        bar.set_message(requirement.id);
        let judgement = running.judge(children.isolated(), requirement, seed);
        bar.inc(1);
        judgement.map_err(Problem::from)
    });
    let judged = judged.collect();
    bar.finish_and_clear();
    running.end();
    judged
}

/// Whether a requirement needs real services.
pub(crate) fn needs_services(requirement: &Requirement) -> bool {
    requirement.level == Level::Integration
}

/// Runs this same command in the program that can do it, if this one cannot. Nothing if it can.
pub(crate) fn instead(session: &Session<'_>) -> Option<Result<Exit, Problem>> {
    session.registry.integration().is_none().then(|| run(session))
}

fn run(session: &Session<'_>) -> Result<Exit, Problem> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut command = match repository::around(&session.here) {
        Some(root) => built_on_demand(&root),
        None => Command::new(beside_or_on_path()),
    };
    match command.args(&arguments).current_dir(&session.here).status() {
        Ok(status) => Ok(status.code().and_then(Exit::of_code).unwrap_or(Exit::Ours)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Problem::usage(format!(
            "real services are {PROGRAM}'s business, which is not installed: `cargo install --path grader/integration` in Kata's \
             repository installs it"
        ))),
        Err(error) => Err(Problem::ours(format!("{PROGRAM} cannot be started: {error}"))),
    }
}

/// In the repository the program is built from what stands there.
fn built_on_demand(root: &Path) -> Command {
    if !root.join("target/debug").join(PROGRAM).exists() {
        terminal::note("building the clients of the real services; this takes a minute or two, once\n");
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", PROGRAM, "--manifest-path"]).arg(root.join("Cargo.toml"));
    command.arg("--");
    command
}

fn beside_or_on_path() -> PathBuf {
    beside().unwrap_or_else(|| PathBuf::from(PROGRAM))
}

/// The program, if it stands beside this one.
pub(crate) fn beside() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name(PROGRAM);
    path.exists().then_some(path)
}
