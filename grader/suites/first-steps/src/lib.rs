//! The requirements of the first-steps kata.
//!
//! One module per stage, in the order a learner meets them: `count`, `race`, `retry`, `crash`. `clients` holds what their
//! clients have in common, `likes` what they see of one counter. Sizes are small on purpose: the kata is about order and failure, not about load.

mod clients;
mod count;
mod crash;
mod likes;
mod race;
mod retry;

use first_steps::CounterClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "first-steps",
        contract: contract::<CounterClient>(),
        stages: vec![
            Stage {
                id: "count",
                story: "One client after the other: additions add up, and nonsense is refused.",
            },
            Stage {
                id: "race",
                story: "Several clients at once, through several nodes: nothing gets lost between them.",
            },
            Stage {
                id: "retry",
                story: "Clients that heard nothing ask again: what they asked for counts once.",
            },
            Stage {
                id: "crash",
                story: "Nodes crash and the table fails: what was acknowledged stays, once.",
            },
        ],
        requirements: vec![
            count::additions_add_up(),
            count::counters_do_not_mix(),
            count::senseless_input_is_refused(),
            race::no_addition_is_lost(),
            race::reads_see_what_was_acknowledged(),
            retry::a_request_counts_once(),
            retry::racing_retries_count_once(),
            crash::acknowledged_additions_survive_crashes(),
            crash::lost_answers_count_once(),
            crash::a_refusal_is_final(),
            crash::work_resumes_after_an_outage(),
        ],
    }
}
