//! What the cache promises, one story per test.

use super::*;
use crate::cache::{HashCommand, SetCommand, SortedCommand, Span};

/// A cache that is asked at chosen seconds and answers in the words of histories.
struct Asked(Model);

impl Asked {
    fn new() -> Asked {
        Asked(Model::new())
    }

    #[track_caller]
    fn check(&mut self, secs: u64, key: &str, command: impl Into<Command>, expected: &str) {
        let request = Request::Key { key: key.into(), command: command.into() };
        match self.0.handle(Time::from_secs(secs), NodeId(0), &request) {
            Handled::Reply(reply) => assert_eq!(reply.to_string(), expected, "{request} at {secs}s"),
            Handled::Wait { .. } => panic!("a cache never waits"),
        }
    }
}

macro_rules! into_command {
    ($($type:ty => $variant:ident),*) => {
        $(impl From<$type> for Command {
            fn from(command: $type) -> Command {
                Command::$variant(command)
            }
        })*
    };
}

into_command!(StringCommand => String, HashCommand => Hash, SetCommand => Set, SortedCommand => Sorted);

const GET: StringCommand = StringCommand::Get;

fn set_if(value: u32, only_if: OnlyIf, secs: Option<u64>) -> StringCommand {
    StringCommand::Set {
        value: Json::from_text(value.to_string()),
        only_if,
        ttl: secs.map(Duration::from_secs),
    }
}

fn set(value: u32) -> StringCommand {
    set_if(value, OnlyIf::Any, None)
}

fn cas(version: u64, value: u32) -> StringCommand {
    StringCommand::CompareAndSet { version, value: Json::from_text(value.to_string()), ttl: None }
}

fn incr(by: i64, secs: Option<u64>) -> StringCommand {
    StringCommand::Incr { by, ttl: secs.map(Duration::from_secs) }
}

#[test]
fn strings() {
    let mut cache = Asked::new();
    cache.check(0, "a", GET, "none");
    cache.check(0, "a", set(1), "ok v1");
    cache.check(0, "a", GET, "v1 1");
    cache.check(0, "a", Command::Delete, "yes");
    cache.check(0, "a", Command::Delete, "no");
}

#[test]
fn conditions() {
    let mut cache = Asked::new();
    cache.check(0, "a", set_if(1, OnlyIf::Present, None), "not stored");
    cache.check(0, "a", set_if(2, OnlyIf::Absent, None), "ok v1");
    cache.check(0, "a", set_if(3, OnlyIf::Absent, None), "not stored");
    cache.check(0, "a", set_if(4, OnlyIf::Present, None), "ok v2");
    cache.check(0, "a", cas(1, 5), "not stored");
    cache.check(0, "a", cas(2, 5), "ok v3");
    cache.check(0, "a", StringCommand::CompareAndDelete { version: 2 }, "no");
    cache.check(0, "a", StringCommand::CompareAndDelete { version: 3 }, "yes");
    cache.check(0, "a", set(6), "ok v4");
    cache.check(0, "a", GET, "v4 6");
}

#[test]
fn keys_expire() {
    let mut cache = Asked::new();
    cache.check(0, "a", set_if(1, OnlyIf::Absent, Some(5)), "ok v1");
    cache.check(4, "a", GET, "v1 1");
    cache.check(5, "a", set_if(2, OnlyIf::Absent, Some(5)), "ok v2");
    cache.check(6, "a", set(3), "ok v3");
    cache.check(99, "a", GET, "v3 3");
    cache.check(99, "a", Command::Expire { ttl: Some(Duration::from_secs(1)) }, "yes");
    cache.check(100, "a", GET, "none");
    cache.check(100, "a", Command::Expire { ttl: None }, "no");
    assert!(cache.0.expiries.is_empty());
    let zero = Command::Expire { ttl: Some(Duration::ZERO) };
    cache.check(100, "a", zero, "invalid: a time to live is at least a millisecond (no effect…");
}

#[test]
fn counters_keep_the_time_they_were_made_with() {
    let mut cache = Asked::new();
    cache.check(0, "n", incr(1, Some(10)), "= 1");
    cache.check(9, "n", incr(1, Some(10)), "= 2");
    cache.check(10, "n", incr(5, None), "= 5");
    cache.check(99, "n", incr(-7, Some(1)), "= -2");
    cache.check(999, "n", GET, "v4 -2");
    cache.check(999, "n", incr(i64::MIN, None), "n would overflow (no effect)");
    cache.check(999, "s", set(1), "ok v5");
    cache.check(999, "s", cas(5, 7), "ok v6");
    cache.check(999, "s", incr(1, None), "= 8");
    let text = StringCommand::Set { value: Json::from_text("\"7\""), only_if: OnlyIf::Any, ttl: None };
    cache.check(999, "s", text, "ok v8");
    cache.check(999, "s", incr(1, None), "s is not a whole number (no effect)");
}

#[test]
fn hashes() {
    let mut cache = Asked::new();
    let field = || "f".to_owned();
    let hset = |value: &str| HashCommand::Set { field: field(), value: Json::from_text(value) };
    cache.check(0, "h", HashCommand::Get { field: field() }, "none");
    cache.check(0, "h", hset("1"), "yes");
    cache.check(0, "h", hset("2"), "no");
    cache.check(0, "h", HashCommand::Incr { field: field(), by: 3 }, "= 5");
    cache.check(0, "h", HashCommand::Incr { field: "g".into(), by: 1 }, "= 1");
    cache.check(0, "h", HashCommand::GetAll, "f: 5, g: 1");
    cache.check(0, "h", hset("null"), "no");
    cache.check(0, "h", HashCommand::Incr { field: field(), by: 3 }, "h/f is not a whole number (no effect)");
    cache.check(0, "h", HashCommand::Del { field: field() }, "yes");
    cache.check(0, "h", HashCommand::Del { field: "g".into() }, "yes");
    assert_eq!(cache.0.keys().count(), 0);
}

#[test]
fn sets() {
    let mut cache = Asked::new();
    let member = || "ana".to_owned();
    cache.check(0, "s", SetCommand::Add { member: member() }, "yes");
    cache.check(0, "s", SetCommand::Add { member: member() }, "no");
    cache.check(0, "s", SetCommand::Add { member: "bo".into() }, "yes");
    cache.check(0, "s", SetCommand::IsMember { member: member() }, "yes");
    cache.check(0, "s", SetCommand::Members, "ana, bo");
    cache.check(0, "s", SetCommand::Card, "2");
    cache.check(0, "s", SetCommand::Rem { member: member() }, "yes");
    cache.check(0, "s", SetCommand::Rem { member: member() }, "no");
    cache.check(0, "s", SetCommand::IsMember { member: member() }, "no");
}

#[test]
fn sorted_sets() {
    let mut cache = Asked::new();
    let add = |member: &str, score| SortedCommand::Add { member: member.into(), score };
    let range = |span, limit| SortedCommand::Range { span, descending: true, limit };
    cache.check(0, "z", add("ana", 1.5), "yes");
    cache.check(0, "z", add("bo", 2.0), "yes");
    cache.check(0, "z", add("ana", 3.0), "no");
    cache.check(0, "z", SortedCommand::Score { member: "ana".into() }, "3");
    cache.check(0, "z", range(Span::Rank { from: 0, to: -1 }, None), "ana: 3, bo: 2");
    cache.check(0, "z", range(Span::Score { min: 0.0, max: 9.0 }, Some(1)), "ana: 3");
    cache.check(0, "z", SortedCommand::RemRangeByScore { min: 0.0, max: 2.0 }, "1");
    cache.check(0, "z", SortedCommand::Card, "1");
    cache.check(0, "z", SortedCommand::Rem { member: "ana".into() }, "yes");
    assert_eq!(cache.0.keys().count(), 0);
    cache.check(0, "z", add("ana", f64::NAN), "invalid: a score must not be NaN (no effect)");
}

#[test]
fn kinds_do_not_mix() {
    let mut cache = Asked::new();
    cache.check(0, "a", SetCommand::Add { member: "m".into() }, "yes");
    cache.check(0, "a", GET, "wrong type: a holds a set (no effect)");
    cache.check(0, "a", HashCommand::GetAll, "wrong type: a holds a set (no effect)");
    cache.check(0, "a", SortedCommand::Card, "wrong type: a holds a set (no effect)");
    cache.check(0, "a", set(1), "ok v1");
    cache.check(0, "a", SetCommand::Card, "wrong type: a holds a string (no effect)");
}

#[test]
fn caches_forget() {
    let mut cache = Asked::new();
    for key in ["a", "b", &derived::mark("c")] {
        cache.check(0, key, set_if(1, OnlyIf::Any, Some(5)), &format!("ok v{}", cache.0.version + 1));
    }
    cache.0.evict(|key| key != "a");
    cache.check(0, "a", GET, "none");
    cache.check(0, "b", GET, "v2 1");
    cache.0.wipe_derived();
    assert_eq!(cache.0.keys().collect::<Vec<_>>(), ["b"]);
    cache.0.clear();
    assert!(cache.0.entries.is_empty() && cache.0.expiries.is_empty());
    cache.check(1, "b", set(1), "ok v4");
}

#[test]
fn the_clock_is_the_caches() {
    let mut cache = Asked::new();
    let reply = cache.0.handle(Time::from_secs(7), NodeId(0), &Request::Now);
    assert_eq!(reply, Handled::Reply(Reply::Time(Time::from_secs(7))));
}

#[test]
fn what_has_expired_is_not_left() {
    let mut cache = Asked::new();
    cache.check(0, "a", set_if(1, OnlyIf::Any, Some(5)), "ok v1");
    cache.check(0, "b", set(2), "ok v2");
    assert_eq!(cache.0.keys_left(Time::from_secs(4)), 2);
    assert_eq!(cache.0.keys_left(Time::from_secs(5)), 1);
}
