//! What publish/subscribe answers.

use super::{Message, PubSubError};
use crate::brief::write_brief;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What publish/subscribe answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The message was published.
    Published {
        /// How many connections it reached.
        listeners: u64,
    },
    /// It is connected, subscribed, or not any more.
    Done,
    /// Messages, in the order in which they came.
    Messages(Vec<Message>),
    /// It did nothing. Never [`PubSubError::Trouble`].
    Refused(PubSubError),
}

impl Reply {
    fn words(&self) -> String {
        match self {
            Reply::Published { listeners: 1 } => "reached 1 listener".to_owned(),
            Reply::Published { listeners } => format!("reached {listeners} listeners"),
            Reply::Done => "ok".to_owned(),
            Reply::Messages(messages) if messages.is_empty() => "none".to_owned(),
            Reply::Messages(messages) => {
                messages.iter().map(Message::to_string).collect::<Vec<_>>().join(", ")
            }
            Reply::Refused(PubSubError::Disconnected) => "disconnected".to_owned(),
            Reply::Refused(error) => error.to_string(),
        }
    }
}

/// The reply in a few words: `reached 2 listeners`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
