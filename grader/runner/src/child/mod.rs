//! One graded process: started, stepped frame by frame, watched, and always killed and reaped.

mod frames;
mod last_words;
mod process;
mod vital_signs;
mod watch;

pub(crate) use last_words::BYTES as LAST_WORDS_BYTES;
pub(crate) use process::Process;

use crate::limits::Limits;
use crate::sandbox::SandboxStub;
use kata_ports::wire::Role;
use std::path::PathBuf;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program: a solution built with `kata::main!`.
    pub executable: PathBuf,
    /// Which variant of a program that holds several.
    pub variant: Option<String>,
    /// The contracts that the suite was written for. The process must implement these and no others.
    pub roles: Vec<Role>,
    /// What it may use.
    pub limits: Limits,
    /// What locks it in. Without it the process is only watched, which is for the grader's own tests.
    pub sandbox: Option<SandboxStub>,
    /// How frames travel.
    pub transport: Transport,
}

/// How frames travel between the grader and a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Shared memory, where there is any; else as `Socket`.
    #[default]
    Mailbox,
    /// A pair of Unix sockets.
    Socket,
}
