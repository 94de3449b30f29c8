//! The `kata` command with the clients of real services: all that `kata` does, and level `integration`.
//!
//! A program of its own, so that nobody waits for these clients who does not use them.

mod services;

use std::process::ExitCode;

fn main() -> ExitCode {
    let registry = kata_cli::public_katas().with_integration(Box::new(services::RealServices));
    kata_cli::run(&registry, std::env::args_os())
}
