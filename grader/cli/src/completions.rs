//! `kata completions`.

use crate::arguments::Arguments;
use crate::{Exit, Problem, terminal};
use clap::CommandFactory;
use clap_complete::{Shell, generate};

/// Prints the completions for `shell`.
pub(crate) fn run(shell: Shell) -> Result<Exit, Problem> {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "kata", &mut script);
    terminal::say(&String::from_utf8_lossy(&script));
    Ok(Exit::Passed)
}
