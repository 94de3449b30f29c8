//! Every kind of request and reply survives the wire.

use kata_ports::{Json, NodeId, Reply, Request, Time, Trouble, cache, disk, log, pubsub, queue, table, wire};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::Bound;
use std::time::Duration;

#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let bytes = wire::encode(&value, Vec::new());
    assert_eq!(wire::decode::<T>(&bytes), Ok(value));
}

fn json() -> Json {
    Json::from_text(r#"{"held_by":"ana"}"#)
}

fn key() -> table::Key {
    table::Key::new("event-1", "A1")
}

fn table_write(when: table::Condition, change: table::Change) -> table::Write {
    table::Write { table: "seats".into(), key: key(), when, change }
}

#[test]
fn tables() {
    use table::{Change, Condition, Consistency, Item, Order, Page, Range, TableError, Written};
    let range = Range::Between(Bound::Included("a".into()), Bound::Excluded("b".into()));
    let put = Change::Put { value: json(), expires_at: Some(Time::MAX) };
    let writes = vec![
        table_write(Condition::field("a.b", 1.5), put),
        table_write(Condition::Version(u64::MAX), Change::Add { field: "n".into(), by: i64::MIN }),
        table_write(Condition::Absent, Change::Check),
    ];
    check(Request::Table(table::Request::Get {
        table: "t".into(),
        key: key(),
        consistency: Consistency::Eventual,
    }));
    check(Request::Table(table::Request::Transact(writes)));
    check(Request::Table(table::Request::Query {
        table: "t".into(),
        partition: "p".into(),
        range,
        order: Order::Descending,
        limit: 7,
        after: Some(key()),
    }));
    let item = Item { key: key(), value: json(), version: 7 };
    check(Reply::Table(table::Reply::Page(Page { items: vec![item.clone()], next: Some(key()) })));
    check(Reply::Table(table::Reply::Transacted(vec![
        Written::Added { total: -1, version: 2 },
        Written::Deleted,
    ])));
    let failed = TableError::ConditionFailed { write: 3, current: Some(item) };
    check(Reply::Table(table::Reply::Refused(failed)));
    check(TableError::Trouble(Trouble::TimedOut));
}

#[test]
fn caches() {
    use cache::{Command, OnlyIf, SortedCommand, Span, StringCommand};
    let command = |command| Request::Cache(cache::Request::Key { key: "k".into(), command });
    let ttl = Some(Duration::from_micros(1_500));
    check(command(Command::String(StringCommand::Set { value: json(), only_if: OnlyIf::Absent, ttl })));
    let span = Span::Score { min: f64::NEG_INFINITY, max: f64::INFINITY };
    check(command(Command::Sorted(SortedCommand::Range { span, descending: true, limit: None })));
    check(Reply::Cache(cache::Reply::Scored(vec![("ana".into(), -0.5)])));
    check(Reply::Cache(cache::Reply::Fields(BTreeMap::from([("f".into(), json())]))));
    check(Reply::Cache(cache::Reply::Members(BTreeSet::from(["ana".into()]))));
}

#[test]
fn logs() {
    check(Request::Log(log::Request::Poll(log::Poll {
        topic: "t".into(),
        group: "g".into(),
        instance: u64::MAX,
        poll: 1,
        generation: 2,
        positions: BTreeMap::from([(3, 4)]),
        max: 5,
        wait: Duration::from_secs(6),
    })));
    let record = log::Record { partition: 1, offset: 2, key: "k".into(), value: json(), at: Time::EPOCH };
    check(Reply::Log(log::Reply::Polled { generation: 1, assigned: vec![0, 2], records: vec![record] }));
    check(Reply::Log(log::Reply::Refused(log::LogError::Fenced { generation: 9 })));
}

#[test]
fn queues_and_disks() {
    let receipt = queue::Receipt { message: 1, receive: 2 };
    check(Request::Queue(queue::Request::Nack { queue: "q".into(), receipt, delay: Duration::MAX }));
    let message = queue::Message { id: 1, body: json(), receipt, receives: 2, sent_at: Time::MAX };
    check(Reply::Queue(queue::Reply::Received(vec![message])));
    let operation = disk::Operation::Write { offset: 1, bytes: vec![0, 255] };
    check(Request::Disk(disk::Request::File { file: "wal".into(), operation }));
    check(Reply::Disk(disk::Reply::Refused(disk::DiskError::NotFound("wal".into()))));
}

#[test]
fn pubsubs() {
    check(Request::PubSub(pubsub::Request::Publish { channel: "c".into(), message: json() }));
    check(Request::PubSub(pubsub::Request::Next { connection: u64::MAX, wait: Duration::from_micros(1) }));
    let message = pubsub::Message { channel: "c".into(), body: json() };
    check(Reply::PubSub(pubsub::Reply::Messages(vec![message])));
    check(Reply::PubSub(pubsub::Reply::Published { listeners: 3 }));
    check(Reply::PubSub(pubsub::Reply::Refused(pubsub::PubSubError::Disconnected)));
}

#[test]
fn a_frame_holds_them() {
    let request = Request::Disk(disk::Request::List);
    check(wire::FromChild::Report(vec![wire::Act::Ask { ask: 1, cause: wire::Cause::Open, request }]));
    let event = wire::Event::Answer { ask: 1, answer: Err(Trouble::Throttled) };
    check(wire::ToChild::Deliver(wire::Delivery { node: NodeId(1), now: Time::EPOCH, event }));
}
