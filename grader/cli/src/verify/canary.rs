//! A requirement that nothing can meet. Should it pass, the harness judges nothing.

use crate::Problem;
use crate::hosts::Children;
use kata_check::{Complaint, Level, Outcome, Verdict};
use kata_runner::Launch;
use kata_sim::{Budget, Datacentre, Judge, Requirement};
use std::future::Future;
use std::pin::Pin;

/// True if the impossible requirement failed, as it must.
pub(crate) fn dies(launch: &Launch, seed: u64) -> Result<bool, Problem> {
    let impossible = Requirement {
        id: "canary",
        stage: "canary",
        level: Level::Acceptance,
        native: false,
        points: 0,
        bonus: false,
        story: "Nothing meets this.",
        budget: Budget { schedules: 1, ..Budget::default() },
        scenario: complain,
    };
    let mut children = Children::start(launch)?;
    Ok(Judge::new(&mut children, seed).judge(&impossible).verdict == Verdict::Fail)
}

fn complain(_: &Datacentre) -> Pin<Box<dyn Future<Output = Outcome> + '_>> {
    Box::pin(async { Err(Complaint::new("the canary died", "nothing can be expected", "that it died")) })
}
