//! Why a table did not do as asked.

use super::Item;
use crate::Trouble;
use serde::{Deserialize, Serialize};

/// Why a table did not do as asked. All but [`TableError::Trouble`] are refusals: definite, without any effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum TableError {
    /// The condition of a write does not hold. Definite: no effect.
    #[error("condition failed: {} (no effect)", told(.current))]
    ConditionFailed {
        /// Which write of a transaction: the first one whose condition fails, counted from 0. Always 0 for a write
        /// alone.
        write: usize,
        /// The item as it is, so that nobody must read it again; nothing if there is none.
        current: Option<Item>,
    },
    /// An addition to a field that holds something else than a whole number. Definite: no effect.
    #[error("field `{field}` is not a whole number (no effect)")]
    NotANumber {
        /// The field.
        field: String,
    },
    /// An addition whose sum does not fit into an `i64`. Definite: no effect.
    #[error("field `{field}` would overflow (no effect)")]
    Overflow {
        /// The field.
        field: String,
    },
    /// The request breaks a limit or a value is not what its type says; the text says which. Definite: no effect.
    #[error("invalid: {0} (no effect)")]
    Invalid(String),
    /// Something went wrong on the way. [`Trouble`] says whether the effect is known.
    #[error("table {0}")]
    Trouble(#[from] Trouble),
}

impl TableError {
    /// True if the request certainly had no effect and never will.
    pub const fn is_definite(&self) -> bool {
        match self {
            TableError::Trouble(trouble) => trouble.is_definite(),
            _ => true,
        }
    }

    /// True if a condition did not hold.
    pub const fn is_condition_failed(&self) -> bool {
        matches!(self, TableError::ConditionFailed { .. })
    }
}

fn told(current: &Option<Item>) -> String {
    match current {
        Some(item) => format!("{} is {item}", item.key),
        None => "there is no such item".to_owned(),
    }
}
