//! Stage `hierarchy`: several rules for one check.

use crate::clients::{
    INTERVAL, KINDS, WINDOW, admitted, admitted_times, check, config, every_limit, into_next_window,
    limit_of, refused, rule, service,
};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use rate_limiter::{Limit, RateLimiterClient as Client};
use std::time::Duration;

/// Three for a user, five for an address. Both must admit: Ana's fourth is refused by the one, the sixth from her address by the other.
/// A check without an address is none of its business, and one that no rule applies to is admitted.
#[requirement(stage = "hierarchy", level = acceptance, points = 5, schedules = 20)]
async fn every_rule_that_applies_must_admit(dc: &Datacentre) -> Outcome {
    let rules =
        vec![rule("per-user", "user", limit_of("token", 3)), rule("per-address", "ip", limit_of("fixed", 5))];
    dc.deploy::<Client>(2, config(rules)).await;
    into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
    let service = service(dc);
    let ana = check(&[("user", "ana"), ("ip", "203.0.113.9")], 1);
    let bo = check(&[("ip", "203.0.113.9"), ("user", "bo")], 1);
    admitted_times(&service, &ana, 3, "three for Ana").await?;
    names(refused(&service, ana, "Ana has had three").await?.0, "per-user")?;
    admitted_times(&service, &bo, 2, "two of five are left for the address").await?;
    names(refused(&service, bo, "the address has had five").await?.0, "per-address")?;
    admitted(&service, check(&[("user", "bo")], 1), "Bo has had two, and no address is named").await?;
    admitted_times(&service, &check(&[("region", "eu")], 1_000), 3, "no rule applies").await?;
    admitted(&service, check(&[], 1), "no rule applies").await?;
    Ok(())
}

fn names(rule: String, expected: &str) -> Outcome {
    ensure!(rule == expected, "a refusal names another rule", "{expected:?}", "{rule:?}");
    Ok(())
}

/// A check that one rule refuses is charged under none: not under those that admit it, whichever comes first. And it says when all
/// rules will admit it, not just the first.
#[requirement(stage = "hierarchy", level = acceptance, points = 6, schedules = 20)]
async fn a_refused_check_costs_nothing(dc: &Datacentre) -> Outcome {
    let mut rules = every_limit(4);
    rules.insert(0, rule("first", "first", limit_of("token", 1)));
    let day = Duration::from_secs(24 * 3_600);
    rules.push(rule("last", "last", Limit::TokenBucket { capacity: 1, interval: day }));
    dc.deploy::<Client>(2, config(rules)).await;
    let service = service(dc);
    for kind in KINDS {
        into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
        admitted(&service, check(&[("first", kind)], 1), "nothing is used up").await?;
        admitted(&service, check(&[("last", kind)], 1), "nothing is used up").await?;
        for guard in ["first", "last"] {
            for _ in 0..3 {
                let both = check(&[(guard, kind), (kind, "ana")], 1);
                names(refused(&service, both, "one of two rules has nothing left").await?.0, guard)?;
            }
        }
        let why = "four are left: checks that were refused by another rule cost nothing";
        admitted(&service, check(&[(kind, "ana")], 4), why).await?;
        let other = format!("bo-{kind}");
        for guard in ["first", "last"] {
            let both = check(&[(guard, &other), (kind, "ana")], 1);
            refused(&service, both, "one of two rules has nothing left").await?;
            admitted(&service, check(&[(guard, &other)], 1), "its check before was refused").await?;
        }
        let all = check(&[("first", kind), ("last", kind)], 1);
        let (_, retry_after) = refused(&service, all, "both rules have nothing left").await?;
        let least = day - WINDOW;
        ensure!(
            retry_after > INTERVAL && retry_after >= least,
            "a client is told to wait for one rule, and another refuses then",
            "at least {least:?}",
            "{retry_after:?}"
        );
    }
    Ok(())
}

/// Everybody has a quota of his own, under each rule: names that look alike, a user and an address of one name, two rules for the same
/// user.
#[requirement(stage = "hierarchy", level = acceptance, points = 4, schedules = 10)]
async fn quotas_do_not_mix(dc: &Datacentre) -> Outcome {
    let rules = vec![
        rule("a", "user", limit_of("token", 2)),
        rule("a-b", "user", limit_of("log", 2)),
        rule("b", "ip", limit_of("token", 2)),
        rule("c", "key", limit_of("token", 1)),
        rule("user", "key", limit_of("counter", 2)),
    ];
    dc.deploy::<Client>(2, config(rules)).await;
    let service = service(dc);
    let why = "its quota is its own";
    for name in ["7", "07", "7 ", "a", "A", "b-a", "a-b", "c", "user", "key"] {
        admitted_times(&service, &check(&[("user", name)], 1), 2, why).await?;
        refused(&service, check(&[("user", name)], 1), "its quota is used up").await?;
        admitted_times(&service, &check(&[("ip", name)], 1), 2, why).await?;
        refused(&service, check(&[("ip", name)], 1), "its quota is used up").await?;
        admitted_times(&service, &check(&[("key", name)], 1), 1, why).await?;
        names(refused(&service, check(&[("key", name)], 1), "its quota is used up").await?.0, "c")?;
    }
    Ok(())
}
