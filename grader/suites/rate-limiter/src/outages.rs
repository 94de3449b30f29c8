//! Stage `outages`: nodes crash, and the cache fails, forgets or fills.

use crate::book::Book;
use crate::clients::{
    KINDS, SETTLED, WINDOW, admitted, admitted_times, at_each_node, check, config, every_limit,
    into_next_window, limit_of, refused, rule, service, wrong,
};
use futures_util::future::try_join_all;
use kata::{Answer, Failure};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Datacentre, Port, requirement};
use rate_limiter::{
    Check, CheckError, Config, Decision, FALLBACK_MAX, FORGOTTEN_AFTER, Fallback, Limit,
    RateLimiterClient as Client, Rule,
};
use std::time::Duration;

/// How much fits.
const LIMIT: u64 = 3;
/// How much fits where some of it may have been charged by checks that failed.
const ROOMY: u64 = 6;

/// Ana uses up what she has while a node crashes, at any moment. What was admitted stays charged; a check without an answer costs once
/// or not at all.
#[requirement(
    stage = "outages", level = faults, points = 6, schedules = 10,
    sweep = [crashes, cut_offs], points_max = 80,
)]
async fn crashes_forget_no_charge(dc: &Datacentre) -> Outcome {
    limits_hold(dc, &[&KINDS], 1).await
}

/// The cache does as asked but its answer gets lost, or it does so long after. No more than the limit is admitted, whatever kind it is
/// of.
#[requirement(
    stage = "outages", level = faults, points = 6, schedules = 10,
    sweep = [lost_answers, late_effects, outages], points_max = 120,
)]
async fn lost_answers_admit_no_more(dc: &Datacentre) -> Outcome {
    // One after the other: where all must admit, one that was charged hides that another was not.
    limits_hold(dc, &KINDS.each_ref().map(std::slice::from_ref), 1).await
}

/// The cache loses everything, at any moment. No check fails because of it, and limits hold from then on.
#[requirement(
    stage = "outages", level = faults, points = 5, schedules = 10,
    sweep = [cache_losses], points_max = 60,
)]
async fn the_cache_may_forget(dc: &Datacentre) -> Outcome {
    limits_hold(dc, &[&KINDS], 2).await
}

/// A check of Ana's under the limits of these kinds.
fn anas(kinds: &[&str]) -> Check {
    check(&kinds.iter().map(|kind| (*kind, "ana")).collect::<Vec<_>>(), 1)
}

/// Ana asks five times where three fit, for each group of kinds of limits. At most `times` as many are admitted.
async fn limits_hold(dc: &Datacentre, groups: &[&[&str]], times: u64) -> Outcome {
    dc.deploy::<Client>(2, Config { when_cache_fails: Fallback::Refuse, ..config(every_limit(LIMIT)) }).await;
    into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
    let service = service(dc);
    for kinds in groups {
        let ana = anas(kinds);
        let (mut charged, mut open) = (0, 0);
        for _ in 0..5 {
            match service.check(ana.clone()).await {
                Answer::Ok(Decision::Admitted { .. }) => charged += 1,
                Answer::Ok(Decision::Refused { .. }) => {
                    let most = charged + open;
                    ensure!(
                        most >= LIMIT,
                        "a check is refused though there is room",
                        "{LIMIT} fit, and {most} may have been charged",
                        "Refused"
                    );
                }
                // It has cost nothing, says its answer.
                Answer::Refused(CheckError::Failed(Failure::Refused)) if times == 1 => {}
                // It may have cost its cost or not, and its request may be on its way yet.
                Answer::Unknown | Answer::Refused(CheckError::Failed(_)) if times == 1 => {
                    open += 1;
                    dc.sleep(SETTLED).await;
                }
                answer => {
                    return Err(wrong("a check is answered wrongly", "Admitted or Refused", &ana, &answer));
                }
            }
        }
        let most = LIMIT * times;
        ensure!(charged <= most, "more is admitted than the rule allows", "at most {most}", "{charged}");
    }
    dc.heal().await;
    dc.sleep(SETTLED + WINDOW * 3).await;
    for kinds in groups {
        let ana = anas(kinds);
        admitted_times(&service, &ana, LIMIT, "everything has recovered long ago").await?;
        refused(&service, ana, "three are admitted").await?;
    }
    Ok(())
}

/// The cache is down, or does not answer, and the configuration says: rather too much work than none. Every check passes unmetered, soon.
/// When the cache is back, limits are where they were.
#[requirement(stage = "outages", level = faults, points = 5, schedules = 10)]
async fn checks_pass_without_the_cache_if_so_configured(dc: &Datacentre) -> Outcome {
    for_want_of_a_cache(dc, Fallback::Admit, |answer| *answer == Answer::Ok(Decision::Unmetered)).await
}

/// The cache is down, or does not answer, and the configuration says: rather no work than too much. Every check fails, soon. When the
/// cache is back, limits are where they were.
#[requirement(stage = "outages", level = faults, points = 5, schedules = 10)]
async fn checks_fail_without_the_cache_if_so_configured(dc: &Datacentre) -> Outcome {
    for_want_of_a_cache(dc, Fallback::Refuse, |answer| {
        let refused = Answer::Refused(CheckError::Failed(Failure::Refused));
        *answer == Answer::Unknown || *answer == refused
    })
    .await
}

async fn for_want_of_a_cache(
    dc: &Datacentre,
    when_cache_fails: Fallback,
    is_right: impl Fn(&Answer<Decision, CheckError>) -> bool,
) -> Outcome {
    let rules = vec![
        rule("per-user", "user", limit_of("token", ROOMY)),
        rule("per-address", "ip", limit_of("fixed", ROOMY)),
    ];
    dc.deploy::<Client>(2, Config { when_cache_fails, ..config(rules) }).await;
    into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
    let (clients, service) = (at_each_node(dc), service(dc));
    for (name, breakage) in [("is down", outage(Port::Cache)), ("does not answer", unreachable(Port::Cache))]
    {
        let whom = [("user", name), ("ip", name)];
        admitted(&service, check(&whom, 1), "nothing is used up").await?;
        let broken = dc.install(breakage);
        let asks = clients.iter().map(async |client| {
            let began = dc.now();
            let answer = client.check(check(&whom, 1)).await;
            let took = dc.now().since(began);
            let expected = format!("what `when_cache_fails: {when_cache_fails:?}` says: the cache {name}");
            if !is_right(&answer) {
                return Err(wrong("a check is answered wrongly", &expected, &check(&whom, 1), &answer));
            }
            ensure!(
                took <= FALLBACK_MAX,
                "a check takes too long while the cache {name}",
                "an answer within {FALLBACK_MAX:?}",
                "{took:?}"
            );
            Ok::<(), Complaint>(())
        });
        try_join_all(asks).await?;
        drop(broken);
        dc.sleep(SETTLED).await;
        // One was charged before, and each of those asked meanwhile may have been.
        let (most, open) = (ROOMY - 1, clients.len() as u64);
        let mut fitted = 0;
        while let Answer::Ok(Decision::Admitted { .. }) = service.check(check(&whom, 1)).await {
            fitted += 1;
            ensure!(
                fitted <= most,
                "more is admitted than the rule allows",
                "at most {most} more",
                "{fitted}"
            );
        }
        let least = most - open;
        ensure!(
            fitted >= least,
            "limits are not back after the cache was away",
            "{least} to {most} admitted: those asked meanwhile may have been charged",
            "{fitted}"
        );
        refused(&service, check(&whom, 1), "everything is used up").await?;
    }
    Ok(())
}

/// A million users come once. When their limits have recovered, the cache holds nothing of them, whether they were admitted or
/// refused.
#[requirement(stage = "outages", level = acceptance, points = 4, schedules = 10)]
async fn nobody_is_remembered_for_good(dc: &Datacentre) -> Outcome {
    let mut rules = every_limit(2);
    let hour = Duration::from_secs(3_600);
    rules.push(rule("guard", "guard", Limit::FixedWindow { limit: 1, window: hour }));
    dc.deploy::<Client>(2, config(rules)).await;
    into_next_window(dc, hour, Duration::from_secs(100)).await;
    let service = service(dc);
    for kind in KINDS {
        for name in ["ana", "bo"] {
            admitted_times(&service, &check(&[(kind, name)], 1), 2, "nothing is used up").await?;
            refused(&service, check(&[(kind, name)], 1), "two are admitted").await?;
        }
    }
    nobody_is_cached(dc, WINDOW * 2).await?;
    into_next_window(dc, hour, Duration::from_secs(100)).await;
    for kind in KINDS {
        let guarded = [("guard", kind), (kind, "cy")];
        admitted(&service, check(&guarded, 1), "nothing is used up").await?;
        refused(&service, check(&guarded, 1), "the guard admits one").await?;
    }
    nobody_is_cached(dc, hour * 2).await
}

/// When limits have recovered for long enough, the cache holds nothing.
async fn nobody_is_cached(dc: &Datacentre, recovery: Duration) -> Outcome {
    dc.sleep(recovery + FORGOTTEN_AFTER).await;
    let left = dc.cached_keys();
    ensure!(
        left == 0,
        "the cache remembers subjects whose limits have recovered",
        "no key {FORGOTTEN_AFTER:?} after the last limit recovered",
        "{left} keys"
    );
    Ok(())
}

/// Rules with slack: a node may keep a share for itself, and admit from memory. What is admitted stays between what the slack leaves and
/// the limit.
#[requirement(stage = "outages", level = acceptance, points = 4, schedules = 10)]
async fn a_slack_is_all_that_is_kept_back(dc: &Datacentre) -> Outcome {
    let (limit, slack) = (20, 8);
    let with_slack = |rule: Rule| Rule { slack, ..rule };
    let rules = every_limit(limit).into_iter().map(with_slack).collect();
    dc.deploy::<Client>(3, config(rules)).await;
    into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
    let clients = at_each_node(dc);
    for kind in KINDS {
        into_next_window(dc, WINDOW * 3, Duration::from_secs(100)).await;
        let book = Book::new(limit_of(kind, limit), Duration::ZERO);
        for client in clients.iter().cycle().take(25) {
            book.check(dc, client, check(&[(kind, "ana")], 1)).await;
        }
        book.is_within_the_rule()?;
        let (admitted, least) = (book.total(), limit - slack);
        ensure!(
            admitted >= least,
            "more is kept back than the slack",
            "at least {least} of {limit} admitted, with a slack of {slack}",
            "{admitted}"
        );
    }
    Ok(())
}
