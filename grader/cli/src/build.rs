//! A solution's program, and how it is started.

use crate::{Exit, Problem, SANDBOX, terminal};
use kata_ports::wire::Role;
use kata_runner::sandbox::SandboxStub;
use kata_runner::{BuildError, BuildEvent, BuildOptions, Built, Launch, Limits, Profile, Transport};
use kata_sim::Suite;
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

/// Builds a solution of the kata of `suite` with `build`, showing what is under way. The compiler's words are shown only if there is no program in the end.
pub(crate) fn with_progress<E>(
    suite: &Suite,
    build: impl FnOnce(BuildOptions, &mut dyn FnMut(BuildEvent<'_>)) -> Result<Built, E>,
    explain: impl FnOnce(E) -> Problem,
) -> Result<Built, Problem> {
    let profile = Profile::of(suite.is_native());
    let options = BuildOptions { colour: stderr().is_terminal(), offline: false, profile };
    let bar = terminal::spinner();
    let mut diagnostics = String::new();
    let built = build(options, &mut |event| match event {
        BuildEvent::Compiled { package } => bar.set_message(format!("compiling {package}")),
        BuildEvent::Diagnostic { rendered } => diagnostics += rendered,
    });
    bar.finish_and_clear();
    built.map_err(|error| {
        terminal::note(&diagnostics);
        explain(error)
    })
}

/// Why there is no program, and whose doing that is.
pub(crate) fn problem(error: BuildError) -> Problem {
    let exit = match error {
        BuildError::DoesNotCompile { .. } | BuildError::Cargo { .. } => Exit::DoesNotBuild,
        BuildError::NoCargo => Exit::Usage,
        BuildError::NoNetwork { .. } | BuildError::Io(_) => Exit::Ours,
    };
    Problem { exit, sentence: error.to_string() }
}

/// How to start a program that solves the kata of `suite`.
pub(crate) fn launch(
    executable: PathBuf,
    variant: Option<String>,
    suite: &Suite,
    limits: Limits,
) -> Result<Launch, Problem> {
    let sandbox = SandboxStub::current_exe(SANDBOX)
        .map_err(|error| Problem::ours(format!("this program cannot find itself: {error}")))?;
    let (contract, hash) = suite.contract;
    let roles = vec![Role { contract: contract.to_owned(), hash }];
    Ok(Launch { executable, variant, roles, limits, sandbox: Some(sandbox), transport: Transport::default() })
}
