//! Processes come and go by the thousand, and leave nothing behind.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{answer, deliver, launch, start_node};
use hostile::Deed;
use kata_ports::wire::Event;
use kata_runner::{ChildHost, Mode};
use kata_sim::Host;
use std::time::Instant;

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Children of this process, dead ones included.
fn children() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .map(|children| children.split_whitespace().count())
        .sum()
}

fn lives_leave_nothing_behind(lives: usize) {
    let mut host = ChildHost::start(launch(), Mode::Isolated).unwrap();
    // With its spare processes.
    let one_life = |host: &mut ChildHost| {
        host.begin().unwrap();
        start_node(host, 0).unwrap();
        assert_eq!(answer(host, 0, Deed::Behave), Ok(42));
        deliver(host, 0, Event::Crash).unwrap();
        host.end().unwrap();
    };
    one_life(&mut host);
    let (descriptors, processes) = (open_descriptors(), children());
    let began = Instant::now();
    for _ in 0..lives {
        one_life(&mut host);
    }
    println!("{:?} for a life", began.elapsed() / lives as u32);
    assert_eq!((open_descriptors(), children()), (descriptors, processes));
    drop(host);
    assert_eq!(children(), 0);
}

// No other test belongs here: these count all children of the process that they run in.

#[test]
fn hundreds_of_lives_leave_nothing_behind() {
    lives_leave_nothing_behind(300);
}

#[test]
#[ignore = "takes a minute"]
fn ten_thousand_lives_leave_nothing_behind() {
    lives_leave_nothing_behind(10_000);
}
