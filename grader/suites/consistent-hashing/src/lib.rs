//! The requirements of the consistent-hashing kata.
//!
//! One module per stage, in the order a learner meets them: `nodes`, `balance`, `movement`, `agreement`, `replicas`, `loads`, `threads`,
//! `speed`. `clusters` builds clusters and asks them, `placement` is what they say of many keys, `requests` keeps the
//! books of requests under way, `hashring` is what solutions race against.

mod agreement;
mod balance;
mod clusters;
mod hashring;
mod loads;
mod movement;
mod nodes;
mod placement;
mod replicas;
mod requests;
mod speed;
mod threads;

use consistent_hashing::ConsistentHashingClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "consistent-hashing",
        contract: contract::<ConsistentHashingClient>(),
        stages: vec![
            Stage { id: "nodes", story: "Nodes are added and removed, and every key has an owner." },
            Stage { id: "balance", story: "Every node owns its fair share, whatever keys look like." },
            Stage { id: "movement", story: "Nodes come, go and grow, and no key moves without need." },
            Stage { id: "agreement", story: "Everybody who knows the same nodes agrees about every key." },
            Stage { id: "replicas", story: "A key has a second node, and a third: its whole order." },
            Stage { id: "loads", story: "One key is wanted by everybody, and no node drowns in it." },
            Stage { id: "threads", story: "Several threads begin requests at one moment." },
            Stage { id: "speed", story: "A look-up costs a search, not a walk through everything." },
        ],
        requirements: vec![
            nodes::every_key_has_an_owner(),
            nodes::nonsense_is_refused(),
            nodes::a_node_is_there_once(),
            balance::keys_are_spread_evenly(),
            balance::weights_share_in_proportion(),
            movement::a_new_node_only_takes_keys(),
            movement::a_removed_node_only_gives_keys_up(),
            movement::a_changed_weight_moves_keys_one_way(),
            agreement::the_way_to_a_cluster_does_not_matter(),
            agreement::a_restarted_node_agrees(),
            replicas::replicas_are_different_nodes(),
            replicas::nodes_keep_their_order(),
            loads::a_hot_key_spills_over(),
            loads::weights_bound_loads(),
            loads::ended_requests_make_room(),
            threads::threads_share_the_loads(),
            speed::look_ups_are_quick(),
        ],
    }
}
