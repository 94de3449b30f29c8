//! The requirements of the ticket-booking kata, in the order a learner meets them: one module per stage.
//!
//! `hall` holds what scenarios share, `sale` what those of level `scale` do, `bank` is the payment provider.

mod bank;
mod confirming;
mod crashing;
mod hall;
mod integration;
mod lapsing;
mod opening;
mod paying;
mod queueing;
mod races;
mod reserving;
mod rushing;
mod sale;

use kata_sim::{Stage, Suite};
use ticket_booking::TicketBookingClient;

/// The suite.
pub fn suite() -> Suite {
    Suite {
        kata: "ticket-booking",
        contract: kata_sim::contract::<TicketBookingClient>(),
        stages: vec![
            Stage { id: "opening", story: "An event goes on sale, and everybody can look at it." },
            Stage { id: "reserve-and-cancel", story: "A buyer holds a group of seats, or lets it go." },
            Stage { id: "confirm", story: "Money is taken, and the hold becomes a booking." },
            Stage {
                id: "holds-lapse",
                story: "Who does not pay in time loses the seats, not a moment earlier.",
            },
            Stage { id: "races", story: "Everybody wants the same seats at the same time." },
            Stage { id: "payment-unknowns", story: "The payment provider does not answer, or not in time." },
            Stage { id: "crashes", story: "Nodes die between any two steps, and the cache forgets." },
            Stage { id: "waiting-room", story: "The crowd queues outside and is let in bit by bit." },
            Stage { id: "flash-sale", story: "Ten o'clock: twenty thousand people, five hundred seats." },
            Stage {
                id: "integration",
                story: "The same on real services, with kills and pauses; on demand, and counted apart.",
            },
        ],
        requirements: vec![
            opening::an_event_is_seen_as_it_was_opened(),
            opening::only_the_organiser_opens_sound_events(),
            reserving::held_seats_are_taken(),
            reserving::a_group_is_held_whole_or_not_at_all(),
            reserving::senseless_requests_are_refused(),
            reserving::cancelled_seats_can_be_had(),
            reserving::a_request_sent_twice_holds_once(),
            reserving::look_alikes_do_not_mix(),
            confirming::a_confirmed_hold_is_paid_and_booked(),
            confirming::confirming_again_gives_the_same_booking(),
            confirming::a_declined_payment_can_be_tried_again(),
            confirming::a_booking_is_final(),
            confirming::a_hold_is_its_holders_alone(),
            confirming::names_are_what_they_are(),
            confirming::the_biggest_event_is_sold(),
            lapsing::a_hold_lasts_and_then_lapses(),
            lapsing::no_clock_ends_a_hold_early_or_late(),
            lapsing::a_hold_that_ended_stays_ended(),
            races::one_id_one_event(),
            races::one_seat_one_buyer(),
            races::an_impatient_retry_gets_the_same_hold(),
            races::overlapping_groups_do_not_starve(),
            races::confirming_at_the_same_time_books_once(),
            races::cancel_and_confirm_have_one_winner(),
            races::a_decline_undoes_no_booking(),
            paying::a_lost_answer_takes_no_money_twice(),
            paying::a_charge_that_arrives_late_costs_nothing(),
            paying::a_payment_across_the_lapse_books_or_is_paid_back(),
            paying::refunds_outlast_an_outage(),
            paying::paying_does_not_prolong_a_hold(),
            crashing::a_sale_survives_any_storm(),
            crashing::no_storm_sells_a_seat_twice(),
            crashing::a_charge_without_a_booking_is_paid_back(),
            crashing::no_crash_blocks_a_seat(),
            crashing::a_cancel_survives_any_storm(),
            crashing::a_refusal_leaves_nothing_behind(),
            crashing::paying_back_survives_any_storm(),
            crashing::the_cache_may_forget_everything(),
            queueing::only_the_admitted_reserve(),
            queueing::who_joins_first_is_admitted_first(),
            queueing::a_place_survives_any_storm(),
            queueing::after_a_lull_they_come_one_by_one(),
            queueing::each_event_has_a_queue_of_its_own(),
            rushing::everybody_looks_at_once(),
            rushing::a_flash_sale_sells_each_seat_once(),
            rushing::fifty_thousand_reservations_a_second(),
            rushing::ten_thousand_bookings_a_second(),
            rushing::the_waiting_room_takes_the_crowd(),
            integration::a_crowd_buys_each_seat_once(),
            integration::a_sale_survives_kills(),
            integration::a_sale_survives_a_paused_database(),
            integration::a_load_is_measured(),
        ],
    }
}
