//! What a table holds.

use super::{Key, TableError};
use crate::Json;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An item as a table holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Where it is.
    pub key: Key,
    /// What it is.
    pub value: Json,
    /// Rises with every write of the item. No version is ever used again, not even after the item was deleted and
    /// written anew.
    pub version: u64,
}

impl Item {
    /// Decodes the value. Fails with [`TableError::Invalid`], naming the key, if it is no `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        let why = |error| TableError::Invalid(format!("the value of {} does not decode: {error}", self.key));
        self.value.decode().map_err(why)
    }
}

/// `v3 {"held_by":"ana"}`; whoever shows an item knows its key.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{} {}", self.version, self.value)
    }
}

/// One page of a query or scan: read at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The items, in the order asked for: at least one if there are any, and perhaps fewer than asked for although there are
    /// more. So Cassandra's native protocol has it ("Result paging").
    pub items: Vec<Item>,
    /// Where the next page goes on; nothing if there was nothing more when this one was read.
    pub next: Option<Key>,
}
