//! Strings: any JSON value, with a version.

use crate::Json;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A command on a string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StringCommand {
    /// Reads it with its version.
    Get,
    /// Stores it, whatever the key held before.
    Set {
        /// The new value.
        value: Json,
        /// What must hold of the key.
        only_if: OnlyIf,
        /// How long it stays; nothing keeps it for good, also where it was to expire before.
        ttl: Option<Duration>,
    },
    /// Stores it if the string that is there has that version.
    CompareAndSet {
        /// The version.
        version: u64,
        /// The new value.
        value: Json,
        /// How long it stays; nothing keeps it for good, also where it was to expire before.
        ttl: Option<Duration>,
    },
    /// Deletes it if it has that version.
    CompareAndDelete {
        /// The version.
        version: u64,
    },
    /// Adds to a whole number; none counts as 0. Answered with the sum.
    Incr {
        /// How much to add.
        by: i64,
        /// How long it stays if this makes it; one that is there keeps its time.
        ttl: Option<Duration>,
    },
}

/// What must hold of a key for a string to be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnlyIf {
    /// Nothing.
    #[default]
    Any,
    /// The key holds nothing.
    Absent,
    /// The key holds something.
    Present,
}

impl StringCommand {
    pub(super) fn words(&self, key: &str) -> String {
        let lasting = |ttl: &Option<Duration>| ttl.map(|ttl| format!(" for {ttl:?}")).unwrap_or_default();
        match self {
            StringCommand::Get => format!("get {key}"),
            StringCommand::Set { value, only_if, ttl } => {
                let only_if = match only_if {
                    OnlyIf::Any => "",
                    OnlyIf::Absent => " if absent",
                    OnlyIf::Present => " if present",
                };
                format!("set {key}{only_if}{}  {value}", lasting(ttl))
            }
            StringCommand::CompareAndSet { version, value, ttl } => {
                format!("set {key} if v{version}{}  {value}", lasting(ttl))
            }
            StringCommand::CompareAndDelete { version } => format!("delete {key} if v{version}"),
            StringCommand::Incr { by, ttl } => format!("incr {key} {by:+}{}", lasting(ttl)),
        }
    }
}
