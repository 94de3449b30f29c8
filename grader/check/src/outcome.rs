//! How one run of a scenario ended.

/// How one run of a scenario ended: nothing to complain of, or a complaint.
pub type Outcome = Result<(), Complaint>;

/// What a scenario found wrong, in words that a learner reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// One short clause without a full stop: `seat A1 was sold twice`.
    pub summary: String,
    /// What the contract demands here.
    pub expected: String,
    /// What happened instead.
    pub observed: String,
}

impl Complaint {
    /// A complaint. All three are clauses without a full stop.
    pub fn new(
        summary: impl Into<String>,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) -> Complaint {
        Complaint { summary: summary.into(), expected: expected.into(), observed: observed.into() }
    }
}

/// Ends a scenario with a complaint unless `condition` holds:
/// `ensure!(sold == 1, "seat A1 was sold twice", "exactly one hold of A1", "{holds:?}")`. The summary, what is expected and
/// what was observed are format strings; arguments are captured or named.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $summary:literal, $expected:literal, $observed:literal $(,)?) => {
        if !$condition {
            return Err($crate::Complaint::new(format!($summary), format!($expected), format!($observed)));
        }
    };
}
