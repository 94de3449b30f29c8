//! What a cache answers.

use super::CacheError;
use crate::{Json, Time, brief::write_brief};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a cache answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// A string, if there is one.
    Value(Option<Cached>),
    /// The version that a string was stored with; nothing if its condition did not hold.
    Stored(Option<u64>),
    /// Yes or no: whether something was there, was new, or was done.
    Flag(bool),
    /// A sum.
    Number(i64),
    /// How many.
    Count(u64),
    /// A field of a hash, if there is one.
    Field(Option<Json>),
    /// All fields of a hash.
    Fields(BTreeMap<String, Json>),
    /// All members of a set.
    Members(BTreeSet<String>),
    /// The score of a member, if there is one.
    Score(Option<f64>),
    /// Members with their scores, in the order asked for.
    Scored(Vec<(String, f64)>),
    /// What the cache's clock says.
    Time(Time),
    /// It did nothing. Never [`CacheError::Trouble`].
    Refused(CacheError),
}

/// A string as a cache holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cached {
    /// What it is.
    pub value: Json,
    /// Rises with every write of the key. No version is ever used again.
    pub version: u64,
}

impl Reply {
    fn words(&self) -> String {
        match self {
            Reply::Value(Some(Cached { value, version })) => format!("v{version} {value}"),
            Reply::Value(None) | Reply::Field(None) | Reply::Score(None) => "none".to_owned(),
            Reply::Stored(Some(version)) => format!("ok v{version}"),
            Reply::Stored(None) => "not stored".to_owned(),
            Reply::Flag(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Reply::Number(number) => format!("= {number}"),
            Reply::Count(count) => count.to_string(),
            Reply::Field(Some(value)) => value.to_string(),
            Reply::Fields(fields) => list(fields.iter().map(|(field, value)| format!("{field}: {value}"))),
            Reply::Members(members) => list(members.iter().cloned()),
            Reply::Score(Some(score)) => score.to_string(),
            Reply::Scored(members) => {
                list(members.iter().map(|(member, score)| format!("{member}: {score}")))
            }
            Reply::Time(time) => time.to_string(),
            Reply::Refused(error) => error.to_string(),
        }
    }
}

fn list(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// The reply in a few words: `v3 "ana"`, `yes`, `= 7`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}
