//! Why a log did not do as asked.

use crate::Trouble;
use serde::{Deserialize, Serialize};

/// Why a log did not do as asked. All but [`LogError::Trouble`] are definite: without any effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum LogError {
    /// The partition has gone to another consumer of the group, or may have: the group has been rebalanced since
    /// the record was polled. Whoever has the partition now gets the record again. Definite: no effect. Polling goes
    /// on as usual.
    #[error("fenced: the group is at generation {generation} by now (no effect)")]
    Fenced {
        /// The group's generation now.
        generation: u64,
    },
    /// A record's value is not what its type says. The next poll goes on behind it. Definite: nothing was changed.
    #[error("the record at {partition}@{offset} does not decode: {why}")]
    Undecodable {
        /// The record's partition.
        partition: u32,
        /// The record's offset.
        offset: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The request breaks a limit; the text says which. Definite: no effect.
    #[error("invalid: {0} (no effect)")]
    Invalid(String),
    /// Something went wrong on the way. [`Trouble`] says whether the effect is known.
    #[error("log {0}")]
    Trouble(#[from] Trouble),
}

impl LogError {
    /// True if the request certainly had no effect and never will.
    pub const fn is_definite(&self) -> bool {
        match self {
            LogError::Trouble(trouble) => trouble.is_definite(),
            _ => true,
        }
    }
}
