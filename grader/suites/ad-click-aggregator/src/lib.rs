//! The requirements of the ad-click-aggregator kata.
//!
//! One module per stage, in the order a learner meets them: `place_and_click`, `impressions`, `reports`, `races`,
//! `exactly_once`, `late`, `reconcile`, `rush`. `clients` holds what their clients have in common, `tally` what clients know
//! of their clicks and what a report may therefore say, `campaign` the same for the many clicks of `rush`. Elsewhere numbers
//! of clicks are small on purpose: a handful of clicks in the wrong order is what tells right from wrong.

mod campaign;
mod clients;
mod exactly_once;
mod impressions;
mod integration;
mod late;
mod place_and_click;
mod races;
mod reconcile;
mod reports;
mod rush;
mod tally;

use ad_click_aggregator::AdClickAggregatorClient;
use kata_sim::{Stage, Suite, contract};

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "ad-click-aggregator",
        contract: contract::<AdClickAggregatorClient>(),
        stages: vec![
            Stage {
                id: "place-and-click",
                story: "An advertiser registers an ad, a page places it, a visitor clicks and arrives.",
            },
            Stage {
                id: "impressions",
                story: "Ids come back through browsers: only those that were issued, for this ad, and not too long ago, \
                        count.",
            },
            Stage { id: "reports", story: "The advertiser reads how many clicks each minute had." },
            Stage {
                id: "races",
                story: "Everybody clicks at once, some of them twice: every impression counts, and counts once.",
            },
            Stage {
                id: "exactly-once",
                story: "Nodes crash, answers get lost, records come again: still once.",
            },
            Stage {
                id: "late-events",
                story: "Clicks that wait for minutes to be counted land in the minute in which they happened.",
            },
            Stage { id: "reconcile", story: "Derived stores are lost, and come back from the raw events." },
            Stage {
                id: "rush",
                story: "A billion clicks a day, 100,000 a second at the peak, and half of them on one ad.",
            },
            Stage {
                id: "integration",
                story: "The same on real services, with kills and pauses; on demand, and counted apart.",
            },
        ],
        requirements: vec![
            place_and_click::click_leads_to_the_ad(),
            place_and_click::registrations_are_checked(),
            place_and_click::an_ad_has_one_owner(),
            place_and_click::unknown_ads_are_refused(),
            impressions::made_up_ids_are_refused(),
            impressions::altered_ids_are_refused(),
            impressions::an_id_belongs_to_its_ad(),
            impressions::impressions_run_out(),
            impressions::impressions_are_unique(),
            reports::clicks_land_in_their_minute(),
            reports::a_second_click_counts_nothing(),
            reports::reports_are_the_advertisers_own(),
            reports::ranges_are_checked(),
            reports::ads_do_not_mix(),
            races::one_id_one_owner(),
            races::no_click_is_lost(),
            races::a_double_click_counts_once(),
            exactly_once::counted_once_through_crashes(),
            exactly_once::counted_once_when_answers_get_lost(),
            exactly_once::counted_once_through_rebalances(),
            exactly_once::the_cache_may_forget(),
            exactly_once::what_is_answered_holds(),
            exactly_once::a_refused_click_never_counts(),
            late::late_clicks_land_in_their_minute(),
            late::an_outage_loses_no_click(),
            reconcile::reconcile_changes_nothing_that_is_right(),
            reconcile::wiped_stores_come_back(),
            reconcile::reconcile_while_visitors_click(),
            reconcile::stores_lost_in_the_middle_of_counting(),
            reconcile::reconcile_survives_what_goes_wrong(),
            rush::clicks_are_fast_at_ten_thousand_a_second(),
            rush::counting_keeps_up_with_clicks(),
            rush::reports_are_fast_at_ten_thousand_a_second(),
            rush::one_ad_takes_half_of_the_peak(),
            rush::counting_a_click_is_cheap(),
            integration::a_crowd_is_counted_exactly(),
            integration::counts_survive_kills(),
            integration::what_was_derived_comes_back(),
            integration::a_load_is_measured(),
        ],
    }
}
