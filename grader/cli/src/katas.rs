//! The public katas.

use crate::{Kata, KnownFaults, RecordedFigures, Registry};
use include_dir::include_dir;

/// A registry of suites, each with the folder of its kata, in the order that `kata list` shows. What is known of wrong solutions
/// and of references is collected by the build script.
macro_rules! registry {
    ($($suite:ident => $folder:tt,)*) => {
        Registry::new(vec![$(Kata::new($suite::suite(), include_dir!($folder))),*])
            .with_known_faults(include!(concat!(env!("OUT_DIR"), "/known_faults.rs")))
            .with_references(include!(concat!(env!("OUT_DIR"), "/references.rs")))
    };
}

/// A registry of the public katas.
pub fn public_katas() -> Registry {
    registry! {
        kata_suite_first_steps => "$CARGO_MANIFEST_DIR/../../katas/first-steps",
        kata_suite_url_shortener => "$CARGO_MANIFEST_DIR/../../katas/url-shortener",
        kata_suite_ticket_booking => "$CARGO_MANIFEST_DIR/../../katas/ticket-booking",
        kata_suite_ad_click_aggregator => "$CARGO_MANIFEST_DIR/../../katas/ad-click-aggregator",
        kata_suite_unique_id => "$CARGO_MANIFEST_DIR/../../katas/unique-id",
        kata_suite_rate_limiter => "$CARGO_MANIFEST_DIR/../../katas/rate-limiter",
        kata_suite_circuit_breaker => "$CARGO_MANIFEST_DIR/../../katas/circuit-breaker",
        kata_suite_consistent_hashing => "$CARGO_MANIFEST_DIR/../../katas/consistent-hashing",
        kata_suite_bloom_filter => "$CARGO_MANIFEST_DIR/../../katas/bloom-filter",
        kata_suite_load_balancer => "$CARGO_MANIFEST_DIR/../../katas/load-balancer",
        kata_suite_hyperloglog => "$CARGO_MANIFEST_DIR/../../katas/hyperloglog",
        kata_suite_chat => "$CARGO_MANIFEST_DIR/../../katas/chat",
        kata_suite_count_min_sketch => "$CARGO_MANIFEST_DIR/../../katas/count-min-sketch",
    }
}
