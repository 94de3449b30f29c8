//! What a disk answers.

use super::DiskError;
use super::request::shown;
use crate::brief::write_brief;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a disk answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// To an append: where it was written.
    At(u64),
    /// To a read.
    Bytes(Vec<u8>),
    /// The file's length.
    Len(u64),
    /// The names of all files, in order.
    Names(Vec<String>),
    /// It was done.
    Done,
    /// It did nothing. Never [`DiskError::Trouble`].
    Refused(DiskError),
}

impl Reply {
    fn words(&self) -> String {
        match self {
            Reply::At(offset) => format!("ok @{offset}"),
            Reply::Bytes(bytes) if bytes.is_empty() => "none".to_owned(),
            Reply::Bytes(bytes) => shown(bytes),
            Reply::Len(len) => len.to_string(),
            Reply::Names(names) if names.is_empty() => "none".to_owned(),
            Reply::Names(names) => names.join(", "),
            Reply::Done => "ok".to_owned(),
            Reply::Refused(error) => error.to_string(),
        }
    }
}

/// The reply in a few words: `ok @17`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
