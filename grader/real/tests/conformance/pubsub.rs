//! Publish and subscribe.

use crate::harness::{Answers, Compared, Draw, Moments, Names};
use kata_ports::pubsub::{Model, Reply, Request};
use kata_ports::{Json, NodeId, Trouble};
use kata_real::pubsub::PubSub;
use std::time::Duration;

pub(crate) struct PubSubs;

/// Redis answers whoever publishes before the last listener has the message.
const ON_ITS_WAY: Duration = Duration::from_millis(10);

/// Listens only when everything published has arrived: how long that takes is nobody's business.
pub(crate) struct Patient(pub(crate) PubSub);

impl Answers<PubSubs> for Patient {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        if matches!(request, Request::Next { .. } | Request::Disconnect { .. }) {
            tokio::time::sleep(ON_ITS_WAY).await;
        }
        self.0.handle(from, request).await
    }
}

impl Compared for PubSubs {
    type Model = Model;
    type Request = Request;
    type Reply = Reply;

    fn model() -> Model {
        Model::new()
    }

    fn request(draw: &mut Draw, _seen: &Names, _moments: &mut Moments) -> Request {
        let connection = draw.below(2);
        let channel = if draw.one_in(60) { "" } else { draw.of(&["news", "news", "é [*?"]) }.to_owned();
        match draw.below(16) {
            0..=5 => Request::Publish {
                channel,
                message: Json::from_text(format!("{{\"é\":{}}}", draw.below(99))),
            },
            6..=7 => Request::Connect { connection },
            8..=10 => Request::Subscribe { connection, channel },
            11 => Request::Unsubscribe { connection, channel },
            12..=14 => {
                let wait = draw.of(&[Duration::ZERO, Duration::from_millis(20), Duration::from_secs(21)]);
                Request::Next { connection, wait }
            }
            _ if draw.one_in(2) => Request::Disconnect { connection },
            _ => {
                Request::Publish { channel, message: Json::from_text(format!("\"{}\"", "x".repeat(65_535))) }
            }
        }
    }

    fn translated(request: &Request, _names: &Names) -> Request {
        request.clone()
    }

    fn permits(_request: &Request, model: &Reply, real: &Reply, _names: &mut Names) -> bool {
        model == real
    }
}

/// A service that goes on delivering to who has unsubscribed.
pub(crate) struct Planted(pub(crate) Patient);

impl Answers<PubSubs> for Planted {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        match request {
            Request::Unsubscribe { connection, channel } => {
                let subscribe = Request::Subscribe { connection: *connection, channel: channel.clone() };
                self.0.answer(from, &subscribe).await
            }
            _ => self.0.answer(from, request).await,
        }
    }
}
