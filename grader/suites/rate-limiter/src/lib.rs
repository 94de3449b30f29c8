//! The requirements of the rate-limiter kata.
//!
//! One module per stage, in the order a learner meets them: `buckets`, `windows`, `answers`, `hierarchy`, `races`, `outages`,
//! `rush`. `clients` holds what their clients have in common, `book` what one subject was admitted. Windows are long against
//! everything that a check takes, so that it does not matter where in its time its moment was.

mod answers;
mod book;
mod buckets;
mod clients;
mod hierarchy;
mod outages;
mod races;
mod rush;
mod windows;

use kata_sim::{Stage, Suite, contract};
use rate_limiter::RateLimiterClient;

/// The suite, for the registry.
pub fn suite() -> Suite {
    let stage = |id, story| Stage { id, story };
    Suite {
        kata: "rate-limiter",
        contract: contract::<RateLimiterClient>(),
        stages: vec![
            stage("buckets", "A bucket admits bursts and refills; a leaky one lets work wait."),
            stage("windows", "Windows with edges, without, and something in between."),
            stage("answers", "Costs, how long to wait, and what makes no sense."),
            stage("hierarchy", "A user, an address, a key: all rules must admit, or nothing is charged."),
            stage("races", "Many ask at once, through nodes whose clocks differ."),
            stage("outages", "Nodes crash; the cache fails, forgets and fills."),
            stage("rush", "A hundred thousand checks a second, and one user who floods you."),
        ],
        requirements: vec![
            buckets::a_bucket_admits_bursts_and_refills(),
            buckets::asking_does_not_slow_the_refill(),
            buckets::a_leaky_bucket_lets_work_wait_for_its_turn(),
            windows::a_fixed_window_ends_when_it_ends(),
            windows::a_sliding_log_knows_no_edges(),
            windows::a_sliding_counter_weighs_the_last_window(),
            answers::costs_are_charged_whole_or_not_at_all(),
            answers::who_waits_as_told_is_admitted(),
            answers::senseless_checks_are_refused(),
            hierarchy::every_rule_that_applies_must_admit(),
            hierarchy::a_refused_check_costs_nothing(),
            hierarchy::quotas_do_not_mix(),
            races::no_race_admits_more(),
            races::racing_refusals_leave_nothing_behind(),
            races::clocks_that_differ_admit_no_more(),
            outages::crashes_forget_no_charge(),
            outages::lost_answers_admit_no_more(),
            outages::the_cache_may_forget(),
            outages::checks_pass_without_the_cache_if_so_configured(),
            outages::checks_fail_without_the_cache_if_so_configured(),
            outages::nobody_is_remembered_for_good(),
            outages::a_slack_is_all_that_is_kept_back(),
            rush::checks_are_fast_at_a_hundred_thousand_a_second(),
            rush::a_flood_holds_nobody_up(),
        ],
    }
}
