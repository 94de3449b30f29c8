//! Hashes: fields with JSON values.

use super::{CacheError, Reply};
use crate::Json;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A command on a hash. A hash without fields is no key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HashCommand {
    /// Sets a field. Answered with whether it is new.
    Set {
        /// The field.
        field: String,
        /// Its new value.
        value: Json,
    },
    /// Reads a field.
    Get {
        /// The field.
        field: String,
    },
    /// Reads all fields.
    GetAll,
    /// Deletes a field. Answered with whether it was there.
    Del {
        /// The field.
        field: String,
    },
    /// Adds to a whole number in a field; none counts as 0. Answered with the sum.
    Incr {
        /// The field.
        field: String,
        /// How much to add.
        by: i64,
    },
}

impl HashCommand {
    pub(super) fn words(&self, key: &str) -> String {
        match self {
            HashCommand::Set { field, value } => format!("hset {key} {field}  {value}"),
            HashCommand::Get { field } => format!("hget {key} {field}"),
            HashCommand::GetAll => format!("hgetall {key}"),
            HashCommand::Del { field } => format!("hdel {key} {field}"),
            HashCommand::Incr { field, by } => format!("hincr {key} {field} {by:+}"),
        }
    }

    pub(super) fn apply(&self, key: &str, hash: &mut BTreeMap<String, Json>) -> Result<Reply, CacheError> {
        Ok(match self {
            HashCommand::Set { field, value } => {
                Reply::Flag(hash.insert(field.clone(), value.clone()).is_none())
            }
            HashCommand::Get { field } => Reply::Field(hash.get(field).cloned()),
            HashCommand::GetAll => Reply::Fields(hash.clone()),
            HashCommand::Del { field } => Reply::Flag(hash.remove(field).is_some()),
            HashCommand::Incr { field, by } => {
                let sum = add(&format!("{key}/{field}"), hash.get(field), *by)?;
                hash.insert(field.clone(), Json::from_text(sum.to_string()));
                Reply::Number(sum)
            }
        })
    }
}

/// Adds `by` to a number that is JSON; none counts as 0.
pub(super) fn add(key: &str, number: Option<&Json>, by: i64) -> Result<i64, CacheError> {
    let not_a_number = |_| CacheError::NotANumber { key: key.to_owned() };
    let number: i64 = number.map_or(Ok(0), |json| json.decode()).map_err(not_a_number)?;
    number.checked_add(by).ok_or_else(|| CacheError::Overflow { key: key.to_owned() })
}
