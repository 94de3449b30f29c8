//! What publish/subscribe promises, one story per test.

use super::*;
use crate::Json;
use crate::pubsub::{MESSAGE_BYTES_MAX, WAIT_MAX};
use std::time::Duration;

/// A service that is asked at chosen seconds and answers in the words of histories.
#[derive(Default)]
struct Asked(Model);

impl Asked {
    #[track_caller]
    fn check_of(&mut self, node: u16, secs: u64, request: Request, expected: &str) {
        match self.0.handle(Time::from_secs(secs), NodeId(node), &request) {
            Handled::Reply(reply) => assert_eq!(reply.to_string(), expected, "{request} at {secs}s"),
            Handled::Wait { until } => panic!("{request} at {secs}s waits until {until}"),
        }
    }

    #[track_caller]
    fn check(&mut self, request: Request, expected: &str) {
        self.check_of(0, 0, request, expected);
    }

    #[track_caller]
    fn check_waits(&mut self, secs: u64, request: &Request, until_secs: u64) {
        let (now, until) = (Time::from_secs(secs), Time::from_secs(until_secs));
        assert_eq!(self.0.handle(now, NodeId(0), request), Handled::Wait { until }, "{request} at {secs}s");
    }

    /// A connection of the first node that is subscribed to these channels.
    fn listening(connection: u64, channels: &[&str]) -> Asked {
        let mut asked = Asked::default();
        asked.check(Request::Connect { connection }, "ok");
        for channel in channels {
            asked.check(subscribe(connection, channel), "ok");
        }
        asked
    }
}

fn publish(channel: &str, value: u32) -> Request {
    Request::Publish { channel: channel.into(), message: Json::from_text(value.to_string()) }
}

fn subscribe(connection: u64, channel: &str) -> Request {
    Request::Subscribe { connection, channel: channel.into() }
}

fn unsubscribe(connection: u64, channel: &str) -> Request {
    Request::Unsubscribe { connection, channel: channel.into() }
}

fn next(connection: u64) -> Request {
    Request::Next { connection, wait: Duration::ZERO }
}

#[test]
fn only_who_listens_hears() {
    let mut asked = Asked::default();
    asked.check(publish("a", 1), "reached 0 listeners");
    asked.check(Request::Connect { connection: 1 }, "ok");
    asked.check(publish("a", 2), "reached 0 listeners");
    asked.check(subscribe(1, "a"), "ok");
    asked.check(publish("a", 3), "reached 1 listener");
    asked.check(publish("b", 4), "reached 0 listeners");
    asked.check(publish("a", 5), "reached 1 listener");
    asked.check(next(1), "a 3, a 5");
    asked.check(next(1), "none");
}

#[test]
fn everybody_who_listens_hears_once() {
    let mut asked = Asked::listening(1, &["a", "a", "b"]);
    asked.check_of(1, 0, Request::Connect { connection: 1 }, "ok");
    asked.check_of(1, 0, subscribe(1, "a"), "ok");
    asked.check(publish("a", 1), "reached 2 listeners");
    asked.check(publish("b", 2), "reached 1 listener");
    asked.check(next(1), "a 1, b 2");
    asked.check_of(1, 0, next(1), "a 1");
}

#[test]
fn who_unsubscribes_still_gets_what_came() {
    let mut asked = Asked::listening(1, &["a", "b"]);
    asked.check(publish("a", 1), "reached 1 listener");
    asked.check(unsubscribe(1, "a"), "ok");
    asked.check(unsubscribe(1, "a"), "ok");
    asked.check(publish("a", 2), "reached 0 listeners");
    asked.check(publish("b", 3), "reached 1 listener");
    asked.check(next(1), "a 1, b 3");
}

#[test]
fn a_listener_waits_for_a_message_or_its_end() {
    let mut asked = Asked::listening(1, &["a"]);
    let waiting = Request::Next { connection: 1, wait: Duration::from_secs(15) };
    asked.check_waits(0, &waiting, 15);
    asked.check_waits(3, &waiting, 15);
    asked.check_of(0, 4, publish("a", 1), "reached 1 listener");
    asked.check_of(0, 4, waiting.clone(), "a 1");
    asked.check_waits(5, &waiting, 20);
    asked.check_of(0, 20, waiting, "none");
}

#[test]
fn a_broken_connection_loses_everything_and_stays_broken() {
    let mut asked = Asked::listening(1, &["a"]);
    asked.check(publish("a", 1), "reached 1 listener");
    asked.0.break_all();
    asked.check(publish("a", 2), "reached 0 listeners");
    asked.check(next(1), "disconnected");
    asked.check(subscribe(1, "a"), "disconnected");
    asked.check(unsubscribe(1, "a"), "disconnected");
    asked.check(Request::Disconnect { connection: 1 }, "ok");
    asked.check(Request::Connect { connection: 1 }, "ok");
    asked.check(next(1), "none");
}

#[test]
fn a_crash_breaks_the_connections_of_one_node() {
    let mut asked = Asked::listening(1, &["a"]);
    asked.check_of(1, 0, Request::Connect { connection: 1 }, "ok");
    asked.check_of(1, 0, subscribe(1, "a"), "ok");
    asked.0.disconnected(Time::EPOCH, NodeId(0));
    asked.check(publish("a", 1), "reached 1 listener");
    asked.check(next(1), "disconnected");
    asked.check_of(1, 0, next(1), "a 1");
}

#[test]
fn who_reads_too_slowly_is_cut_off() {
    let mut asked = Asked::listening(1, &["a"]);
    let long = Json::from_text(format!("\"{}\"", "x".repeat(MESSAGE_BYTES_MAX - 2)));
    let publish = Request::Publish { channel: "a".into(), message: long };
    let fit = UNREAD_BYTES_MAX / (MESSAGE_BYTES_MAX + 1);
    for _ in 0..fit {
        asked.check(publish.clone(), "reached 1 listener");
    }
    asked.0.clone().handle(Time::EPOCH, NodeId(0), &next(1));
    let mut read = Asked(asked.0.clone());
    assert!(matches!(read.0.handle(Time::EPOCH, NodeId(0), &next(1)), Handled::Reply(Reply::Messages(_))));
    read.check(publish.clone(), "reached 1 listener");
    assert!(matches!(read.0.handle(Time::EPOCH, NodeId(0), &next(1)), Handled::Reply(Reply::Messages(_))));
    asked.check(publish, "reached 1 listener");
    asked.check(next(1), "disconnected");
}

#[test]
fn a_hundred_are_given_out_at_once() {
    let mut asked = Asked::listening(1, &["a"]);
    for value in 0..150 {
        asked.check(publish("a", value), "reached 1 listener");
    }
    let mut take = || match asked.0.handle(Time::EPOCH, NodeId(0), &next(1)) {
        Handled::Reply(Reply::Messages(messages)) => messages.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!((take(), take(), take()), (100, 50, 0));
}

#[test]
fn limits() {
    let mut asked = Asked::default();
    asked.check(publish("", 1), "invalid: a channel's name has 1 to 1024 bytes (no effect)");
    let long = Json::from_text("7".repeat(MESSAGE_BYTES_MAX + 1));
    let long = Request::Publish { channel: "a".into(), message: long };
    asked.check(long, "invalid: a message of 65537 bytes is over the limit of 65536…");
    let wait = WAIT_MAX + Duration::from_secs(1);
    let expected = "invalid: a connection waits at most 20s for a message, not 2…";
    asked.check(Request::Next { connection: 1, wait }, expected);
}
