//! The requirements of the unique-id kata.
//!
//! One module per stage, in the order a learner meets them: `mint`, `texts`, `workers`, `clocks`, `crashes`, `outages`,
//! `rush`. `register` keeps all ids that clients were given and complains of what no id may be, whatever the scenario;
//! `runs` is how it remembers millions of them. `clients` asks through it, and `forms` reads UUIDs and ULIDs.

mod clients;
mod clocks;
mod crashes;
mod forms;
mod mint;
mod outages;
mod register;
mod runs;
mod rush;
mod texts;
mod workers;

use kata_sim::{Stage, Suite, contract};
use unique_id::UniqueIdClient;

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "unique-id",
        contract: contract::<UniqueIdClient>(),
        stages: vec![
            Stage { id: "mint", story: "One node mints ids that rise, tell their time and do not repeat." },
            Stage { id: "texts", story: "The same as text: UUIDs and ULIDs, by their specifications." },
            Stage {
                id: "workers",
                story: "Several nodes agree on worker ids, of which there are only so many.",
            },
            Stage { id: "clocks", story: "Clocks step back, and nothing repeats." },
            Stage { id: "crashes", story: "Nodes crash, and what they held is had by others." },
            Stage { id: "outages", story: "The table goes away, and minting goes on; but not for ever." },
            Stage { id: "rush", story: "Half of all the ids that the layout has room for." },
        ],
        requirements: vec![
            mint::ids_parse_back(),
            mint::counts_are_checked(),
            mint::ids_of_a_node_rise(),
            mint::a_full_millisecond_is_no_excuse(),
            mint::nothing_is_minted_before_the_epoch(),
            texts::uuids_are_of_version_7(),
            texts::ulids_follow_their_specification(),
            texts::texts_repeat_on_no_node(),
            workers::nodes_mint_side_by_side(),
            workers::no_more_nodes_mint_than_there_are_worker_ids(),
            workers::worker_ids_are_kept(),
            clocks::a_step_back_repeats_nothing(),
            clocks::texts_survive_a_step_back(),
            clocks::a_worker_id_changes_hands_with_its_time(),
            crashes::nothing_repeats_after_a_crash(),
            crashes::worker_ids_come_back(),
            outages::minting_goes_on_without_the_table(),
            outages::minting_resumes_after_an_outage(),
            rush::single_ids_are_fast(),
            rush::half_of_what_the_layout_holds(),
        ],
    }
}
