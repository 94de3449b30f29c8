//! What a queue hands out.

use crate::{Json, Time};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message as it is delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Names the message for as long as it exists; greater than that of every message sent before it.
    pub id: u64,
    /// What it says.
    pub body: Json,
    /// The right to acknowledge this delivery.
    pub receipt: Receipt,
    /// How often it has been delivered, this time included.
    pub receives: u32,
    /// When it was sent, by the queue's clock.
    pub sent_at: Time,
}

/// The right to acknowledge one delivery of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The message.
    pub message: u64,
    /// Which delivery, counted from 1.
    pub receive: u32,
}

/// What the name of a queue of dead letters ends with.
const DEAD: &str = ".dead";

/// The queue to which messages of `queue` go that were delivered too often. It is a queue like others, but keeps its
/// messages for ever.
pub fn dead_letters(queue: &str) -> String {
    format!("{queue}{DEAD}")
}

/// The queue whose dead letters `queue` keeps.
pub(super) fn source_of_dead(queue: &str) -> Option<&str> {
    queue.strip_suffix(DEAD)
}

/// `#5 {"job":"resize"}`, with the count of deliveries where it is not the first.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.receipt, self.body)
    }
}

/// `#5`, or `#5 (delivery 2)` where it is not the first.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.receive {
            1 => write!(f, "#{}", self.message),
            receive => write!(f, "#{} (delivery {receive})", self.message),
        }
    }
}
