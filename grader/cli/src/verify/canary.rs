//! A requirement that nothing can meet. Should it pass, the harness judges nothing.

use crate::hosts::Children;
use kata_check::{Complaint, Level, Outcome, Verdict};
use kata_sim::{Budget, Datacentre, Judge, Requirement};
use std::future::Future;
use std::pin::Pin;

/// True if the impossible requirement failed, as it must.
pub(crate) fn dies(children: &mut Children, seed: u64) -> bool {
    let impossible = Requirement {
        id: "canary",
        stage: "canary",
        level: Level::Acceptance,
        points: 0,
        story: "Nothing meets this.",
        budget: Budget { schedules: 1, ..Budget::default() },
        scenario: complain,
    };
    Judge::new(children, seed).judge(&impossible).verdict == Verdict::Fail
}

fn complain(_: &Datacentre) -> Pin<Box<dyn Future<Output = Outcome> + '_>> {
    Box::pin(async { Err(Complaint::new("the canary died", "nothing can be expected", "that it died")) })
}
