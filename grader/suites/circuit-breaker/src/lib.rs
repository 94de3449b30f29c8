//! The requirements of the circuit-breaker kata.
//!
//! One module per stage, in the order a learner meets them: `closed`, `windows`, `open`, `races`, `rush`. `backends` plays the
//! services behind the breakers and counts who was asked; `bench` holds what all scenarios have in common.

mod backends;
mod bench;
mod closed;
mod open;
mod races;
mod rush;
mod windows;

use circuit_breaker::CircuitBreakerClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    let stage = |id, story| Stage { id, story };
    Suite {
        kata: "circuit-breaker",
        contract: contract::<CircuitBreakerClient>(),
        stages: vec![
            stage("closed", "Calls go through, until too many fail."),
            stage("windows", "Which outcomes count, and what slow calls do."),
            stage("open", "What is not asked recovers; a few calls find out whether it has."),
            stage("races", "Many callers at once, answers that come late, and a crash."),
            stage("rush", "A backend is dead, and callers go on coming."),
        ],
        requirements: vec![
            closed::calls_go_through(),
            closed::half_of_enough_open_the_breaker(),
            closed::bad_questions_are_no_failures(),
            closed::one_backend_is_not_another(),
            windows::only_the_last_calls_count(),
            windows::only_recent_outcomes_count(),
            windows::slow_calls_open_the_breaker(),
            windows::no_answer_is_a_failure(),
            open::an_open_breaker_refuses_at_once(),
            open::probes_that_go_well_close_the_breaker(),
            open::probes_that_fail_open_the_breaker_again(),
            races::no_storm_when_half_open(),
            races::a_change_happens_once(),
            races::late_answers_change_nothing(),
            races::a_crash_closes_breakers(),
            rush::a_dead_backend_holds_nobody_up(),
        ],
    }
}
