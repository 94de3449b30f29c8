//! The search against the oracle, for every specification; windows; budgets.

use super::*;
use crate::spec::counter::{self, Counter};
use crate::spec::key_value::{self, Action, KeyValue};
use crate::spec::lock::{self, Lock};
use crate::spec::log::{self, Log};
use crate::spec::queue::{self, Queue};
use crate::spec::register::{Op, Register, Res};
use crate::spec::set::{self, Set};
use proptest::prelude::*;

/// What a generated operation is made of: process, invocation, duration, whether it returned, which operation, which result it
/// would like, when it takes effect, and whether its result is right.
type Seed = (u8, u64, u64, bool, usize, usize, u64, bool);

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let seed = (
        0..3_u8,
        0..8_u64,
        0..5_u64,
        prop::bool::weighted(0.85),
        any::<usize>(),
        any::<usize>(),
        0..5_u64,
        prop::bool::weighted(0.9),
    );
    prop::collection::vec(seed, 1..7)
}

/// A history in which most results are right: operations take effect at a point within their times.
fn history<S: Specification>(
    spec: &S,
    ops: &[S::Op],
    results: &[S::Res],
    seeds: &[Seed],
) -> Operations<S::Op, S::Res> {
    let mut operations: Vec<Operation<S::Op, S::Res>> = seeds
        .iter()
        .map(|&(process, invoked, lasts, returns, op, ..)| Operation {
            process: process.to_string(),
            invoked,
            returned: returns.then_some(invoked + lasts),
            op: ops[op % ops.len()].clone(),
            result: None,
        })
        .collect();
    let mut points: Vec<(u64, usize)> =
        seeds.iter().enumerate().map(|(at, seed)| (seed.1 + seed.6.min(seed.2), at)).collect();
    points.sort_unstable();
    let mut states = BTreeMap::new();
    for (_, at) in points {
        let (.., wish, _, right) = seeds[at];
        let operation = &mut operations[at];
        let state = states.entry(spec.key(&operation.op)).or_insert_with(|| spec.initial());
        let wish = wish % results.len();
        let wished = results[wish..].iter().chain(&results[..wish]);
        let possible = wished.clone().find(|result| spec.step(state, &operation.op, Some(*result)).is_some());
        let seen = if right { possible } else { wished.clone().next() };
        if let Some(next) = spec.step(state, &operation.op, possible) {
            *state = next;
        }
        operation.result = seen.filter(|_| operation.returned.is_some()).cloned();
    }
    operations.into_iter().collect()
}

fn agrees_with_the_oracle<S: Specification>(spec: &S, ops: &[S::Op], results: &[S::Res], seeds: &[Seed]) {
    let operations = history(spec, ops, results, seeds);
    let analysis = check(spec, &operations, Budget::default());
    let expected = oracle::explains(spec, operations.as_slice());
    match analysis.answer {
        Answer::Unsettled { .. } => panic!("six operations are no work"),
        Answer::Linearizable => assert!(expected, "{operations:#?}"),
        Answer::Violated(violation) => {
            assert!(!expected, "{operations:#?}");
            the_window_is_wrong_by_itself(spec, &operations, &violation);
        }
    }
}

/// The operations of the window contradict each other whatever came before, and whether the others happened or not; and what
/// returned before the culprit has the order given.
fn the_window_is_wrong_by_itself<S: Specification>(
    spec: &S,
    operations: &Operations<S::Op, S::Res>,
    violation: &Violation<S::Key>,
) {
    let all = operations.as_slice();
    assert!(violation.minimal && violation.window.contains(&violation.culprit));
    let here: Vec<usize> = (0..all.len()).filter(|&at| spec.key(&all[at].op) == violation.key).collect();
    let required = (0..here.len()).filter(|&at| violation.window.contains(&here[at])).collect();
    let here: Vec<&Operation<_, _>> = here.into_iter().map(|at| &all[at]).collect();
    let explained = oracle::explains_required(spec, &here, &required)
        && oracle::explains_required_from_anywhere(spec, &here, &required);
    assert!(!explained, "{violation:?} of {operations:#?}");

    let mut state = spec.initial();
    for &at in &violation.explained {
        state = spec.step(&state, &all[at].op, all[at].result.as_ref()).expect("a legal order");
    }
    let now = all[violation.culprit].returned.expect("a culprit returned");
    for (at, operation) in all.iter().enumerate() {
        let before = operation.returned.is_some_and(|returned| returned < now);
        if before && spec.key(&operation.op) == violation.key {
            assert!(violation.explained.contains(&at), "{violation:?} of {operations:#?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn registers_agree_with_the_oracle(seeds in seeds()) {
        let ops = [Op::Read, Op::Write(1), Op::Write(2), Op::CompareAndSet { from: 1, to: 2 }, Op::CompareAndSet { from: 2, to: 0 }];
        let results = [Res::Value(0), Res::Value(1), Res::Value(2), Res::Written, Res::Swapped(true), Res::Swapped(false)];
        agrees_with_the_oracle(&Register::new(0), &ops, &results, &seeds);
    }

    #[test]
    fn stores_agree_with_the_oracle(seeds in seeds()) {
        let store = KeyValue::new().with_append(|value: Option<&u64>, tail| Some(value.copied().unwrap_or(0) * 10 + tail));
        let on = |key, action| key_value::Op { key, action };
        let ops = [
            on('x', Action::Get), on('y', Action::Get), on('x', Action::Put(1)), on('y', Action::Put(2)), on('x', Action::Delete),
            on('x', Action::Append(2)), on('y', Action::CompareAndSet { from: None, to: Some(1) }),
            on('x', Action::CompareAndSet { from: Some(1), to: None }),
        ];
        let results = [
            key_value::Res::Value(None), key_value::Res::Value(Some(1)), key_value::Res::Value(Some(12)), key_value::Res::Done,
            key_value::Res::Applied(true), key_value::Res::Applied(false),
        ];
        agrees_with_the_oracle(&store, &ops, &results, &seeds);
    }

    #[test]
    fn counters_agree_with_the_oracle(seeds in seeds()) {
        let ops = [counter::Op::Read, counter::Op::Add(1), counter::Op::Add(2), counter::Op::Add(-1)];
        let results = [counter::Res::Added, counter::Res::Sum(0), counter::Res::Sum(1), counter::Res::Sum(2), counter::Res::Sum(3)];
        agrees_with_the_oracle(&Counter, &ops, &results, &seeds);
    }

    #[test]
    fn sets_agree_with_the_oracle(seeds in seeds()) {
        let ops = [set::Op::Read, set::Op::Add(1), set::Op::Add(2), set::Op::Remove(1), set::Op::Contains(1)];
        let results = [
            set::Res::Done, set::Res::Was(true), set::Res::Was(false), set::Res::Elements(vec![]), set::Res::Elements(vec![1]),
            set::Res::Elements(vec![2, 1]),
        ];
        agrees_with_the_oracle(&Set::new(), &ops, &results, &seeds);
    }

    #[test]
    fn queues_agree_with_the_oracle(seeds in seeds()) {
        let ops = [queue::Op::Dequeue, queue::Op::Enqueue(1), queue::Op::Enqueue(2), queue::Op::Enqueue(3)];
        let results = [
            queue::Res::Enqueued, queue::Res::Dequeued(None), queue::Res::Dequeued(Some(1)), queue::Res::Dequeued(Some(2)),
            queue::Res::Dequeued(Some(3)),
        ];
        agrees_with_the_oracle(&Queue::new(), &ops, &results, &seeds);
    }

    #[test]
    fn locks_agree_with_the_oracle(seeds in seeds(), leases in any::<bool>()) {
        let ops = [
            lock::Op::Acquire('a'), lock::Op::Acquire('b'), lock::Op::Release('a'), lock::Op::Release('b'),
            lock::Op::Use { token: 1 }, lock::Op::Use { token: 2 },
        ];
        let results = [lock::Res::Token(1), lock::Res::Token(2), lock::Res::Granted, lock::Res::Refused];
        let lock = if leases { Lock::with_leases() } else { Lock::new() };
        agrees_with_the_oracle(&lock, &ops, &results, &seeds);
    }

    #[test]
    fn logs_agree_with_the_oracle(seeds in seeds()) {
        let ops = [log::Op::Read { from: 0, limit: 9 }, log::Op::Read { from: 1, limit: 1 }, log::Op::Append(1), log::Op::Append(2)];
        let results = [
            log::Res::Appended, log::Res::Offset(0), log::Res::Offset(1), log::Res::Entries(vec![]), log::Res::Entries(vec![1]),
            log::Res::Entries(vec![1, 2]),
        ];
        agrees_with_the_oracle(&Log::new(), &ops, &results, &seeds);
    }
}

type Registered = Operations<Op<u32>, Res<u32>>;

fn write(operations: &mut Registered, process: &str, from: u64, to: u64, value: u32) {
    let id = operations.invoke(process, from, Op::Write(value));
    operations.returned(id, to, Res::Written);
}

fn read(operations: &mut Registered, process: &str, from: u64, to: u64, value: u32) {
    let id = operations.invoke(process, from, Op::Read);
    operations.returned(id, to, Res::Value(value));
}

fn violation(operations: &Registered) -> Violation<()> {
    match check(&Register::new(0), operations, Budget::default()).answer {
        Answer::Violated(violation) => violation,
        answer => panic!("{answer:?}"),
    }
}

#[test]
fn the_window_of_a_stale_read_is_what_it_missed_among_hundreds() {
    let mut operations = Operations::new();
    for at in 0..300 {
        write(&mut operations, "ana", at * 10, at * 10 + 5, at as u32 % 7);
        read(&mut operations, "bo", at * 10 + 6, at * 10 + 7, at as u32 % 7);
    }
    read(&mut operations, "cy", 3006, 3007, 3);
    read(&mut operations, "bo", 3010, 3011, 6);
    let violation = violation(&operations);
    // 299 % 7 is 5: the last write wins, whatever was there before.
    assert_eq!((violation.culprit, violation.window), (600, vec![598, 600]));
}

#[test]
fn the_window_of_a_value_out_of_thin_air_is_the_read_alone() {
    let mut operations = Operations::new();
    write(&mut operations, "ana", 0, 1, 4);
    read(&mut operations, "bo", 2, 3, 9);
    write(&mut operations, "ana", 2, 3, 5);
    assert_eq!(violation(&operations).window, [1]);
}

#[test]
fn what_one_process_does_at_one_tick_is_in_order_what_two_do_is_not() {
    let mut operations = Operations::new();
    write(&mut operations, "ana", 0, 5, 1);
    read(&mut operations, "bo", 5, 5, 0);
    assert_eq!(check(&Register::new(0), &operations, Budget::default()).answer, Answer::Linearizable);
    read(&mut operations, "ana", 5, 6, 0);
    assert_eq!(violation(&operations).window, [0, 2]);
}

#[test]
fn an_operation_in_flight_may_take_effect_late_or_never_but_only_once() {
    let mut operations = Operations::new();
    operations.invoke("ana", 0, Op::Write(1));
    read(&mut operations, "bo", 1, 2, 0);
    read(&mut operations, "bo", 3, 4, 1);
    assert_eq!(check(&Register::new(0), &operations, Budget::default()).answer, Answer::Linearizable);
    write(&mut operations, "bo", 5, 6, 2);
    read(&mut operations, "bo", 7, 8, 1);
    assert_eq!(violation(&operations).culprit, 4);
}

#[test]
fn many_writes_in_flight_stay_cheap() {
    let mut operations = Operations::new();
    for at in 0..200 {
        operations.invoke(format!("lost {at}"), at, Op::Write(at as u32 % 20 + 1));
    }
    for at in 0..400_u64 {
        read(&mut operations, "bo", 1000 + at * 2, 1001 + at * 2, at as u32 % 20 + 1);
    }
    let analysis = check(&Register::new(0), &operations, Budget { steps: 100_000 });
    // Each value can be read ten times; the eleventh time no write of it is left.
    let Answer::Violated(violation) = &analysis.answer else { panic!("{analysis:?}") };
    assert_eq!(violation.culprit, 200 + 200);
}

#[test]
fn a_history_too_tangled_for_the_budget_is_unsettled_and_others_are_not() {
    let mut operations = Operations::new();
    for at in 0..9_u64 {
        write(&mut operations, &at.to_string(), 0, 100, at as u32);
    }
    read(&mut operations, "bo", 200, 201, 77);
    let analysis = check(&Register::new(0), &operations, Budget { steps: 100 });
    assert_eq!(analysis.answer, Answer::Unsettled { keys: vec![()] });
    assert_eq!((analysis.verdict(), analysis.steps), (Verdict::Inconclusive, 100));
}

#[test]
fn a_complaint_tells_who_saw_what_and_when() {
    let mut operations = Operations::new();
    write(&mut operations, "ana", 10, 20, 4);
    write(&mut operations, "bo", 30, 40, 5);
    read(&mut operations, "cy", 50, 60, 4);
    let complaint = linearizable(&Register::new(0), &operations).unwrap_err();
    assert_eq!(complaint.summary, "no order of operations explains `read: 4` of cy");
    assert_eq!(complaint.observed, "bo: write 5 (30 to 40); cy: read: 4 (50 to 60)");
}
