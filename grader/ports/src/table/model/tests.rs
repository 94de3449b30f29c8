//! What the table promises, one story per test.

use super::*;
use crate::table::{Change, Condition, Order, Range, Reply, VALUE_BYTES_MAX};
use std::ops::Bound;

/// A table that is asked at chosen seconds and answers in the words of histories.
struct Asked(Model);

impl Asked {
    fn new() -> Asked {
        Asked(Model::new(Settings { eventual_lag: Duration::from_secs(2) }))
    }

    #[track_caller]
    fn check(&mut self, secs: u64, request: Request, expected: &str) {
        assert_eq!(self.ask(secs, &request).to_string(), expected, "{request} at {secs}s");
    }

    fn ask(&mut self, secs: u64, request: &Request) -> Reply {
        match self.0.handle(Time::from_secs(secs), NodeId(0), request) {
            Handled::Reply(reply) => reply,
            Handled::Wait { .. } => panic!("a table never waits"),
        }
    }
}

fn get(key: &str) -> Request {
    Request::Get { table: "t".into(), key: key.into(), consistency: Consistency::Strong }
}

fn eventual(key: &str) -> Request {
    Request::Get { table: "t".into(), key: key.into(), consistency: Consistency::Eventual }
}

fn write(key: impl Into<Key>, change: Change) -> Write {
    Write { table: "t".into(), key: key.into(), when: Condition::Any, change }
}

fn put(key: impl Into<Key>, value: &str) -> Write {
    write(key, Change::Put { value: Json::from_text(value), expires_at: None })
}

fn put_until(key: &str, value: &str, secs: u64) -> Write {
    write(key, Change::Put { value: Json::from_text(value), expires_at: Some(Time::from_secs(secs)) })
}

fn delete(key: &str) -> Write {
    write(key, Change::Delete)
}

fn add(key: &str, field: &str, by: i64) -> Write {
    write(key, Change::Add { field: field.into(), by })
}

fn one(write: Write) -> Request {
    Request::Write(write)
}

impl Write {
    fn when(mut self, when: Condition) -> Write {
        self.when = when;
        self
    }
}

fn query(range: Range, order: Order, limit: u32, after: Option<&str>) -> Request {
    let after = after.map(|sort| Key::new("p", sort));
    Request::Query { table: "t".into(), partition: "p".into(), range, order, limit, after }
}

#[test]
fn reads_what_was_written() {
    let mut table = Asked::new();
    table.check(0, get("a"), "none");
    table.check(1, one(put("a", "1")), "ok v1");
    table.check(1, get("a"), "v1 1");
    table.check(2, one(put("a", "2")), "ok v2");
    table.check(2, get("a"), "v2 2");
    table.check(3, one(delete("a")), "ok");
    table.check(3, get("a"), "none");
    table.check(3, one(delete("a")), "ok");
}

#[test]
fn a_condition_that_fails_brings_the_item() {
    let mut table = Asked::new();
    table.check(0, one(put("a", r#"{"by":"ana"}"#).when(Condition::Absent)), "ok v1");
    let refused = table.ask(0, &one(put("a", r#"{"by":"bo"}"#).when(Condition::Absent)));
    let Reply::Refused(TableError::ConditionFailed { write: 0, current: Some(item) }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(item.to_string(), r#"v1 {"by":"ana"}"#);
    table.check(0, one(delete("a").when(Condition::field("by", "bo"))), "condition failed");
    table.check(0, one(delete("a").when(Condition::field("by", "ana"))), "ok");
}

#[test]
fn versions_are_never_used_again() {
    let mut table = Asked::new();
    table.check(0, one(put("a", "1")), "ok v1");
    table.check(0, one(delete("a")), "ok");
    table.check(0, one(put("a", "1")), "ok v2");
    table.check(0, one(put("a", "2").when(Condition::Version(1))), "condition failed");
    table.check(0, one(put("a", "2").when(Condition::Version(2))), "ok v3");
}

#[test]
fn eventual_reads_see_the_past() {
    let mut table = Asked::new();
    table.check(10, one(put("a", "1")), "ok v1");
    table.check(11, eventual("a"), "none");
    table.check(12, eventual("a"), "v1 1");
    table.check(13, one(put("a", "2")), "ok v2");
    table.check(14, one(delete("a")), "ok");
    table.check(14, eventual("a"), "v1 1");
    table.check(15, eventual("a"), "v2 2");
    table.check(16, eventual("a"), "none");
}

#[test]
fn what_nobody_can_see_any_more_is_forgotten() {
    let mut table = Asked::new();
    table.check(0, one(put("a", "1")), "ok v1");
    table.check(1, one(put_until("b", "1", 3)), "ok v2");
    table.check(1, one(delete("a")), "ok");
    table.check(9, get("a"), "none");
    assert!(table.0.tables["t"].contains_key(&Key::from("b")), "it was still there at 7s");
    table.check(11, get("a"), "none");
    assert!(table.0.tables["t"].is_empty());
    assert!(table.0.expiries.is_empty() && table.0.superseded.is_empty());
}

#[test]
fn items_expire_exactly_at_their_time() {
    let mut table = Asked::new();
    table.check(0, one(put_until("a", "1", 10)), "ok v1");
    table.check(9, one(put("a", "2").when(Condition::Absent)), "condition failed");
    table.check(10, get("a"), "none");
    table.check(10, eventual("a"), "none");
    table.check(10, Request::Scan { table: "t".into(), limit: 10, after: None }, "none");
    table.check(10, one(put("a", "2").when(Condition::Absent)), "ok v2");
    table.check(99, get("a"), "v2 2");
    table.check(99, one(put_until("a", "3", 98)), "ok v3");
    table.check(99, get("a"), "none");
}

#[test]
fn a_later_put_takes_the_expiry_back() {
    let mut table = Asked::new();
    table.check(0, one(put_until("a", "1", 10)), "ok v1");
    table.check(1, one(put("a", "2")), "ok v2");
    table.check(11, get("a"), "v2 2");
}

#[test]
fn adding_keeps_the_expiry() {
    let mut table = Asked::new();
    table.check(0, one(put_until("a", r#"{"n":1}"#, 10)), "ok v1");
    table.check(1, one(add("a", "n", 2)), "ok v2 = 3");
    table.check(9, get("a"), r#"v2 {"n":3}"#);
    table.check(10, one(add("a", "n", 2)), "ok v3 = 2");
    table.check(99, get("a"), r#"v3 {"n":2}"#);
    table.check(99, one(add("a", "n", i64::MAX)), "field `n` would overflow (no effect)");
    table.check(99, get("a"), r#"v3 {"n":2}"#);
}

#[test]
fn an_addition_must_not_outgrow_the_limit() {
    let mut table = Asked::new();
    let text = "x".repeat(VALUE_BYTES_MAX - 10);
    table.check(0, one(put("a", &format!(r#"{{"x":"{text}"}}"#))), "ok v1");
    table.check(
        0,
        one(add("a", "number", 1)),
        "invalid: a value of 409609 bytes is over the limit of 409600…",
    );
}

#[test]
fn pages_follow_each_other() {
    let mut table = Asked::new();
    for sort in ["a1", "a2", "b1", "b2", "c"] {
        table.ask(0, &one(put(("p", sort), "0")));
    }
    table.ask(0, &one(put(("o", "x"), "0")));
    table.ask(0, &one(put(("q", "x"), "0")));
    use Order::{Ascending, Descending};
    table.check(1, query(Range::All, Ascending, 2, None), "a1 v1 0, a2 v2 0, more");
    table.check(1, query(Range::All, Ascending, 2, Some("a2")), "b1 v3 0, b2 v4 0, more");
    table.check(1, query(Range::All, Ascending, 2, Some("b2")), "c v5 0");
    table.check(1, query(Range::All, Ascending, 5, None), "a1 v1 0, a2 v2 0, b1 v3 0, b2 v4 0, c v5 0");
    table.check(1, query(Range::All, Descending, 2, None), "c v5 0, b2 v4 0, more");
    table.check(1, query(Range::All, Descending, 3, Some("b2")), "b1 v3 0, a2 v2 0, a1 v1 0");
    table.check(1, query(Range::Prefix("b".into()), Ascending, 9, None), "b1 v3 0, b2 v4 0");
    table.check(1, query(Range::Prefix("b".into()), Descending, 9, Some("b2")), "b1 v3 0");
    let between =
        |from: &str, to: &str| Range::Between(Bound::Included(from.into()), Bound::Excluded(to.into()));
    table.check(1, query(between("a2", "b2"), Ascending, 9, None), "a2 v2 0, b1 v3 0");
    table.check(1, query(between("b2", "a2"), Ascending, 9, None), "none");
    table.check(
        1,
        Request::Scan { table: "t".into(), limit: 3, after: Some(Key::new("p", "b2")) },
        "c v5 0, x v7 0",
    );
    table.check(1, Request::Scan { table: "t".into(), limit: 1, after: None }, "x v6 0, more");
}

#[test]
fn a_page_ends_at_a_mebibyte() {
    let mut table = Asked::new();
    let text = format!("\"{}\"", "x".repeat(399 << 10));
    for sort in ["a", "b", "c", "d"] {
        table.ask(0, &one(put(("p", sort), &text)));
    }
    let Reply::Page(page) = table.ask(0, &query(Range::All, Order::Ascending, 100, None)) else { panic!() };
    assert_eq!((page.items.len(), page.next), (3, Some(Key::new("p", "c"))));
}

#[test]
fn a_transaction_does_all_or_nothing() {
    let mut table = Asked::new();
    table.check(0, one(put("a", "1")), "ok v1");
    let move_it = |from: Condition| {
        Request::Transact(vec![put("b", "1"), delete("a").when(from), add("n", "moves", 1)])
    };
    table.check(1, move_it(Condition::Version(9)), "condition of writes[1] failed");
    table.check(1, get("b"), "none");
    table.check(1, move_it(Condition::Version(1)), "ok");
    table.check(1, get("a"), "none");
    table.check(1, get("b"), "v2 1");
    table.check(1, get("n"), r#"v3 {"moves":1}"#);
}

#[test]
fn a_check_changes_nothing() {
    let mut table = Asked::new();
    table.check(0, one(put("a", "1")), "ok v1");
    let check = |version| write("a", Change::Check).when(Condition::Version(version));
    table.check(0, Request::Transact(vec![check(1), put("b", "1")]), "ok");
    table.check(0, Request::Transact(vec![check(2), put("b", "2")]), "condition failed");
    table.check(0, get("a"), "v1 1");
    table.check(0, get("b"), "v2 1");
}

#[test]
fn only_derived_tables_are_wiped() {
    let mut table = Asked::new();
    let in_derived = Write { table: derived::mark("t"), ..put_until("a", "1", 50) };
    let get_derived =
        Request::Get { table: derived::mark("t"), key: "a".into(), consistency: Consistency::Strong };
    table.check(0, one(put("a", "1")), "ok v1");
    table.check(0, one(in_derived), "ok v2");
    table.0.wipe_derived();
    table.check(99, get("a"), "v1 1");
    table.check(99, get_derived, "none");
}
