//! Where a graded process is locked in.
//!
//! The runner does not start a submission itself: it starts a *stub*, which gives up everything that the submission
//! must not have and then becomes the submission (`exec`). So no code runs between `fork` and `exec` in the many-threaded
//! grader, and what a submission may do is written in one place: [`stub_main`].
//!
//! What a system lacks is left out; [`Protection`] says what that is.

mod descriptors;
#[cfg(target_os = "linux")]
mod files;
mod limits;
mod protection;
#[cfg(target_os = "linux")]
mod system_calls;

pub use protection::{Measure, Protection};

use crate::limits::Limits;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The descriptor of the link in a child that went through the stub.
pub(crate) const LINK_FD: i32 = 3;

/// What the stub writes before its reason when it could not start the submission.
pub(crate) const STUB_SAYS: &str = "kata sandbox: ";

/// The stub's exit code when it could not start the submission.
pub(crate) const STUB_FAILED: u8 = 125;

/// The program that runs [`stub_main`], and the arguments that make it do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxStub {
    /// The program.
    pub program: PathBuf,
    /// Its first arguments; the runner appends those of [`stub_main`].
    pub args: Vec<OsString>,
}

impl SandboxStub {
    /// The running program itself, called with `argument` alone in front.
    pub fn current_exe(argument: &str) -> io::Result<SandboxStub> {
        // On Linux by the name that stays valid when the program's file is replaced while it runs.
        let program =
            if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
        Ok(SandboxStub { program, args: vec![argument.into()] })
    }

    /// A command that starts `program` in the sandbox; the caller adds the program's own arguments.
    pub(crate) fn command(&self, program: &std::path::Path, limits: &Limits) -> Command {
        let mut command = Command::new(&self.program);
        let numbers = [limits.memory_mib, limits.cpu_s_total, u64::from(std::process::id())];
        command.args(&self.args).args(numbers.map(|number| number.to_string())).arg(program);
        command
    }
}

/// Locks this process in and becomes a submission.
///
/// `args` are what the runner passed after [`SandboxStub::args`]: mebibytes of memory, seconds of CPU time (0: no limit), the
/// grader's process id, the program, its arguments. The link is expected as standard input. Returns only on failure.
pub fn stub_main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Err(why) = become_submission(args.into_iter().collect());
    eprintln!("{STUB_SAYS}{why}");
    ExitCode::from(STUB_FAILED)
}

fn become_submission(args: Vec<OsString>) -> Result<std::convert::Infallible, String> {
    let [memory_mib, cpu_s, grader, program, args @ ..] = args.as_slice() else {
        return Err("started by hand: it is the grader's to start".to_owned());
    };
    die_with(number(grader)?)?;
    descriptors::arrange().map_err(|error| format!("the link cannot be passed on: {error}"))?;
    std::env::set_current_dir("/").map_err(|error| format!("no root directory: {error}"))?;
    // Leaves the grader's terminal and process group: a Ctrl-C is the grader's to handle. Fails if it has left already.
    let _ = rustix::process::setsid();
    limits::apply(number(memory_mib)?, number(cpu_s)?)?;
    #[cfg(target_os = "linux")]
    {
        limits::fix_addresses();
        files::restrict(program.as_ref())?;
        system_calls::restrict()?;
    }
    let error = Command::new(program).args(args).env_clear().exec();
    Err(format!("{} does not start: {error}", program.to_string_lossy()))
}

fn number(text: &OsString) -> Result<u64, String> {
    text.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| format!("{text:?} is no number"))
}

/// The submission must not outlive the grader, however that ends.
#[cfg(target_os = "linux")]
fn die_with(grader: u64) -> Result<(), String> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| error.to_string())?;
    // If it died before that, nobody will tell.
    let parent = getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    if u64::try_from(parent) == Ok(grader) { Ok(()) } else { Err("the grader is gone".to_owned()) }
}

/// The link's end notices when the grader is gone.
#[cfg(not(target_os = "linux"))]
fn die_with(_grader: u64) -> Result<(), String> {
    Ok(())
}
