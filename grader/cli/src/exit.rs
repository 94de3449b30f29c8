//! Exit codes: one per cause, so that scripts can tell them apart.

use kata_check::Verdict;
use std::process::ExitCode;

/// How the program ends. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for passed or was done.
    Passed = 0,
    /// A requirement failed; or `verify` met a surprise; or `doctor` found something broken.
    Failed = 1,
    /// What was asked makes no sense: an unknown kata, a corrupt `kata.toml`. Also clap's code.
    Usage = 2,
    /// Nothing failed, but a requirement could not be judged. Grading again may help.
    Inconclusive = 3,
    /// The submission does not build.
    DoesNotBuild = 4,
    /// Kata itself, or the machine, failed.
    Ours = 5,
}

impl Exit {
    /// The exit that a program of ours ended with.
    pub(crate) fn of_code(code: i32) -> Option<Exit> {
        use Exit::{DoesNotBuild, Failed, Inconclusive, Ours, Passed, Usage};
        [Passed, Failed, Usage, Inconclusive, DoesNotBuild, Ours]
            .into_iter()
            .find(|exit| *exit as i32 == code)
    }
}

/// What `kata --help` says of exit codes.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  passed      everything asked for passed or was done
  1  failed      a requirement failed, verify met a surprise, doctor found something broken
  2  usage       an unknown kata, a wrong option, a corrupt kata.toml
  3  unclear     nothing failed, but a requirement was inconclusive; grade again
  4  no build    the submission does not build
  5  our fault   Kata itself or this machine failed";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Exit {
        match verdict {
            Verdict::Pass | Verdict::Missed | Verdict::Skipped => Exit::Passed,
            Verdict::Fail => Exit::Failed,
            Verdict::Inconclusive => Exit::Inconclusive,
        }
    }
}
