//! The requirements of the bloom-filter kata.
//!
//! One module per stage, in the order a learner meets them: `members`, `estimate`, `bytes`, `removal`, `secret`, `threads`,
//! `speed`. `filters` holds what they share, also the limits that chance sets.

mod bytes;
mod estimate;
mod filters;
mod members;
mod removal;
mod secret;
mod speed;
mod threads;

use bloom_filter::BloomFilterClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "bloom-filter",
        contract: contract::<BloomFilterClient>(),
        stages: vec![
            Stage { id: "members", story: "Every key that was inserted is found, and few others are." },
            Stage { id: "estimate", story: "The filter tells how many distinct keys it holds." },
            Stage { id: "bytes", story: "Filters travel as few bytes and are united with others." },
            Stage { id: "removal", story: "A filter that counts lets keys go, and harms no others." },
            Stage { id: "secret", story: "Somebody who chooses the keys cannot make them collide." },
            Stage { id: "threads", story: "Several threads share a filter, and nothing gets lost." },
            Stage { id: "speed", story: "All this is quick, beside the best crate for it." },
        ],
        requirements: vec![
            members::what_was_inserted_is_found(),
            members::small_and_overfull_filters_keep_their_keys(),
            members::few_others_are_found(),
            estimate::estimates_count_distinct_keys(),
            bytes::bytes_restore_a_filter(),
            bytes::bytes_are_few(),
            bytes::bytes_are_next_to_the_fewest(),
            bytes::a_union_holds_both(),
            bytes::foreign_bytes_are_refused(),
            removal::removed_keys_go_and_others_stay(),
            removal::keys_inserted_often_stay(),
            removal::what_is_not_there_cannot_be_removed(),
            removal::counts_travel(),
            secret::the_secret_decides_what_collides(),
            secret::crafted_keys_do_not_collide(),
            threads::threads_lose_no_keys(),
            threads::threads_lose_no_counts(),
            speed::keeps_up(),
        ],
    }
}
