//! `kata doctor`.

use crate::workspace::Workspace;
use crate::{Exit, Problem, Session, embedded, integration, repository, terminal};
use kata_report::doctor::{self, Finding, State};
use kata_runner::sandbox::{Measure, Protection};
use std::path::Path;
use std::process::Command;

/// Looks at the tools, the sandbox and the workspace.
pub(crate) fn run(session: &Session<'_>, json: bool) -> Result<Exit, Problem> {
    let mut findings = vec![tool("cargo"), tool("rustc")];
    findings.extend(protections(&Protection::of_this_machine()));
    findings.push(link());
    findings.push(workspace(&session.here));
    match session.registry.integration() {
        Some(judges) => findings.extend(judges.findings(&integration::settings(session, &[])?)?),
        None => findings.push(no_integration()),
    }
    let text = if json { doctor::json(&findings) } else { doctor::findings(&findings, session.theme) };
    terminal::say(&text);
    let is_broken = findings.iter().any(|finding| finding.state == State::Broken);
    Ok(if is_broken { Exit::Failed } else { Exit::Passed })
}

/// What is said of real services by a program that has no clients of theirs.
fn no_integration() -> Finding {
    let (state, found) = match integration::beside() {
        Some(_) => (State::Good, "`kata-integration doctor` looks at engine, images and services"),
        None => (State::Missing, "kata-integration is not there"),
    };
    let advice = "`kata grade --level integration` builds it in Kata's repository; elsewhere it is installed from there";
    finding("integration", state, found, (state == State::Missing).then_some(advice))
}

fn finding(what: &str, state: State, found: impl Into<String>, advice: Option<&str>) -> Finding {
    Finding { what: what.to_owned(), state, found: found.into(), advice: advice.map(str::to_owned) }
}

/// A tool of Rust's and its version.
fn tool(name: &str) -> Finding {
    match Command::new(name).arg("--version").output() {
        Ok(version) if version.status.success() => {
            let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
            finding(name, State::Good, version.trim_start_matches(name).trim_start(), None)
        }
        _ => finding(name, State::Broken, "is not there", Some("install Rust from https://rustup.rs")),
    }
}

/// What the sandbox can do here, a line each.
fn protections(protection: &Protection) -> Vec<Finding> {
    let look = |measure: Measure| match protection.missing().iter().find(|(missing, _)| *missing == measure) {
        None => finding("sandbox", State::Good, measure.to_string(), None),
        Some((_, why)) => finding(
            "sandbox",
            State::Missing,
            format!("not: {measure} ({why})"),
            Some("grade only programs that you would run yourself"),
        ),
    };
    Measure::ALL.into_iter().map(look).collect()
}

/// How frames travel to a graded process.
fn link() -> Finding {
    if cfg!(target_os = "linux") {
        finding("link", State::Good, "shared memory", None)
    } else {
        finding("link", State::Missing, "Unix socket", Some("grading takes longer than on Linux"))
    }
}

/// The workspace around `here`, and whether it is whole.
fn workspace(here: &Path) -> Finding {
    match Workspace::around(here) {
        Err(problem) => finding("workspace", State::Broken, problem.sentence, None),
        Ok(Some(workspace)) if !workspace.sources().exists() => finding(
            "workspace",
            State::Missing,
            format!("{} was not made with version {}", workspace.root.display(), embedded::VERSION),
            Some("`kata reset <kata>` moves a crate to this version; copy your work back from the backup"),
        ),
        Ok(Some(workspace)) => finding("workspace", State::Good, workspace.root.display().to_string(), None),
        Ok(None) => match repository::around(here) {
            Some(root) => {
                finding("workspace", State::Good, format!("Kata's own repository, {}", root.display()), None)
            }
            None => finding("workspace", State::Missing, "none here", Some("`kata start <kata>` makes one")),
        },
    }
}
