//! Batches: the only place where a submission's code runs on several threads and is timed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Nobody, begun, launch, start_node};
use hostile::{Config, Deed, HostileContract};
use kata::runtime::role;
use kata_ports::wire::{Act, Delivery, Event, Violation};
use kata_ports::{Caller, NodeId, Time};
use kata_runner::{ChildHost, Limits, Mode};
use kata_sim::host::{Contestant, TimedBatch};
use kata_sim::{Host, HostError};
use std::time::{Duration, Instant};

/// Deeds for `act_at_once`, the second method of the trait.
fn batch(deeds: &[Deed]) -> Delivery {
    let calls = deeds.iter().map(|deed| postcard::to_stdvec(&(deed,)).unwrap()).collect();
    let event = Event::Batch { method: 1, caller: Caller::default(), calls };
    Delivery { node: NodeId(0), now: Time::from_secs(1_800_000_000), event }
}

fn host() -> ChildHost {
    let mut host = begun(launch(), Mode::Shared).unwrap();
    start_node(&mut host, 0).unwrap();
    host
}

fn timed(
    host: &mut ChildHost,
    contestant: Contestant<'_>,
    deeds: &[Deed],
) -> Result<(Duration, Vec<Act>), HostError> {
    let delivery = batch(deeds);
    let mut acts = Vec::new();
    let batch = TimedBatch { delivery: &delivery, contestant, cpu_max: Duration::from_secs(3) };
    host.deliver_batch(&batch, &mut acts).map(|took| (took, acts))
}

fn results(acts: &[Act]) -> Vec<u64> {
    match acts {
        [Act::BatchDone { results }] => {
            results.iter().map(|result| postcard::from_bytes(result).unwrap()).collect()
        }
        other => panic!("no results: {other:?}"),
    }
}

#[test]
fn calls_of_a_batch_run_beside_each_other() {
    let began = Instant::now();
    let (took, acts) = timed(&mut host(), Contestant::Solution, &[Deed::Meet, Deed::Meet]).unwrap();
    assert_eq!(results(&acts), [2, 2]);
    assert!(took > Duration::ZERO && took < began.elapsed());
}

#[test]
fn results_come_in_the_order_of_the_calls() {
    let (_, acts) = timed(&mut host(), Contestant::Solution, &[Deed::Count, Deed::Behave]).unwrap();
    assert_eq!(results(&acts), [1, 42]);
}

#[test]
fn a_panic_of_one_thread_is_the_nodes() {
    let (_, acts) = timed(&mut host(), Contestant::Solution, &[Deed::Behave, Deed::Panic]).unwrap();
    assert!(matches!(acts.as_slice(), [Act::Panicked { message, .. }] if message == "as told"), "{acts:?}");
}

#[test]
fn a_batch_may_take_as_long_as_it_is_allowed_and_no_longer() {
    let ended = timed(&mut host(), Contestant::Solution, &[Deed::Spin]);
    assert_eq!(ended, Err(HostError::Busy { limit_ms: 3_000 }));
}

#[test]
fn threads_that_wait_for_nothing_are_blocked() {
    let ended = timed(&mut host(), Contestant::Solution, &[Deed::Deadlock, Deed::Behave]);
    assert_eq!(ended, Err(HostError::Blocked));
}

#[test]
fn a_thread_of_a_batch_may_start_none() {
    let ended = timed(&mut host(), Contestant::Solution, &[Deed::StartThread]);
    assert_eq!(ended, Err(HostError::Violation(Violation::Thread)));
}

#[test]
fn steps_have_their_usual_limits_after_a_batch() {
    let mut host = host();
    timed(&mut host, Contestant::Solution, &[Deed::Behave]).unwrap();
    let ended = common::call(&mut host, 0, Deed::Spin);
    assert_eq!(ended, Err(HostError::Busy { limit_ms: Limits::default().cpu_ms_per_step }));
}

#[test]
fn a_yardstick_runs_in_the_grader() {
    let entry = role::<HostileContract<Nobody>>();
    let config = postcard::to_stdvec(&Config {}).unwrap();
    let contestant = Contestant::Yardstick { entry: &entry, config: &config };
    let (_, acts) = timed(&mut host(), contestant, &[Deed::Behave, Deed::Exit]).unwrap();
    assert_eq!(results(&acts), [Deed::Behave as u64, Deed::Exit as u64]);
}
