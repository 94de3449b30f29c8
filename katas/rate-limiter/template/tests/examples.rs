//! Examples of what a rate limiter does. Add your own: `cargo test` runs them in a small datacentre of its own.

use kata::Answer;
use kata::testing::{self, Deployment};
use rate_limiter::{
    Check, CheckError, Config, Decision, Limit, RateLimiterClient, RateLimiterContract, Rule, Subject,
};
use rate_limiter_solution::Limiter;
use std::time::Duration;

fn check(subjects: &[(&str, &str)], cost: u64) -> Check {
    let subject = |&(kind, name): &(&str, &str)| Subject { kind: kind.to_owned(), name: name.to_owned() };
    Check { subjects: subjects.iter().map(subject).collect(), cost }
}

/// Five in a day for a user, eight for an address.
fn two_rules() -> Config {
    let day = Duration::from_secs(24 * 3_600);
    let rule = |name: &str, kind: &str, limit| Rule {
        name: name.to_owned(),
        kind: kind.to_owned(),
        limit,
        slack: 0,
    };
    let rules = vec![
        rule("per-user", "user", Limit::TokenBucket { capacity: 5, interval: day }),
        rule("per-address", "ip", Limit::SlidingLog { limit: 8, window: day }),
    ];
    Config { rules, ..Config::default() }
}

fn is_admitted(answer: &Answer<Decision, CheckError>) -> bool {
    matches!(answer, Answer::Ok(Decision::Admitted { .. }))
}

fn is_refused(answer: &Answer<Decision, CheckError>) -> bool {
    matches!(answer, Answer::Ok(Decision::Refused { .. }))
}

#[test]
fn a_burst_is_admitted_and_no_more() {
    testing::run::<RateLimiterContract<Limiter>>(two_rules(), async |dc| {
        let service = dc.client::<RateLimiterClient>("service");
        for _ in 0..5 {
            assert!(is_admitted(&service.check(check(&[("user", "ana")], 1)).await));
        }
        assert!(is_refused(&service.check(check(&[("user", "ana")], 1)).await));
        assert!(is_admitted(&service.check(check(&[("user", "bo")], 5)).await));
    });
}

#[test]
fn every_rule_must_admit_and_a_refusal_costs_nothing() {
    testing::run::<RateLimiterContract<Limiter>>(two_rules(), async |dc| {
        let service = dc.client::<RateLimiterClient>("service");
        let both = |user, cost| check(&[("user", user), ("ip", "203.0.113.9")], cost);
        assert!(is_admitted(&service.check(both("ana", 5)).await));
        assert!(is_refused(&service.check(both("bo", 4)).await));
        assert!(is_admitted(&service.check(both("bo", 3)).await));
        assert!(is_admitted(&service.check(check(&[("user", "bo")], 2)).await));
    });
}

#[test]
fn what_makes_no_sense_is_refused() {
    testing::run::<RateLimiterContract<Limiter>>(two_rules(), async |dc| {
        let service = dc.client::<RateLimiterClient>("service");
        let answer = service.check(check(&[("user", "ana")], 0)).await;
        assert_eq!(answer, Answer::Refused(CheckError::InvalidCost));
        let answer = service.check(check(&[("user", "ana")], 6)).await;
        assert_eq!(answer, Answer::Refused(CheckError::TooCostly));
    });
}

#[test]
fn nodes_share_their_limits() {
    Deployment::<RateLimiterContract<Limiter>>::new(two_rules()).nodes(2).run(async |dc| {
        let service = dc.client::<RateLimiterClient>("service");
        let asks = || service.check(check(&[("user", "ana")], 3));
        let (one, two) = tokio::join!(asks(), asks());
        assert!(is_admitted(&one) != is_admitted(&two), "{one} and {two}");
    });
}
