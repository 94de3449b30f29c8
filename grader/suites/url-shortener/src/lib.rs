//! The requirements of the url-shortener kata.
//!
//! One module per stage, in the order a learner meets them: `links`, `urls`, `aliases`, `lifetimes`, `retries`, `limits`,
//! `races`, `clicks`, `outages`, `rush`. `clients` holds what their clients have in common. Sizes are small on purpose, but for
//! `rush`, where the famous numbers are.

mod aliases;
mod clicks;
mod clients;
mod integration;
mod lifetimes;
mod limits;
mod links;
mod outages;
mod races;
mod retries;
mod rush;
mod urls;

use kata_sim::{Stage, Suite, contract};
use url_shortener::UrlShortenerClient;

/// The suite, for the registry.
pub fn suite() -> Suite {
    Suite {
        kata: "url-shortener",
        contract: contract::<UrlShortenerClient>(),
        stages: vec![
            Stage { id: "links", story: "A long URL gets a code, and the code leads back to it." },
            Stage { id: "urls", story: "Some URLs are no good, and whoever sends one learns why." },
            Stage { id: "aliases", story: "Owners choose codes of their own." },
            Stage { id: "lifetimes", story: "Links expire to the moment, and are deleted soon enough." },
            Stage { id: "retries", story: "Clients that heard nothing ask again, and get what they had." },
            Stage { id: "limits", story: "Nobody makes too many links, and no code is left one day." },
            Stage { id: "races", story: "Many ask at once for the same few codes." },
            Stage { id: "clicks", story: "Every click counts once." },
            Stage { id: "outages", story: "Nodes crash, and services fail one after the other." },
            Stage { id: "rush", story: "Ten thousand visitors a second, and one link that everybody wants." },
            Stage {
                id: "integration",
                story: "The same on real services, with kills and pauses; on demand, and counted apart.",
            },
        ],
        requirements: vec![
            links::a_link_leads_to_its_url(),
            links::codes_have_the_configured_shape(),
            links::what_is_no_code_leads_nowhere(),
            links::only_the_owner_reads_clicks_and_deletes(),
            urls::ordinary_urls_pass(),
            urls::refused_urls_say_why(),
            urls::the_blocklist_goes_by_host(),
            aliases::aliases_follow_their_rules(),
            aliases::a_new_alias_resolves_at_once(),
            aliases::codes_are_never_given_again(),
            aliases::codes_and_aliases_share_one_namespace(),
            lifetimes::lifetimes_have_bounds(),
            lifetimes::expiry_is_exact(),
            lifetimes::deletes_show_within_the_staleness_bound(),
            retries::a_repeated_request_gets_its_link_again(),
            retries::a_key_belongs_to_one_request(),
            retries::racing_repetitions_share_one_link(),
            retries::lost_answers_make_no_second_link(),
            limits::the_limit_holds_in_every_window(),
            limits::refused_and_repeated_calls_cost_nothing(),
            limits::the_limit_is_shared_by_all_nodes(),
            limits::an_exhausted_keyspace_says_so(),
            races::no_code_leads_to_two_urls(),
            races::one_alias_has_one_owner(),
            clicks::every_click_counts_once(),
            clicks::a_redelivered_click_counts_once(),
            clicks::acknowledged_clicks_survive(),
            clicks::redirects_go_on_without_the_log(),
            outages::what_was_acknowledged_survives(),
            outages::a_refusal_is_final(),
            outages::the_cache_may_forget(),
            outages::everything_works_without_the_cache(),
            outages::the_service_recovers_by_itself(),
            rush::redirects_are_fast_at_ten_thousand_a_second(),
            rush::one_famous_link_holds_nobody_up(),
            rush::a_lost_cache_holds_nobody_up(),
            rush::links_are_made_fast_at_two_thousand_a_second(),
            rush::a_million_redirects_cost_little(),
            integration::a_crowd_gets_a_code_each(),
            integration::an_alias_has_one_owner_for_real(),
            integration::links_survive_kills(),
            integration::clicks_survive_kills(),
            integration::a_load_is_measured(),
        ],
    }
}
