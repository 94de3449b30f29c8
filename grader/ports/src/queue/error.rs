//! Why a queue did not do as asked.

use crate::Trouble;
use serde::{Deserialize, Serialize};

/// Why a queue did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum QueueError {
    /// The message is not held by this receipt any more: its visibility has lapsed, or it was given back. It will be
    /// delivered again, or has been. Definite: no effect.
    #[error("stale receipt: the message is not held any more (no effect)")]
    StaleReceipt,
    /// All messages received have bodies that are not what their type says; this is the first. They will be delivered
    /// again, and end up among the dead letters.
    #[error("message {message} does not decode: {why}")]
    Undecodable {
        /// The message.
        message: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The request breaks a limit; the text says which. Definite: no effect.
    #[error("invalid: {0} (no effect)")]
    Invalid(String),
    /// Something went wrong on the way. [`Trouble`] says whether the effect is known.
    #[error("queue {0}")]
    Trouble(#[from] Trouble),
}

impl QueueError {
    /// True if the request certainly had no effect and never will.
    pub const fn is_definite(&self) -> bool {
        match self {
            QueueError::Trouble(trouble) => trouble.is_definite(),
            // Messages were hidden.
            QueueError::Undecodable { .. } => false,
            QueueError::StaleReceipt | QueueError::Invalid(_) => true,
        }
    }
}
