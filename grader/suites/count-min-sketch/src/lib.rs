//! The requirements of the count-min-sketch kata.
//!
//! One module per stage, in the order a learner meets them: `counting`, `bytes`, `chance`, `heavy`, `removal`, `secret`, `threads`,
//! `speed`. `sketches` makes what they ask, `tally` knows what the answers should be.

mod bytes;
mod chance;
mod counting;
mod heavy;
mod removal;
mod secret;
mod sketches;
mod speed;
mod tally;
mod threads;

use count_min_sketch::CountMinSketchClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "count-min-sketch",
        contract: contract::<CountMinSketchClient>(),
        stages: vec![
            Stage { id: "counting", story: "Every key is counted, never too low and not far too high." },
            Stage { id: "bytes", story: "Sketches travel as few bytes and are merged with others." },
            Stage { id: "chance", story: "How often an estimate is off is what the configuration says." },
            Stage { id: "heavy", story: "Keys with a great share of the total are listed." },
            Stage { id: "removal", story: "What was added can be taken back, and harms no others." },
            Stage { id: "secret", story: "Somebody who chooses the keys cannot make them collide." },
            Stage { id: "threads", story: "Several threads share a sketch, and nothing gets lost." },
            Stage { id: "speed", story: "All this is quick, beside the best crate for it." },
        ],
        requirements: vec![
            counting::counts_are_never_too_low(),
            counting::estimates_are_close(),
            counting::counts_are_small_and_huge(),
            bytes::bytes_restore_a_sketch(),
            bytes::bytes_are_few(),
            bytes::a_merge_adds_up(),
            bytes::foreign_bytes_are_refused(),
            chance::estimates_are_seldom_far_too_high(),
            heavy::heavy_hitters_are_listed(),
            heavy::the_list_follows_the_stream(),
            heavy::merged_lists_hold_all_heavy_hitters(),
            removal::what_was_removed_is_gone(),
            removal::no_more_can_be_removed_than_there_is(),
            removal::removals_travel(),
            secret::the_secret_decides_what_collides(),
            secret::crafted_keys_do_not_collide(),
            threads::threads_lose_no_counts(),
            threads::threads_lose_no_removals(),
            speed::keeps_up(),
        ],
    }
}
