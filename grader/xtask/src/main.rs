//! Chores of this repository: `cargo xtask new-kata | new-fault | tidy | export`.

mod export;
mod new_fault;
mod new_kata;
mod repository;
mod tidy;

use anyhow::Result;
use clap::{Parser, Subcommand};
use repository::Repository;
use std::path::PathBuf;

/// Chores of the Kata repository.
#[derive(Parser)]
#[command(name = "xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Lay out a new kata: contract, template, reference, suite, and the lines that make it known
    NewKata {
        /// Its id, in kebab case
        id: String,
    },
    /// Turn an edited copy of the reference into a fault
    NewFault(new_fault::Wanted),
    /// Check the rules of this repository
    Tidy,
    /// Write a git repository with a branch for learners and a branch `solutions` with the references
    Export {
        /// An empty or new folder outside this repository
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

fn main() -> Result<()> {
    let repository = Repository::here();
    match Arguments::parse().chore {
        Chore::NewKata { id } => new_kata::run(&repository, &id),
        Chore::NewFault(wanted) => new_fault::run(&repository, &wanted),
        Chore::Tidy => tidy::run(&repository),
        Chore::Export { to } => export::run(&repository, &to),
    }
}
