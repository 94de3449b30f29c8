//! Why publish/subscribe did not do as asked.

use crate::Trouble;
use serde::{Deserialize, Serialize};

/// Why publish/subscribe did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PubSubError {
    /// The connection is broken: its subscriptions are gone, and what it had not given out is lost. Only a new one helps. Definite:
    /// no effect.
    #[error("disconnected: the connection is broken (no effect)")]
    Disconnected,
    /// A message is not what its type says. It is gone; the connection goes on.
    #[error("a message of channel {channel} does not decode: {why}")]
    Undecodable {
        /// Its channel.
        channel: String,
        /// What is wrong with it.
        why: String,
    },
    /// The request breaks a limit; the text says which. Definite: no effect.
    #[error("invalid: {0} (no effect)")]
    Invalid(String),
    /// Something went wrong on the way. [`Trouble`] says whether the effect is known.
    #[error("pub/sub {0}")]
    Trouble(#[from] Trouble),
}

impl PubSubError {
    /// True if the request certainly had no effect and never will.
    pub const fn is_definite(&self) -> bool {
        match self {
            PubSubError::Trouble(trouble) => trouble.is_definite(),
            // The message was taken.
            PubSubError::Undecodable { .. } => false,
            PubSubError::Disconnected | PubSubError::Invalid(_) => true,
        }
    }
}
