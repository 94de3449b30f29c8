//! How an item is found.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The key of an item: its partition and its place in it.
///
/// Keys are ordered by partition, then by sort key, both byte by byte. Together they hold at most
/// [`KEY_BYTES_MAX`](super::KEY_BYTES_MAX) bytes; the partition is not empty; neither holds a NUL character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Items of one partition live together and share its capacity.
    pub partition: String,
    /// Orders the items of a partition; empty where a partition is one item.
    pub sort: String,
}

impl Key {
    /// The key with that partition and sort key.
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Key {
        Key { partition: partition.into(), sort: sort.into() }
    }
}

/// `partition` or `partition/sort`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.partition)?;
        if self.sort.is_empty() { Ok(()) } else { write!(f, "/{}", self.sort) }
    }
}

impl From<&str> for Key {
    fn from(partition: &str) -> Key {
        Key::new(partition, "")
    }
}

impl From<String> for Key {
    fn from(partition: String) -> Key {
        Key::new(partition, "")
    }
}

impl From<&String> for Key {
    fn from(partition: &String) -> Key {
        Key::new(partition, "")
    }
}

impl From<&Key> for Key {
    fn from(key: &Key) -> Key {
        key.clone()
    }
}

impl<P: Into<String>, S: Into<String>> From<(P, S)> for Key {
    fn from((partition, sort): (P, S)) -> Key {
        Key::new(partition, sort)
    }
}
