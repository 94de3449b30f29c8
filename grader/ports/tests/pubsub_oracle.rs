//! Publish/subscribe against a naive one that remembers everything that ever happened and searches it.

use kata_ports::pubsub::{Message, Model, NEXT_MESSAGES_MAX, PubSubError, Reply, Request};
use kata_ports::{Handled, Json, NodeId, Service, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Asked(NodeId, Request),
    Crashed(NodeId),
    AllBreak,
}

/// Answers from the whole history, anew each time.
#[derive(Default)]
struct Naive {
    history: Vec<Step>,
    /// How many messages each `Next` of the history gave out.
    given: Vec<(usize, usize)>,
}

impl Naive {
    /// Where in the history a connection began, if it is there.
    fn connected(&self, node: NodeId, connection: u64, before: usize) -> Option<usize> {
        let mut since = None;
        for (at, step) in self.history[..before].iter().enumerate() {
            match step {
                Step::AllBreak => since = None,
                Step::Crashed(crashed) if *crashed == node => since = None,
                Step::Asked(from, Request::Disconnect { connection: other })
                    if (*from, *other) == (node, connection) =>
                {
                    since = None;
                }
                Step::Asked(from, Request::Connect { connection: other })
                    if (*from, *other) == (node, connection) =>
                {
                    since = since.or(Some(at));
                }
                _ => {}
            }
        }
        since
    }

    /// Whether a connection was subscribed to a channel at some moment.
    fn is_subscribed(&self, node: NodeId, connection: u64, channel: &str, before: usize) -> bool {
        let Some(since) = self.connected(node, connection, before) else { return false };
        let latest = self.history[since..before].iter().rev().find_map(|step| match step {
            Step::Asked(from, Request::Subscribe { connection: other, channel: named })
                if (*from, *other) == (node, connection) && named == channel =>
            {
                Some(true)
            }
            Step::Asked(from, Request::Unsubscribe { connection: other, channel: named })
                if (*from, *other) == (node, connection) && named == channel =>
            {
                Some(false)
            }
            _ => None,
        });
        latest.unwrap_or(false)
    }

    fn answer(&mut self, node: NodeId, request: &Request) -> Reply {
        let now = self.history.len();
        let refused = Reply::Refused(PubSubError::Disconnected);
        match request {
            Request::Publish { channel, .. } => {
                let all = NODES.iter().flat_map(|node| CONNECTIONS.map(|connection| (*node, connection)));
                let listens =
                    |(node, connection): &(NodeId, u64)| self.is_subscribed(*node, *connection, channel, now);
                Reply::Published { listeners: all.filter(listens).count() as u64 }
            }
            Request::Connect { .. } | Request::Disconnect { .. } => Reply::Done,
            Request::Subscribe { connection, .. } | Request::Unsubscribe { connection, .. } => {
                self.connected(node, *connection, now).map_or(refused, |_| Reply::Done)
            }
            Request::Next { connection, .. } => {
                let Some(since) = self.connected(node, *connection, now) else { return refused };
                let heard = (since..now).filter_map(|at| match &self.history[at] {
                    Step::Asked(_, Request::Publish { channel, message })
                        if self.is_subscribed(node, *connection, channel, at) =>
                    {
                        Some(Message { channel: channel.clone(), body: message.clone() })
                    }
                    _ => None,
                });
                let heard: Vec<Message> = heard.collect();
                let is_its = |at: usize| {
                    at >= since
                        && matches!(&self.history[at], Step::Asked(from, Request::Next { connection: other, .. })
                            if (*from, *other) == (node, *connection))
                };
                let given: usize =
                    self.given.iter().filter(|(at, _)| is_its(*at)).map(|(_, count)| count).sum();
                let messages: Vec<Message> = heard.into_iter().skip(given).take(NEXT_MESSAGES_MAX).collect();
                self.given.push((now, messages.len()));
                Reply::Messages(messages)
            }
        }
    }
}

const NODES: [NodeId; 2] = [NodeId(0), NodeId(1)];
const CONNECTIONS: [u64; 2] = [1, 2];

fn request() -> impl Strategy<Value = Request> {
    let channel = || prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
    let connection = || prop_oneof![Just(1_u64), Just(2_u64)];
    prop_oneof![
        6 => (channel(), 0..1_000_u32).prop_map(|(channel, value)| Request::Publish {
            channel,
            message: Json::from_text(value.to_string()),
        }),
        2 => connection().prop_map(|connection| Request::Connect { connection }),
        3 => (connection(), channel())
            .prop_map(|(connection, channel)| Request::Subscribe { connection, channel }),
        1 => (connection(), channel())
            .prop_map(|(connection, channel)| Request::Unsubscribe { connection, channel }),
        4 => connection().prop_map(|connection| Request::Next { connection, wait: Duration::ZERO }),
        1 => connection().prop_map(|connection| Request::Disconnect { connection }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let node = || prop_oneof![Just(NODES[0]), Just(NODES[1])];
    prop_oneof![
        40 => (node(), request()).prop_map(|(node, request)| Step::Asked(node, request)),
        1 => node().prop_map(Step::Crashed),
        1 => Just(Step::AllBreak),
    ]
}

proptest! {
    #[test]
    fn is_like_one_that_remembers_everything(steps in vec(step(), 1..120)) {
        let (mut model, mut naive) = (Model::new(), Naive::default());
        for step in steps {
            match &step {
                Step::Asked(node, request) => {
                    let expected = naive.answer(*node, request);
                    let answer = model.handle(Time::EPOCH, *node, request);
                    prop_assert_eq!(answer, Handled::Reply(expected));
                }
                Step::Crashed(node) => model.disconnected(Time::EPOCH, *node),
                Step::AllBreak => model.break_all(),
            }
            naive.history.push(step);
        }
    }
}
