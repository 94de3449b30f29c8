//! Why a disk did not do as asked.

use crate::Trouble;
use serde::{Deserialize, Serialize};

/// Why a disk did not do as asked. All but [`DiskError::Trouble`] are refusals: definite, without any effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum DiskError {
    /// There is no such file. Definite: no effect.
    #[error("there is no file {0} (no effect)")]
    NotFound(String),
    /// The disk has no room for that. Definite: no effect.
    #[error("the disk is full (no effect)")]
    Full,
    /// The request breaks a limit; the text says which. Definite: no effect.
    #[error("invalid: {0} (no effect)")]
    Invalid(String),
    /// Something went wrong on the way. [`Trouble`] says whether the effect is known.
    #[error("disk {0}")]
    Trouble(#[from] Trouble),
}

impl DiskError {
    /// True if the request certainly had no effect and never will.
    pub const fn is_definite(&self) -> bool {
        match self {
            DiskError::Trouble(trouble) => trouble.is_definite(),
            _ => true,
        }
    }
}
