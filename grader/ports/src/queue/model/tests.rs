//! What the queue promises, one story per test.

use super::*;
use crate::Json;
use crate::queue::Receipt;
use std::time::Duration;

/// A queue that is asked at chosen seconds and answers in the words of histories.
struct Asked(Model);

impl Asked {
    fn new() -> Asked {
        Asked(Model::new(Settings { receives_max: 2 }))
    }

    fn offer(&mut self, secs: u64, request: &Request) -> Handled<Reply> {
        self.0.handle(Time::from_secs(secs), NodeId(0), request)
    }

    #[track_caller]
    fn check(&mut self, secs: u64, request: Request, expected: &str) {
        match self.offer(secs, &request) {
            Handled::Reply(reply) => assert_eq!(reply.to_string(), expected, "{request} at {secs}s"),
            Handled::Wait { until } => panic!("{request} at {secs}s waits until {until}"),
        }
    }

    #[track_caller]
    fn check_waits(&mut self, secs: u64, request: &Request, until_secs: u64) {
        let until = Time::from_secs(until_secs);
        assert_eq!(self.offer(secs, request), Handled::Wait { until }, "{request} at {secs}s");
    }
}

fn send(value: u32, delay_secs: u64) -> Request {
    let body = Json::from_text(value.to_string());
    Request::Send { queue: "q".into(), body, delay: Duration::from_secs(delay_secs) }
}

fn receive_from(queue: &str, wait_secs: u64) -> Request {
    let (visibility, wait) = (Duration::from_secs(10), Duration::from_secs(wait_secs));
    Request::Receive { queue: queue.into(), receive: 1, max: 2, visibility, wait }
}

fn receive() -> Request {
    receive_from("q", 0)
}

fn receipt(message: u64, receive: u32) -> Receipt {
    Receipt { message, receive }
}

fn ack(message: u64, receive: u32) -> Request {
    Request::Ack { queue: "q".into(), receipt: receipt(message, receive) }
}

fn nack(message: u64, receive: u32, delay_secs: u64) -> Request {
    let delay = Duration::from_secs(delay_secs);
    Request::Nack { queue: "q".into(), receipt: receipt(message, receive), delay }
}

fn extend(message: u64, receive: u32, secs: u64) -> Request {
    let visibility = Duration::from_secs(secs);
    Request::Extend { queue: "q".into(), receipt: receipt(message, receive), visibility }
}

#[test]
fn what_is_received_is_hidden_until_it_is_gone() {
    let mut queue = Asked::new();
    queue.check(0, receive(), "none");
    for value in [1, 2, 3] {
        queue.check(0, send(value, 0), &format!("ok #{value}"));
    }
    queue.check(0, receive(), "#1 1, #2 2");
    queue.check(0, receive(), "#3 3");
    queue.check(1, ack(1, 1), "ok");
    queue.check(1, ack(1, 1), "ok");
    queue.check(10, receive(), "#2 (delivery 2) 2, #3 (delivery 2) 3");
}

#[test]
fn delays_hide_at_first() {
    let mut queue = Asked::new();
    queue.check(0, send(1, 5), "ok #1");
    queue.check(4, receive(), "none");
    queue.check(5, receive(), "#1 1");
}

#[test]
fn a_lapsed_receipt_is_stale() {
    let mut queue = Asked::new();
    queue.check(0, send(1, 0), "ok #1");
    queue.check(0, receive(), "#1 1");
    queue.check(10, ack(1, 1), "stale receipt");
    queue.check(10, receive(), "#1 (delivery 2) 1");
    queue.check(11, ack(1, 1), "stale receipt");
    queue.check(11, ack(1, 2), "ok");
    queue.check(11, ack(1, 1), "ok");
}

#[test]
fn extending_keeps_it_hidden() {
    let mut queue = Asked::new();
    queue.check(0, send(1, 0), "ok #1");
    queue.check(0, receive(), "#1 1");
    queue.check(9, extend(1, 1, 10), "ok");
    queue.check(18, receive(), "none");
    queue.check(18, ack(1, 1), "ok");
    queue.check(18, extend(1, 1, 10), "stale receipt");
}

#[test]
fn giving_back_ends_the_receipt() {
    let mut queue = Asked::new();
    queue.check(0, send(1, 0), "ok #1");
    queue.check(0, receive(), "#1 1");
    queue.check(1, nack(1, 1, 5), "ok");
    queue.check(1, ack(1, 1), "stale receipt");
    queue.check(5, receive(), "none");
    queue.check(6, receive(), "#1 (delivery 2) 1");
}

#[test]
fn the_dead_are_kept_apart() {
    let mut queue = Asked::new();
    queue.check(0, send(1, 0), "ok #1");
    queue.check(0, receive(), "#1 1");
    queue.check(10, receive(), "#1 (delivery 2) 1");
    queue.check(19, receive_from("q.dead", 0), "none");
    queue.check(20, receive(), "none");
    queue.check(20, receive_from("q.dead", 0), "#1 1");
    queue.check(20, ack(1, 2), "stale receipt");
    for (time, delivery) in [(30, 2), (40, 3), (50, 4)] {
        queue.check(time, receive_from("q.dead", 0), &format!("#1 (delivery {delivery}) 1"));
    }
    queue.check(51, Request::Ack { queue: "q.dead".into(), receipt: receipt(1, 4) }, "ok");
    queue.check(99, receive_from("q.dead", 0), "none");
}

#[test]
fn a_receive_waits_for_a_message_or_its_end() {
    let mut queue = Asked::new();
    let waiting = receive_from("q", 15);
    queue.check_waits(0, &waiting, 15);
    queue.check_waits(3, &waiting, 15);
    queue.check(4, send(1, 0), "ok #1");
    queue.check(4, waiting.clone(), "#1 1");
    queue.check_waits(5, &waiting, 14);
    queue.check(14, waiting.clone(), "#1 (delivery 2) 1");
    queue.check_waits(15, &waiting, 30);
    queue.check(30, waiting, "none");
    assert!(queue.0.waiting.is_empty());
}

#[test]
fn who_waits_for_the_dead_gets_them_when_they_die() {
    let mut queue = Asked::new();
    queue.check(0, send(1, 0), "ok #1");
    queue.check(0, receive(), "#1 1");
    queue.check(10, receive(), "#1 (delivery 2) 1");
    let waiting = receive_from("q.dead", 20);
    queue.check_waits(11, &waiting, 20);
    queue.check(20, waiting, "#1 1");
}

#[test]
fn everything_held_can_come_again() {
    let mut queue = Asked::new();
    queue.check(0, send(1, 0), "ok #1");
    queue.check(0, send(2, 50), "ok #2");
    queue.check(0, receive(), "#1 1");
    queue.0.redeliver_all();
    queue.check(1, ack(1, 1), "stale receipt");
    queue.check(1, receive(), "#1 (delivery 2) 1");
}

#[test]
fn limits() {
    let mut queue = Asked::new();
    let mut many = receive();
    if let Request::Receive { max, .. } = &mut many {
        *max = 11;
    }
    queue.check(0, many, "invalid: a receive takes 1 to 10 messages, not 11 (no effect…");
    queue.check(0, receive_from("q", 21), "invalid: a receive waits at most 20s, not 21s (no effect)");
    queue.check(0, send(1, 901), "invalid: a delay is at most 900s, not 901s (no effect)");
    queue.check(0, receive_from("", 0), "invalid: a queue's name has 1 to 255 bytes (no effect)");
}
