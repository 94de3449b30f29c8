//! The `kata` command as a library: [`run`] with a [`Registry`] of katas, so that others can build a program with
//! private katas in it.
//!
//! Each command is a file; `session` is what they share. What people read is written in `kata-report`.

mod arguments;
mod build;
mod check;
mod clean;
mod compare;
mod completions;
mod doctor;
mod embedded;
mod exit;
mod faults;
mod files;
mod gitignore;
mod grade;
mod hint;
mod hosts;
mod integration;
mod judging;
mod katas;
mod last;
mod list;
mod problem;
mod progress;
mod receipt;
mod references;
mod registry;
mod report;
mod repository;
mod reset;
mod session;
mod show;
mod start;
mod target;
mod terminal;
mod verify;
mod watch;
mod workspace;

pub use exit::Exit;
pub use faults::KnownFaults;
pub use integration::{Integration, IntegrationError, IntegrationSettings, Running};
pub use katas::public_katas;
pub use problem::Problem;
pub use references::RecordedFigures;
pub use registry::{Kata, Registry};

use arguments::{Arguments, Command};
use clap::Parser;
use session::Session;
use std::ffi::OsString;
use std::process::ExitCode;

/// The first argument that turns this program into the shell of a sandbox.
const SANDBOX: &str = "__sandbox";

/// Runs the command in `arguments`, whose first is the program's name, with these katas.
///
/// Must be the first thing that `main` does: the runner starts this same program as the outer shell of a sandbox.
pub fn run(registry: &Registry, arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    if arguments.get(1).is_some_and(|first| first == SANDBOX) {
        return kata_runner::sandbox::stub_main(arguments.into_iter().skip(2));
    }
    let parsed = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are not problems, and go to standard output.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Passed.into() };
        }
    };
    match dispatch(registry, parsed.command) {
        Ok(exit) => exit.into(),
        Err(problem) => {
            terminal::note(&format!("kata: {problem}\n"));
            problem.exit.into()
        }
    }
}

fn dispatch(registry: &Registry, command: Command) -> Result<Exit, Problem> {
    let here = std::env::current_dir()
        .map_err(|error| Problem::usage(format!("this folder is gone ({error}); go to another")))?;
    let session = Session { registry, here, theme: terminal::theme() };
    match command {
        Command::List { json } => list::run(&session, json),
        Command::Show { what, json } => show::run(&session, &what, json),
        Command::Start { kata, json } => start::run(&session, &kata, json),
        Command::Grade(wanted) => grade::run(&session, &wanted),
        Command::Hint { what, json } => hint::run(&session, &what, json),
        Command::Report(wanted) => report::run(&session, &wanted),
        Command::Reset { kata, json } => reset::run(&session, &kata, json),
        Command::Verify(wanted) => verify::run(&session, &wanted),
        Command::Compare(wanted) => compare::run(&session, &wanted),
        Command::Check(wanted) => check::run(&session, &wanted),
        Command::Doctor { json } => doctor::run(&session, json),
        Command::Clean { all } => clean::run(&session, all),
        Command::Completions { shell } => completions::run(shell),
    }
}
