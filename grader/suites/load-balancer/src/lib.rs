//! The requirements of the load-balancer kata.
//!
//! One module per stage, in the order a learner meets them: `turns`, `draining`, `loads`, `keys`, `health`, `coming_back`,
//! `further_tries`, `rush`. `farm` plays the backends and remembers what came to them, `shares` knows what a fair share is, and
//! `bench` holds what all scenarios have in common.

mod bench;
mod coming_back;
mod draining;
mod farm;
mod further_tries;
mod health;
mod keys;
mod loads;
mod rush;
mod shares;
mod turns;

use kata_sim::{Stage, Suite, contract};
use load_balancer::LoadBalancerClient;

/// The suite, for the registry.
pub fn suite() -> Suite {
    let stage = |id, story| Stage { id, story };
    Suite {
        kata: "load-balancer",
        contract: contract::<LoadBalancerClient>(),
        stages: vec![
            stage("turns", "One after the other, and heavy ones more often."),
            stage("draining", "A backend is to be taken away, and nobody should notice."),
            stage("loads", "Who is busy gets less."),
            stage("keys", "What belongs together stays together."),
            stage("health", "Who is not well gets nothing, until it is."),
            stage("coming-back", "Who comes back begins with little."),
            stage("further-tries", "When somebody else may help, and when nobody may."),
            stage("rush", "Many requests, and one backend that is slow."),
        ],
        requirements: vec![
            turns::answers_are_passed_on(),
            turns::backends_take_turns(),
            turns::a_crowd_shares_the_turns(),
            turns::weights_are_shares(),
            draining::a_draining_backend_gets_nothing(),
            draining::without_backends_requests_are_refused(),
            draining::requests_under_way_are_finished(),
            draining::no_policy_forgets_who_is_draining(),
            loads::the_least_busy_is_next(),
            loads::failed_requests_are_over(),
            loads::two_choices_take_the_better_one(),
            loads::the_idle_one_is_not_flooded(),
            keys::an_address_keeps_its_backend(),
            keys::addresses_are_spread(),
            keys::keys_are_spread(),
            keys::only_keys_of_the_lost_backend_move(),
            health::a_sick_backend_gets_nothing(),
            health::a_bad_probe_is_no_illness(),
            health::a_good_probe_is_no_recovery(),
            health::draining_and_health_are_two_things(),
            health::a_slow_probe_has_failed(),
            health::probes_do_not_wait_for_each_other(),
            health::nobody_left_is_said_at_once(),
            health::a_new_life_begins_with_all(),
            coming_back::a_share_rises_evenly(),
            coming_back::a_recovered_backend_is_spared(),
            coming_back::alone_it_gets_all(),
            further_tries::refused_requests_go_elsewhere(),
            further_tries::tries_have_an_end(),
            further_tries::reads_are_tried_again(),
            further_tries::nothing_is_ordered_twice(),
            further_tries::what_may_have_happened_is_not_denied(),
            further_tries::no_storm_of_further_tries(),
            rush::a_slow_backend_is_given_less(),
            rush::two_choices_are_enough(),
        ],
    }
}
