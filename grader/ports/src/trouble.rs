//! What can go wrong between a node and a service, the same for every port.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a service did not answer.
///
/// `Unavailable` and `Throttled` are *definite*: the request had and will have no effect. `TimedOut` is *unknown*: the
/// request may have had its effect, or may yet have it, even after the asking node has crashed and recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trouble {
    /// The service is down and refused the request. Definite: no effect.
    Unavailable,
    /// The service is beyond its capacity and refused the request. Definite: no effect.
    Throttled,
    /// No answer came in time. Unknown: the effect may have happened, or may yet happen.
    TimedOut,
}

impl Trouble {
    /// True if the request certainly had no effect and never will.
    pub const fn is_definite(self) -> bool {
        !matches!(self, Trouble::TimedOut)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trouble::Unavailable => "unavailable (no effect)",
            Trouble::Throttled => "throttled (no effect)",
            Trouble::TimedOut => "timed out (effect unknown)",
        })
    }
}

impl std::error::Error for Trouble {}
