//! The sandbox as a program of its own, for this package's tests. The `kata` command is its own stub.

use std::process::ExitCode;

fn main() -> ExitCode {
    kata_runner::sandbox::stub_main(std::env::args_os().skip(1))
}
