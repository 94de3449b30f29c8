//! What a log holds.

use crate::{Json, Time};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A record as a log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The partition that its key led to.
    pub partition: u32,
    /// Its place there: greater than that of every record before it, by one or more.
    pub offset: u64,
    /// Decides the partition; records of one key are in order.
    pub key: String,
    /// What it says.
    pub value: Json,
    /// When it was appended, by the log's clock.
    pub at: Time,
}

/// `2@17 {"ad":"a1"}`: partition 2, offset 17.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} {}", self.partition, self.offset, self.value)
    }
}
