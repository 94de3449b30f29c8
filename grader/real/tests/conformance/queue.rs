//! The queue.

use crate::harness::{Answers, Compared, Draw, Moments, Names};
use kata_ports::queue::{Message, Model, Receipt, Reply, Request, Settings};
use kata_ports::{Json, NodeId, Trouble};
use kata_real::queue::Queue;
use std::time::Duration;

pub(crate) struct Queues;

/// Few deliveries, so that messages die.
pub(crate) const SETTINGS: Settings = Settings { receives_max: 2 };

/// What a message is called among names.
const MESSAGE: &str = "message";
/// As many as one receive takes: which of more it takes is nobody's business.
const MESSAGES_MAX: usize = 10;

impl Answers<Queues> for Queue {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        self.handle(from, request).await
    }
}

impl Compared for Queues {
    type Model = Model;
    type Request = Request;
    type Reply = Reply;

    fn model() -> Model {
        Model::new(SETTINGS)
    }

    fn request(draw: &mut Draw, seen: &Names, moments: &mut Moments) -> Request {
        let queue = if draw.one_in(60) {
            String::new()
        } else {
            draw.of(&["jobs", "jobs", "jobs.dead", "jobs é"]).to_owned()
        };
        let sent = seen.known(MESSAGE);
        let receipt = |draw: &mut Draw| Receipt {
            message: if sent.is_empty() || draw.one_in(20) { 1_000 } else { draw.of(&sent) },
            receive: 1 + draw.below(3) as u32,
        };
        let soon = Duration::from_millis(150);
        match draw.below(16) {
            0..=4 if sent.len() < MESSAGES_MAX => {
                let delay = match draw.below(4) {
                    0 => moments.after(soon),
                    1 if draw.one_in(4) => Duration::from_secs(16 * 60),
                    _ => Duration::ZERO,
                };
                Request::Send { queue, body: Json::from_text(r#"{"resize":"é"}"#), delay }
            }
            0..=9 => {
                let visibility = match draw.below(12) {
                    0..=3 => moments.after(soon),
                    4 if draw.one_in(3) => Duration::ZERO,
                    _ => Duration::from_secs(3_600),
                };
                let wait = draw.of(&[Duration::ZERO, Duration::ZERO, Duration::from_millis(20)]);
                let max = if draw.one_in(30) { 11 } else { 10 };
                Request::Receive { queue, receive: draw.below(1 << 40), max, visibility, wait }
            }
            10..=12 => Request::Ack { queue, receipt: receipt(draw) },
            13..=14 => {
                let delay = if draw.one_in(2) { Duration::ZERO } else { moments.after(soon) };
                Request::Nack { queue, receipt: receipt(draw), delay }
            }
            _ => Request::Extend { queue, receipt: receipt(draw), visibility: moments.after(soon) },
        }
    }

    fn translated(request: &Request, names: &Names) -> Request {
        let mut request = request.clone();
        if let Request::Ack { receipt, .. }
        | Request::Nack { receipt, .. }
        | Request::Extend { receipt, .. } = &mut request
        {
            receipt.message = names.real(MESSAGE, receipt.message);
        }
        request
    }

    fn permits(_request: &Request, model: &Reply, real: &Reply, names: &mut Names) -> bool {
        match (model, real) {
            (Reply::Sent { id: model }, Reply::Sent { id: real }) => names.same(MESSAGE, *model, *real),
            (Reply::Received(model), Reply::Received(real)) => {
                let by_id = |messages: &[Message]| {
                    let mut messages = messages.to_vec();
                    messages.sort_by_key(|message| message.id);
                    messages
                };
                model.len() == real.len()
                    && by_id(model).iter().zip(&by_id(real)).all(|(model, real)| same(model, real, names))
            }
            _ => model == real,
        }
    }
}

fn same(model: &Message, real: &Message, names: &mut Names) -> bool {
    names.same(MESSAGE, model.id, real.id)
        && names.same(MESSAGE, model.receipt.message, real.receipt.message)
        && model.receipt.receive == real.receipt.receive
        && (model.receives, &model.body) == (real.receives, &real.body)
        && names.same_moment(model.sent_at, real.sent_at)
}

/// A queue that delivers what was given back only after a while.
pub(crate) struct Planted(pub(crate) Queue);

impl Answers<Queues> for Planted {
    async fn answer(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        let mut request = request.clone();
        if let Request::Nack { delay, .. } = &mut request {
            *delay += Duration::from_secs(60);
        }
        self.0.answer(from, &request).await
    }
}
