//! What a requirement says of a submission, and why.

use crate::{History, Level, Measured, Verdict};
use serde::{Deserialize, Serialize};

/// What a requirement says of a submission, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The requirement, by the name people type.
    pub id: String,
    /// The stage it belongs to.
    pub stage: String,
    /// How it was judged.
    pub level: Level,
    /// What it says.
    pub verdict: Verdict,
    /// Points it is worth.
    pub points: u32,
    /// Whether these points come on top: a submission passes without them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bonus: bool,
    /// Points it gave.
    pub earned: u32,
    /// Schedules run, swept crash points and lost answers included.
    pub schedules: u64,
    /// Steps of the graded process over all schedules.
    pub steps: u64,
    /// Wall time it took, in seconds. Not part of what must repeat.
    pub seconds: f64,
    /// What it measured, at level `scale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// Why it failed, was missed or is inconclusive.
    #[serde(flatten)]
    pub counterexample: Option<Counterexample>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(bonus: &bool) -> bool {
    !*bonus
}

/// The run that shows what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterexample {
    /// One short clause: `seat A1 was sold twice`.
    pub summary: String,
    /// What the contract demands here.
    pub expected: String,
    /// What happened instead.
    pub observed: String,
    /// Which schedule of how many showed it, in words: `schedule 41 of 2000`, `crash at step 7 of 31`.
    pub found_at: String,
    /// What happened in that run.
    pub history: History,
    /// The token that `kata grade --replay` takes.
    pub replay: String,
}
