//! What listeners hear.

use crate::Json;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message as a connection gives it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where it was published.
    pub channel: String,
    /// What it says.
    pub body: Json,
}

impl Message {
    /// What it counts for while it waits to be read.
    pub fn bytes(&self) -> usize {
        self.channel.len() + self.body.text().len()
    }
}

/// `news {"goal":1}`.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.channel, self.body)
    }
}
