//! What nodes ask of a cache.

use super::{HashCommand, SetCommand, SortedCommand, StringCommand};
use crate::brief::write_brief;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What nodes ask of a cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// A command on one key.
    Key {
        /// The key. It decides the shard.
        key: String,
        /// What to do.
        command: Command,
    },
    /// Asks what the cache's clock says.
    Now,
}

/// A command on one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Deletes the key, whatever it holds. Answered with whether it was there.
    Delete,
    /// Lets the key expire, whatever it holds. Answered with whether it was there.
    Expire {
        /// How long from now, by the cache's clock; nothing keeps it for good.
        ttl: Option<Duration>,
    },
    /// For strings.
    String(StringCommand),
    /// For hashes.
    Hash(HashCommand),
    /// For sets.
    Set(SetCommand),
    /// For sorted sets.
    Sorted(SortedCommand),
}

impl Request {
    /// What it does, in a word.
    pub fn verb(&self) -> &'static str {
        let Request::Key { command, .. } = self else { return "now" };
        match command {
            Command::Delete => "delete",
            Command::Expire { .. } => "expire",
            Command::String(StringCommand::Get) => "get",
            Command::String(_) => "set",
            Command::Hash(_) => "hash",
            Command::Set(_) => "members",
            Command::Sorted(_) => "sorted set",
        }
    }

    fn words(&self) -> String {
        let Request::Key { key, command } = self else { return "now".to_owned() };
        match command {
            Command::Delete => format!("delete {key}"),
            Command::Expire { ttl: Some(ttl) } => format!("expire {key} in {ttl:?}"),
            Command::Expire { ttl: None } => format!("persist {key}"),
            Command::String(command) => command.words(key),
            Command::Hash(command) => command.words(key),
            Command::Set(command) => command.words(key),
            Command::Sorted(command) => command.words(key),
        }
    }
}

/// The request in a few words: `set lock if absent for 5s  "ana"`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
