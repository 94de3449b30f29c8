//! What nodes ask of publish/subscribe.

use crate::{Json, brief::write_brief};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What nodes ask of publish/subscribe. A channel exists as soon as it is named. A connection is its node's: others may use the same
/// number for theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Publishes a message to whoever listens now.
    Publish {
        /// The channel.
        channel: String,
        /// What it says.
        message: Json,
    },
    /// Connects, without any subscription yet.
    Connect {
        /// Tells the connections of one node apart. One that is connected stays as it is.
        connection: u64,
    },
    /// Subscribes a connection to a channel. A second time changes nothing.
    Subscribe {
        /// The connection.
        connection: u64,
        /// The channel.
        channel: String,
    },
    /// Ends a subscription. What has come already is still given out. One that is none needs no more.
    Unsubscribe {
        /// The connection.
        connection: u64,
        /// The channel.
        channel: String,
    },
    /// Takes what has come to a connection. A long poll.
    Next {
        /// The connection.
        connection: u64,
        /// How long to wait for a first message: at most 20 seconds. The answer may come earlier, without any.
        wait: Duration,
    },
    /// Gives a connection up, and what has come to it. One that is none needs no more.
    Disconnect {
        /// The connection.
        connection: u64,
    },
}

impl Request {
    /// The channel it is about, where it is about one.
    pub fn channel(&self) -> Option<&str> {
        match self {
            Request::Publish { channel, .. }
            | Request::Subscribe { channel, .. }
            | Request::Unsubscribe { channel, .. } => Some(channel),
            Request::Connect { .. } | Request::Next { .. } | Request::Disconnect { .. } => None,
        }
    }

    /// What it does, in a word.
    pub fn verb(&self) -> &'static str {
        match self {
            Request::Publish { .. } => "publish",
            Request::Connect { .. } => "connect",
            Request::Subscribe { .. } => "subscribe",
            Request::Unsubscribe { .. } => "unsubscribe",
            Request::Next { .. } => "listen",
            Request::Disconnect { .. } => "disconnect",
        }
    }

    fn words(&self) -> String {
        let verb = self.verb();
        match self {
            Request::Publish { channel, message } => format!("publish {channel}  {message}"),
            Request::Subscribe { channel, .. } | Request::Unsubscribe { channel, .. } => {
                format!("{verb} {channel}")
            }
            Request::Connect { .. } | Request::Next { .. } | Request::Disconnect { .. } => verb.to_owned(),
        }
    }
}

/// The request in a few words: `publish news  {"goal":1}`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
