//! The requirements of the chat kata.
//!
//! One module per stage, in the order a learner meets them: `talk`, `listen`, `privacy`, `receipts`, `races`, `crashes`, `rush`,
//! `integration`. `clients` holds what their clients have in common, `device` what is connected and pushed to. Sizes are small on
//! purpose, but for `rush`.

mod clients;
mod crashes;
mod device;
mod integration;
mod listen;
mod privacy;
mod races;
mod receipts;
mod rush;
mod talk;

use chat::ChatClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "chat",
        contract: contract::<ChatClient>(),
        stages: vec![
            Stage { id: "talk", story: "Chats are made, messages get numbers, and history shows them." },
            Stage { id: "listen", story: "Devices connect, and get what they missed and what comes." },
            Stage { id: "privacy", story: "To others, a chat does not exist." },
            Stage { id: "receipts", story: "Who has got how far, and who is there." },
            Stage { id: "races", story: "Many send and connect at once, through several nodes." },
            Stage { id: "crashes", story: "Nodes crash, answers and news get lost, services fail." },
            Stage { id: "rush", story: "Fifty thousand deliveries a second, and a group of two thousand." },
            Stage {
                id: "integration",
                story: "The same on real services, with kills in the middle; on demand, and counted apart.",
            },
        ],
        requirements: vec![
            talk::messages_are_numbered_in_order(),
            talk::history_comes_in_full_pages(),
            talk::senseless_input_is_refused(),
            talk::chats_do_not_mix(),
            talk::a_chat_is_made_once(),
            listen::a_device_gets_what_it_missed_and_what_comes(),
            listen::every_device_gets_everything(),
            listen::a_slow_device_holds_nobody_up(),
            listen::a_device_goes_on_at_another_node(),
            privacy::others_see_nothing(),
            privacy::nothing_is_pushed_to_others(),
            receipts::receipts_only_go_forward(),
            receipts::racing_receipts_keep_the_highest(),
            receipts::members_are_online_while_connected(),
            races::racing_messages_get_numbers_of_their_own(),
            races::racing_retries_get_one_number(),
            races::nothing_is_missed_between_history_and_news(),
            races::the_last_message_arrives_in_time(),
            crashes::acknowledged_messages_survive_crashes(),
            crashes::lost_answers_repeat_nothing(),
            crashes::broken_connections_lose_nothing(),
            crashes::a_refusal_is_final(),
            crashes::lost_news_is_found_in_the_table(),
            crashes::who_was_cut_off_goes_offline(),
            rush::groups_talk_at_fifty_thousand_deliveries_a_second(),
            rush::a_famous_group_is_as_fast(),
            integration::a_conversation_survives_kills(),
            integration::a_conversation_survives_an_outage_of_the_channels(),
            integration::a_load_is_measured(),
        ],
    }
}
