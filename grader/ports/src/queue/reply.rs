//! What a queue answers.

use super::{Message, QueueError};
use crate::brief::write_brief;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a queue answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The message was sent.
    Sent {
        /// Its name.
        id: u64,
    },
    /// The messages received.
    Received(Vec<Message>),
    /// It was acknowledged, given back or extended.
    Done,
    /// It did nothing. Never [`QueueError::Trouble`].
    Refused(QueueError),
}

impl Reply {
    fn words(&self) -> String {
        match self {
            Reply::Sent { id } => format!("ok #{id}"),
            Reply::Received(messages) if messages.is_empty() => "none".to_owned(),
            Reply::Received(messages) => {
                messages.iter().map(Message::to_string).collect::<Vec<_>>().join(", ")
            }
            Reply::Done => "ok".to_owned(),
            Reply::Refused(QueueError::StaleReceipt) => "stale receipt".to_owned(),
            Reply::Refused(error) => error.to_string(),
        }
    }
}

/// The reply in a few words: `#5 {"resize":7}`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
