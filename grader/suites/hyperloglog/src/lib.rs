//! The requirements of the hyperloglog kata.
//!
//! One module per stage, in the order a learner meets them: `counting`, `error`, `bytes`, `merging`, `secret`, `threads`, `speed`.
//! `sketches` holds what they share, also the limits that chance sets.

mod bytes;
mod counting;
mod error;
mod merging;
mod secret;
mod sketches;
mod speed;
mod threads;

use hyperloglog::HyperLogLogClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "hyperloglog",
        contract: contract::<HyperLogLogClient>(),
        stages: vec![
            Stage { id: "counting", story: "A sketch counts different keys, whatever they look like." },
            Stage { id: "error", story: "It errs as little as its size allows, at every count." },
            Stage { id: "bytes", story: "Sketches travel as few bytes." },
            Stage { id: "merging", story: "Sketches of many nodes become one, in any order." },
            Stage { id: "secret", story: "Somebody who chooses the keys cannot hide them." },
            Stage { id: "threads", story: "Several threads share a sketch, and nothing gets lost." },
            Stage { id: "speed", story: "All this is quick, and goes on to a hundred million keys." },
        ],
        requirements: vec![
            counting::few_keys_are_counted_exactly(),
            counting::a_key_counts_once(),
            counting::keys_of_all_kinds_are_counted(),
            counting::every_precision_counts(),
            error::no_count_is_worse_than_others(),
            error::small_sketches_err_no_more_than_they_must(),
            bytes::bytes_restore_a_sketch(),
            bytes::bytes_are_few(),
            bytes::bytes_fit_in_twelve_kibibytes(),
            bytes::foreign_bytes_are_refused(),
            merging::a_merge_adds_all_keys(),
            merging::order_and_repetition_change_nothing(),
            merging::many_nodes_count_together(),
            secret::the_secret_decides_what_goes_unnoticed(),
            secret::crafted_keys_are_counted(),
            threads::threads_lose_no_keys(),
            threads::threads_estimate_what_is_in(),
            speed::keeps_up(),
            speed::a_hundred_million_keys_are_counted(),
        ],
    }
}
