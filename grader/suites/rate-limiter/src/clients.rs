//! What the clients of all stages have in common.

use kata::Answer;
use kata_check::{Complaint, Outcome};
use kata_sim::{Datacentre, NodeId};
use rate_limiter::{Check, CheckError, Config, Decision, Limit, RateLimiterClient as Client, Rule, Subject};
use std::time::Duration;

/// Longer than any request can be late.
pub(crate) const SETTLED: Duration = Duration::from_secs(8);
/// The length of the windows of [`every_limit`]. Many times what all checks of a requirement take together.
pub(crate) const WINDOW: Duration = Duration::from_secs(600);
/// The time of one unit in the buckets of [`every_limit`].
pub(crate) const INTERVAL: Duration = Duration::from_secs(60);
/// The kinds of subjects of [`every_limit`]: one for each way to limit.
pub(crate) const KINDS: [&str; 5] = ["token", "leaky", "fixed", "log", "counter"];

/// A rule that demands exactness.
pub(crate) fn rule(name: &str, kind: &str, limit: Limit) -> Rule {
    Rule { name: name.to_owned(), kind: kind.to_owned(), limit, slack: 0 }
}

/// One rule for each of [`KINDS`], named after it.
pub(crate) fn every_limit(limit: u64) -> Vec<Rule> {
    KINDS.map(|kind| rule(kind, kind, limit_of(kind, limit))).into()
}

/// The limit of a kind, as in [`every_limit`].
pub(crate) fn limit_of(kind: &str, limit: u64) -> Limit {
    limit_in(kind, limit, INTERVAL, WINDOW)
}

/// The limit of a kind, with a time of its own.
pub(crate) fn limit_in(kind: &str, limit: u64, interval: Duration, window: Duration) -> Limit {
    match kind {
        "token" => Limit::TokenBucket { capacity: limit, interval },
        "leaky" => Limit::LeakyBucket { capacity: limit, interval },
        "fixed" => Limit::FixedWindow { limit, window },
        "log" => Limit::SlidingLog { limit, window },
        _ => Limit::SlidingCounter { limit, window },
    }
}

/// A configuration with these rules.
pub(crate) fn config(rules: Vec<Rule>) -> Config {
    Config { rules, ..Config::default() }
}

/// A check on somebody's account.
pub(crate) fn check(subjects: &[(&str, &str)], cost: u64) -> Check {
    let subject = |&(kind, name): &(&str, &str)| Subject { kind: kind.to_owned(), name: name.to_owned() };
    Check { subjects: subjects.iter().map(subject).collect(), cost }
}

/// A client at each node.
pub(crate) fn at_each_node(dc: &Datacentre) -> Vec<Client> {
    let client = |node: NodeId| dc.client_at::<Client>(format!("service-{}", node.0), node);
    dc.nodes().into_iter().map(client).collect()
}

/// A client of any node.
pub(crate) fn service(dc: &Datacentre) -> Client {
    dc.client("service")
}

/// Asks, and demands to be admitted; `why` in a few words. How long the work waits.
pub(crate) async fn admitted(client: &Client, check: Check, why: &str) -> Result<Duration, Complaint> {
    match client.check(check.clone()).await {
        Answer::Ok(Decision::Admitted { wait }) => Ok(wait),
        answer => Err(wrong("a check is not admitted", &format!("Admitted: {why}"), &check, &answer)),
    }
}

/// Asks, and demands to be refused; `why` in a few words. The rule, and how long to wait.
pub(crate) async fn refused(
    client: &Client,
    check: Check,
    why: &str,
) -> Result<(String, Duration), Complaint> {
    match client.check(check.clone()).await {
        Answer::Ok(Decision::Refused { rule, retry_after }) => Ok((rule, retry_after)),
        answer => Err(wrong("a check is not refused", &format!("Refused: {why}"), &check, &answer)),
    }
}

/// Asks `times`, and demands to be admitted each time.
pub(crate) async fn admitted_times(client: &Client, check: &Check, times: u64, why: &str) -> Outcome {
    for _ in 0..times {
        admitted(client, check.clone(), why).await?;
    }
    Ok(())
}

/// A complaint about an answer.
pub(crate) fn wrong(
    summary: &str,
    expected: &str,
    check: &Check,
    answer: &Answer<Decision, CheckError>,
) -> Complaint {
    let whom: Vec<String> =
        check.subjects.iter().map(|subject| format!("{} {:?}", subject.kind, subject.name)).collect();
    let observed = format!("check of {} at cost {}: {answer}", whom.join(", "), check.cost);
    Complaint::new(summary, expected, observed)
}

/// Sleeps until that long after the beginning of the next window of that length, and says when it began.
pub(crate) async fn into_next_window(dc: &Datacentre, window: Duration, by: Duration) -> kata::Time {
    let window_us = window.as_micros() as u64;
    let next = (dc.now().as_micros() / window_us + 1) * window_us;
    let begins = kata::Time::from_micros(next);
    dc.sleep_until(begins + by).await;
    begins
}
