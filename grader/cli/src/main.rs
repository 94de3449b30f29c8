//! The `kata` program with the public katas. Level `integration` is `kata-integration`'s, which links the services' clients.

use std::process::ExitCode;

fn main() -> ExitCode {
    kata_cli::run(&kata_cli::public_katas(), std::env::args_os())
}
