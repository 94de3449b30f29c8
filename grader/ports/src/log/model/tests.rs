//! What the log promises, one story per test.

use super::*;
use crate::Json;

/// A log that is asked at chosen milliseconds.
struct Asked(Model);

impl Asked {
    fn new() -> Asked {
        Asked(Model::new(Settings::default()))
    }

    fn offer(&mut self, millis: u64, node: u16, request: &Request) -> Handled<Reply> {
        self.0.handle(Time::from_millis(millis), NodeId(node), request)
    }

    #[track_caller]
    fn ask(&mut self, millis: u64, node: u16, request: &Request) -> Reply {
        match self.offer(millis, node, request) {
            Handled::Reply(reply) => reply,
            Handled::Wait { until } => panic!("{request} at {millis}ms waits until {until}"),
        }
    }

    #[track_caller]
    fn check(&mut self, millis: u64, node: u16, request: Request, expected: &str) {
        assert_eq!(self.ask(millis, node, &request).to_string(), expected, "{request} at {millis}ms");
    }

    #[track_caller]
    fn check_waits(&mut self, millis: u64, node: u16, request: &Request, until_millis: u64) {
        let until = Time::from_millis(until_millis);
        assert_eq!(self.offer(millis, node, request), Handled::Wait { until }, "{request} at {millis}ms");
    }

    /// Appends values 0, 1, 2... with keys of all partitions.
    fn fill(&mut self, records: usize) {
        for i in 0..records {
            self.ask(0, 9, &append(&format!("k{i}"), i));
        }
    }
}

fn append(key: &str, value: usize) -> Request {
    Request::Append { topic: "t".into(), key: key.into(), value: Json::of(&value).unwrap() }
}

fn poll(instance: u64, number: u64) -> Poll {
    Poll {
        topic: "t".into(),
        group: "g".into(),
        instance,
        poll: number,
        generation: 0,
        positions: BTreeMap::new(),
        max: 100,
        wait: Duration::from_secs(1),
    }
}

fn commit(instance: u64, generation: u64, partition: u32, next: u64) -> Request {
    Request::Commit { topic: "t".into(), group: "g".into(), instance, generation, partition, next }
}

/// The generation and the records' values, in order.
#[track_caller]
fn polled(reply: Reply) -> (u64, Vec<u64>) {
    let Reply::Polled { generation, records, .. } = reply else { panic!("{reply}") };
    let mut values: Vec<u64> = records.iter().map(|record| record.value.decode().unwrap()).collect();
    values.sort_unstable();
    (generation, values)
}

/// Where to read on after that reply.
fn behind(reply: &Reply) -> BTreeMap<u32, u64> {
    let Reply::Polled { records, .. } = reply else { panic!("{reply}") };
    records.iter().map(|record| (record.partition, record.offset + 1)).collect()
}

#[test]
fn records_of_a_key_are_in_order() {
    let mut log = Asked::new();
    log.check(0, 0, append("ana", 1), "ok 2@3");
    log.check(0, 0, append("ana", 2), "ok 2@4");
    log.check(0, 0, append("ana", 3), "ok 2@5");
    let read = |from| Request::Read { topic: "t".into(), partition: 2, from, max: 2 };
    log.check(0, 0, read(0), "2@3 1, 2@4 2");
    log.check(0, 0, read(5), "2@5 3");
    log.check(0, 0, read(9), "none");
    let missing = Request::Read { topic: "t".into(), partition: 4, from: 0, max: 2 };
    log.check(0, 0, missing, "invalid: t has no partition 4 (no effect)");
}

#[test]
fn a_group_reads_everything_once_while_nothing_changes() {
    let mut log = Asked::new();
    log.fill(20);
    let first = log.ask(0, 0, &Request::Poll(poll(1, 1)));
    let positions = behind(&first);
    assert_eq!(polled(first), (1, (0..20).collect()));
    log.ask(1, 9, &append("x", 77));
    let next = Poll { generation: 1, positions, ..poll(1, 2) };
    assert_eq!(polled(log.ask(2, 0, &Request::Poll(next))), (1, vec![77]));
}

#[test]
fn a_lost_answer_loses_no_records() {
    let mut log = Asked::new();
    log.fill(5);
    let lost = log.ask(0, 0, &Request::Poll(poll(1, 1)));
    assert_eq!(polled(log.ask(0, 0, &Request::Poll(poll(1, 2)))), polled(lost));
}

#[test]
fn a_new_generation_goes_on_at_what_is_committed() {
    let mut log = Asked::new();
    log.fill(20);
    let first = log.ask(0, 0, &Request::Poll(poll(1, 1)));
    let positions = behind(&first);
    log.check(0, 0, commit(1, 1, 0, positions[&0]), "ok");
    log.0.force_rebalance("g");
    log.check(0, 0, commit(1, 1, 1, positions[&1]), "fenced by generation 2");
    let again =
        log.ask(0, 0, &Request::Poll(Poll { generation: 1, positions: positions.clone(), ..poll(1, 2) }));
    let Reply::Polled { generation: 2, assigned, records } = again else { panic!("{again}") };
    assert_eq!(assigned, [0, 1, 2, 3]);
    assert!(records.iter().all(|record| record.partition != 0), "partition 0 was committed");
    assert!(records.len() > 10, "the others are delivered again");
    let committed = Request::Committed { topic: "t".into(), group: "g".into() };
    log.check(0, 0, committed, &format!("before 0@{}", positions[&0]));
}

#[test]
fn every_partition_has_its_turn() {
    let mut log = Asked::new();
    log.fill(40);
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..4 {
        let Reply::Polled { records, .. } = log.ask(0, 0, &Request::Poll(Poll { max: 1, ..poll(1, number) }))
        else {
            panic!()
        };
        seen.insert(records[0].partition);
    }
    assert_eq!(seen.len(), 4);
}

#[test]
fn a_poll_waits_for_a_record_or_its_end() {
    let mut log = Asked::new();
    let first = Request::Poll(poll(1, 1));
    log.check_waits(0, 0, &first, 1_000);
    log.check_waits(400, 0, &first, 1_000);
    log.ask(500, 9, &append("ana", 7));
    log.check(500, 0, first, "generation 1: 2@3 7");
    let second = Request::Poll(Poll { generation: 1, positions: BTreeMap::from([(2, 4)]), ..poll(1, 2) });
    log.check_waits(600, 0, &second, 1_600);
    log.check(1_600, 0, second, "generation 1: none");
    assert!(log.0.waiting.is_empty());
}

#[test]
fn a_waiting_poll_takes_over_when_a_session_ends() {
    let mut log = Asked::new();
    log.ask(0, 0, &Request::Poll(Poll { wait: Duration::ZERO, ..poll(1, 1) }));
    log.ask(0, 1, &Request::Poll(Poll { wait: Duration::ZERO, ..poll(2, 1) }));
    // In generation 2 the node that dies has partition 1.
    log.ask(0, 9, &append("b", 7));
    log.0.disconnected(Time::from_millis(500), NodeId(1));
    let survivor = Request::Poll(Poll { wait: Duration::from_secs(10), ..poll(1, 2) });
    log.check_waits(1_000, 0, &survivor, 3_500);
    log.check(3_500, 0, survivor, "generation 3: 1@3 7");
}

#[test]
fn a_member_without_partitions_waits() {
    let mut log = Asked(Model::new(Settings { partitions: 1, ..Settings::default() }));
    log.fill(3);
    log.ask(0, 0, &Request::Poll(poll(1, 1)));
    let idle = Request::Poll(poll(2, 1));
    log.check_waits(0, 1, &idle, 1_000);
    log.check(1_000, 1, idle, "generation 2: none");
}

#[test]
fn leaving_hands_the_partitions_over_at_once() {
    let mut log = Asked::new();
    log.fill(8);
    log.ask(0, 0, &Request::Poll(poll(1, 1)));
    log.ask(0, 1, &Request::Poll(poll(2, 1)));
    log.check(1, 0, Request::Leave { topic: "t".into(), group: "g".into(), instance: 1 }, "ok");
    assert_eq!(polled(log.ask(1, 1, &Request::Poll(poll(2, 2)))), (3, (0..8).collect()));
}

#[test]
fn old_records_vanish_and_offsets_go_on() {
    let mut log =
        Asked(Model::new(Settings { retention: Some(Duration::from_secs(10)), ..Settings::default() }));
    log.check(0, 0, append("ana", 1), "ok 2@3");
    log.check(5_000, 0, append("ana", 2), "ok 2@4");
    let read = || Request::Read { topic: "t".into(), partition: 2, from: 0, max: 9 };
    log.check(9_999, 0, read(), "2@3 1, 2@4 2");
    log.check(10_000, 0, read(), "2@4 2");
    log.check(15_000, 0, read(), "none");
    log.check(15_000, 0, append("ana", 3), "ok 2@5");
}

#[test]
fn only_derived_topics_are_wiped() {
    let mut log = Asked::new();
    let derived = derived::mark("t");
    log.check(0, 0, append("ana", 1), "ok 2@3");
    let append =
        || Request::Append { topic: derived.clone(), key: "ana".into(), value: Json::from_text("1") };
    log.check(0, 0, append(), "ok 2@3");
    log.0.wipe_derived();
    let read = |topic: &str| Request::Read { topic: topic.into(), partition: 2, from: 0, max: 9 };
    log.check(0, 0, read("t"), "2@3 1");
    log.check(0, 0, read(&derived), "none");
    log.check(0, 0, append(), "ok 2@4");
}
