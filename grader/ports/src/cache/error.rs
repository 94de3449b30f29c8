//! Why a cache did not do as asked.

use crate::Trouble;
use serde::{Deserialize, Serialize};

/// Why a cache did not do as asked. All but [`CacheError::Trouble`] are refusals: definite, without any effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CacheError {
    /// The key holds another kind of value than the command is for. Definite: no effect.
    #[error("wrong type: {key} holds a {holds} (no effect)")]
    WrongType {
        /// The key.
        key: String,
        /// What it holds: `string`, `hash`, `set` or `sorted set`.
        holds: String,
    },
    /// An addition to something else than a whole number. Definite: no effect.
    #[error("{key} is not a whole number (no effect)")]
    NotANumber {
        /// The key, with the field of a hash behind a slash.
        key: String,
    },
    /// An addition whose sum does not fit into an `i64`. Definite: no effect.
    #[error("{key} would overflow (no effect)")]
    Overflow {
        /// The key, with the field of a hash behind a slash.
        key: String,
    },
    /// The request breaks a limit or a value is not what its type says; the text says which. Definite: no effect.
    #[error("invalid: {0} (no effect)")]
    Invalid(String),
    /// Something went wrong on the way. [`Trouble`] says whether the effect is known.
    #[error("cache {0}")]
    Trouble(#[from] Trouble),
}

impl CacheError {
    /// True if the request certainly had no effect and never will.
    pub const fn is_definite(&self) -> bool {
        match self {
            CacheError::Trouble(trouble) => trouble.is_definite(),
            _ => true,
        }
    }
}
