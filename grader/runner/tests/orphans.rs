//! A process does not outlive its grader.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{begun, launch, start_node};
use kata_runner::Mode;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Not a test: what the next one starts and kills.
#[test]
#[ignore = "waits to be killed"]
fn a_grader_that_hangs() {
    let mut host = begun(launch(), Mode::Shared).unwrap();
    start_node(&mut host, 0).unwrap();
    println!("child {}", host.process_ids()[0]);
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_process_dies_with_its_grader() {
    use std::io::{BufRead, BufReader};
    let mut grader = Command::new(std::env::current_exe().unwrap())
        .args(["a_grader_that_hangs", "--exact", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(grader.stdout.take().unwrap()).lines();
    let child = lines
        .map_while(Result::ok)
        .find_map(|line| line.rsplit_once("child ").map(|(_, pid)| pid.to_owned()))
        .unwrap();
    let process = PathBuf::from("/proc").join(child);
    assert!(process.exists());
    grader.kill().unwrap();
    grader.wait().unwrap();
    let began = Instant::now();
    while process.exists() {
        assert!(began.elapsed() < Duration::from_secs(5), "it lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}
