//! The command line.

use crate::exit::EXIT_CODES;
use clap::{Args, Parser, Subcommand};
use kata_check::Level;
use kata_check::linearizability::Budget;
use kata_check::recording::Model;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Practise system design against a datacentre that misbehaves.
///
/// Start with `kata list`, then `kata start first-steps`.
#[derive(Debug, Parser)]
#[command(name = "kata", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What there is to practise, and how far you are
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// The brief of a kata, or the story of a requirement
    Show {
        /// A kata, a requirement, or a kata and one of its requirements; here by default
        #[arg(value_name = "KATA|REQUIREMENT", num_args = 0..=2)]
        what: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a crate of your own, in the workspace around here or in a new one
    Start {
        /// The kata
        kata: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Judge a solution
    Grade(Grade),
    /// The last grade as an HTML page, with the runs that failed drawn
    Report(Report),
    /// Several solutions of one kata side by side: verdicts, latencies, cost
    Compare(Compare),
    /// The next hint of a requirement; without one, of the first that failed
    Hint {
        /// The requirement, or a kata and its requirement
        #[arg(value_name = "KATA|REQUIREMENT", num_args = 0..=2)]
        what: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Go back to the stub; your files are kept in a backup
    Reset {
        /// The kata
        kata: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// For authors: run stub, reference, alternatives and faults, and compare with what they should do
    Verify(Verify),
    /// Judge a history recorded anywhere: is it linearizable?
    Check(Check),
    /// What works on this machine, and what to do about what does not
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove the containers that a grading on real services left behind when it was killed
    Clean {
        /// Also those of gradings under way, or of other machines that use the same engine
        #[arg(long)]
        all: bool,
    },
    /// Completions for a shell, on standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `kata grade`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Grade {
    /// A kata of this workspace or the folder of a solution; here by default
    #[arg(value_name = "KATA|PATH")]
    pub(crate) target: Option<String>,
    /// Only this stage
    #[arg(long)]
    pub(crate) stage: Option<String>,
    /// Only this level: acceptance, concurrency, faults, scale, or integration, which is judged on demand only
    #[arg(long)]
    pub(crate) level: Option<Level>,
    /// Real services that run already, for level integration: postgres://.., redis://.. or nats://..; the others are started in
    /// containers
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) services: Vec<String>,
    /// Only these requirements
    #[arg(long, value_name = "REQUIREMENT", num_args = 1..)]
    pub(crate) only: Vec<String>,
    /// All stages, also behind one that fails
    #[arg(long)]
    pub(crate) all: bool,
    /// What everything random comes from
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// Run again the one run that a failure was shown with
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["stage", "level", "only", "all"])]
    pub(crate) replay: Option<String>,
    /// How many requirements are judged at once: as many as there are cores by default. Changes no verdict
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Lift the limits on time and memory and show the process to attach a debugger to
    #[arg(long)]
    pub(crate) debug: bool,
    /// Grade again whenever a file changes
    #[arg(long, conflicts_with = "json")]
    pub(crate) watch: bool,
    /// Print JSON; judges all stages
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kata report`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Shows what `kata grade` found last, so grade first. Where no grade is kept (outside a workspace, or before the \
                        first), it grades by itself, as `kata grade` would."
)]
pub(crate) struct Report {
    /// A kata of this workspace or the folder of a solution; here by default
    #[arg(value_name = "KATA|PATH")]
    pub(crate) target: Option<String>,
    /// The file to write; beside the kept grade (.kata/last/<kata>.html) by default, or <kata>.html here if none is kept
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Run this one run again and draw it, instead of the last grade
    #[arg(long, value_name = "TOKEN")]
    pub(crate) replay: Option<String>,
    /// Open the page in the browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Print JSON: where the page is and whether it is current
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kata compare`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Judges all stages of every solution and keeps no grade. Exits with 1 if any of them fails a requirement."
)]
pub(crate) struct Compare {
    /// The solutions: katas of this workspace or folders, two or more of one kata
    #[arg(value_name = "KATA|PATH", num_args = 2.., required = true)]
    pub(crate) targets: Vec<String>,
    /// Only this stage
    #[arg(long)]
    pub(crate) stage: Option<String>,
    /// Only this level: acceptance, concurrency, faults, scale
    #[arg(long)]
    pub(crate) level: Option<Level>,
    /// Only these requirements
    #[arg(long, value_name = "REQUIREMENT", num_args = 1..)]
    pub(crate) only: Vec<String>,
    /// What everything random comes from
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// How many requirements are judged at once: as many as there are cores by default. Changes no verdict
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Also draw the comparison into this file, as HTML
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The seed of a grade unless one is given: the same for everybody, so that two people see the same failure.
pub(crate) const DEFAULT_SEED: u64 = 1;

/// `kata check`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Check {
    /// The history, an operation a line (docs/histories.md), or as Jepsen writes it
    pub(crate) history: PathBuf,
    /// What it is a history of: register, kv, counter, set, queue, lock, lease, log
    #[arg(long)]
    pub(crate) model: Model,
    /// What a register, or every key of a kv, holds in the beginning, as JSON; nothing by default
    #[arg(long, value_name = "JSON")]
    pub(crate) initial: Option<String>,
    /// How much work to do before giving up
    #[arg(long, default_value_t = Budget::default().steps)]
    pub(crate) steps: u64,
    /// Draw the history into this file, as HTML
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kata verify`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Verify {
    /// The katas; all by default
    pub(crate) katas: Vec<String>,
    /// Seeds to try, for a flake rate
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) runs: u64,
    /// Record the matrix, and what the reference measures, as right
    #[arg(long, conflicts_with = "only")]
    pub(crate) bless: bool,
    /// Build and judge only this variant; may be given several times
    #[arg(long, value_name = "VARIANT")]
    pub(crate) only: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
