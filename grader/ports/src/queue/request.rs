//! What nodes ask of a queue.

use super::Receipt;
use crate::{Json, brief::write_brief};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What nodes ask of a queue. A queue exists as soon as it is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Sends a message.
    Send {
        /// The queue.
        queue: String,
        /// What it says.
        body: Json,
        /// How long it stays hidden at first: at most 15 minutes.
        delay: Duration,
    },
    /// Receives messages and hides them. A long poll.
    Receive {
        /// The queue.
        queue: String,
        /// Tells the receives of one node apart.
        receive: u64,
        /// At most how many: 1 to 10.
        max: u32,
        /// For how long they are hidden: 1 millisecond to 12 hours.
        visibility: Duration,
        /// How long to wait for a first one: at most 20 seconds. The answer may come earlier, without any.
        wait: Duration,
    },
    /// Says that a message is done with: it is gone. A message that is gone already needs no more.
    Ack {
        /// The queue.
        queue: String,
        /// Its delivery.
        receipt: Receipt,
    },
    /// Gives a message back, to be delivered again.
    Nack {
        /// The queue.
        queue: String,
        /// Its delivery.
        receipt: Receipt,
        /// How long it stays hidden: at most 15 minutes.
        delay: Duration,
    },
    /// Hides a message for longer.
    Extend {
        /// The queue.
        queue: String,
        /// Its delivery.
        receipt: Receipt,
        /// For how long from now: 1 millisecond to 12 hours.
        visibility: Duration,
    },
}

impl Request {
    /// The queue it goes to.
    pub fn store(&self) -> &str {
        match self {
            Request::Send { queue, .. }
            | Request::Receive { queue, .. }
            | Request::Ack { queue, .. }
            | Request::Nack { queue, .. }
            | Request::Extend { queue, .. } => queue,
        }
    }

    /// What it does, in a word.
    pub fn verb(&self) -> &'static str {
        match self {
            Request::Send { .. } => "send",
            Request::Receive { .. } => "receive",
            Request::Ack { .. } => "ack",
            Request::Nack { .. } => "nack",
            Request::Extend { .. } => "extend",
        }
    }

    fn words(&self) -> String {
        match self {
            Request::Send { queue, body, delay: Duration::ZERO } => format!("send {queue}  {body}"),
            Request::Send { queue, body, delay } => format!("send {queue} in {delay:?}  {body}"),
            Request::Receive { queue, max, visibility, wait, .. } => {
                format!("receive {queue} max {max} for {visibility:?} wait {wait:?}")
            }
            Request::Ack { queue, receipt } => format!("ack {queue} {receipt}"),
            Request::Nack { queue, receipt, delay: Duration::ZERO } => format!("nack {queue} {receipt}"),
            Request::Nack { queue, receipt, delay } => format!("nack {queue} {receipt} for {delay:?}"),
            Request::Extend { queue, receipt, visibility } => {
                format!("extend {queue} {receipt} for {visibility:?}")
            }
        }
    }
}

/// The request in a few words: `send jobs  {"resize":7}`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
