//! What a requirement says of a submission.

use serde::{Deserialize, Serialize};

/// What a requirement says of a submission. Never a `bool`: not knowing is a third answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// No schedule showed anything wrong.
    Pass,
    /// A schedule shows what is wrong, and shows it again when repeated.
    Fail,
    /// The grader cannot tell, through no fault of the submission; running again may help.
    Inconclusive,
    /// A bonus that the submission does not earn: it could do more, but nothing is wrong with it.
    Missed,
    /// Not judged, for example because an earlier stage failed.
    Skipped,
}
