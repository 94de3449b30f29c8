//! How a contract's method says that the infrastructure failed it, and what that means to its client.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a method could not do its work although nothing was wrong with the request.
///
/// Every error of a contract has a variant `Failed(Failure)`. The `?` operator turns any port's error into
/// `Failed(Unknown)`, which is always true: an earlier step of the method may have had its effect. Say
/// [`Failure::Refused`] yourself where you know that nothing happened and nothing will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Failure {
    /// Definite: the call had no effect and never will. The client may try again as if for the first time.
    Refused,
    /// Unknown: the call may have had its effect, or may yet have it.
    Unknown,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Refused => "failed, without effect",
            Failure::Unknown => "failed, effect unknown",
        })
    }
}

/// An error of a port. `?` in a contract's method turns it into `Failed(Failure::Unknown)`.
pub trait PortError: std::error::Error {}

/// The error type of a contract's method, as [`macro@crate::error`] makes it.
pub trait ContractError {
    /// The failure, if the error is about infrastructure and not about the request.
    fn failure(&self) -> Option<Failure>;
}

/// Of methods that cannot fail.
impl ContractError for std::convert::Infallible {
    fn failure(&self) -> Option<Failure> {
        match *self {}
    }
}
