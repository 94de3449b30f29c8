//! How a requirement is judged.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How a requirement is judged, from the plainest to the most expensive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The contract, edges, bad input, access rules.
    Acceptance,
    /// Explored schedules and invariants.
    Concurrency,
    /// Crashes, lost answers, redelivery, outages; then a healed phase in which progress is due.
    Faults,
    /// Famous rates and latencies in virtual time with finite capacity.
    Scale,
    /// Several nodes as processes on real services.
    Integration,
}

impl Level {
    /// All levels, in order.
    pub const ALL: [Level; 5] =
        [Level::Acceptance, Level::Concurrency, Level::Faults, Level::Scale, Level::Integration];

    /// The name that people type.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Acceptance => "acceptance",
            Level::Concurrency => "concurrency",
            Level::Faults => "faults",
            Level::Scale => "scale",
            Level::Integration => "integration",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(name: &str) -> Result<Level, String> {
        Level::ALL.into_iter().find(|level| level.name() == name).ok_or_else(|| {
            format!("there is no level `{name}`; levels are {}", Level::ALL.map(Level::name).join(", "))
        })
    }
}
