//! What all stages share: a filter on a node of its own, and what is demanded of one again and again.

use bloom_filter::{BloomFilterClient as Client, Config, ESTIMATE_ERROR_MAX, RATE_FACTOR};
use kata::keys::{Family, Keys};
use kata_check::chance::most;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect};
use std::ops::Range;

/// How often a filter that takes just as many keys for members as it may takes more than [`mistakes_max`]. A grade asks fewer than
/// two hundred times, so that such a solution fails once in a billion grades; one that keeps the rate it was configured with, half
/// of the limit, practically never. What has three times the configured rate fails all but once in a million times, for 50,000 keys
/// and a rate of 0.01; at 0.001, what has five times the rate does in 99,999 of 100,000.
const ALARM: f64 = 5e-12;

/// How many keys are looked for that are not there.
pub(crate) const OTHERS: u64 = 50_000;

/// How many of `others` keys that are not there may be found, where the rate is configured as `rate`.
pub(crate) fn mistakes_max(others: u64, rate: f64) -> u64 {
    most(others, RATE_FACTOR * rate, ALARM)
}

/// A filter with a secret of this run.
pub(crate) fn config(dc: &Datacentre) -> Config {
    let secret = u128::from(dc.draw("secret")) << 64 | u128::from(dc.draw("secret's other half"));
    Config { secret, ..Config::default() }
}

/// Keys of this run.
pub(crate) fn keys(dc: &Datacentre, family: Family) -> Keys {
    Keys::new(family, dc.draw("keys"))
}

/// A filter on a new node, empty.
pub(crate) async fn filter(dc: &Datacentre, name: &str, config: Config) -> Client {
    let node = dc.deploy::<Client>(1, config).await[0];
    dc.client_at::<Client>(name, node)
}

/// A filter on a new node that holds the keys with these numbers.
pub(crate) async fn filled(
    dc: &Datacentre,
    name: &str,
    config: Config,
    keys: Keys,
    numbers: Range<u64>,
) -> Result<Client, Complaint> {
    let filter = filter(dc, name, config).await;
    filter.insert_all(keys, numbers.start, numbers.end).await.expect_ok("inserting")?;
    Ok(filter)
}

/// Demands that all keys with these numbers are found. `when` says when: `after a union`.
pub(crate) async fn holds_all(filter: &Client, keys: Keys, numbers: Range<u64>, when: &str) -> Outcome {
    let missing = filter.first_missing(keys, numbers.start, numbers.end).await.expect_ok("looking up")?;
    match missing {
        None => Ok(()),
        Some(number) => Err(Complaint::new(
            format!("a key that was inserted is not found {when}"),
            "contains(..) = true for every key that is in the filter",
            format!("contains({}) = false", shown(&keys.key(number))),
        )),
    }
}

/// Demands that hardly any key with these numbers is found: none of them is there. `when` as above.
pub(crate) async fn holds_hardly_any(
    filter: &Client,
    keys: Keys,
    numbers: Range<u64>,
    rate: f64,
    when: &str,
) -> Outcome {
    let (others, family) = (numbers.end - numbers.start, keys.family);
    let found = filter.count_contained(keys, numbers.start, numbers.end).await.expect_ok("looking up")?;
    let limit = mistakes_max(others, rate);
    ensure!(
        found <= limit,
        "too many keys are found that are not there, {when}",
        "at most {RATE_FACTOR} x {rate} of them and what chance adds: {limit} of {others}",
        "{found} of {others} keys of the family {family:?}"
    );
    Ok(())
}

/// Demands an estimate close to `count`. `when` as above.
///
/// A filter of ten thousand cells or more knows its keys to a fraction of a per cent: the limit is ten standard deviations and
/// more away from a right solution, whichever sketch it is.
pub(crate) async fn holds_about(filter: &Client, count: u64, when: &str) -> Outcome {
    let estimate = filter.estimate().await.expect_ok("an estimate")?;
    let error = (estimate as f64 - count as f64).abs() / count as f64;
    ensure!(
        error <= ESTIMATE_ERROR_MAX,
        "an estimate is far off {when}",
        "{count}, give or take {ESTIMATE_ERROR_MAX} of it",
        "{estimate}"
    );
    Ok(())
}

/// A key as people read it.
pub(crate) fn shown(key: &[u8]) -> String {
    let (start, dots) = if key.len() > 48 { (&key[..48], "...") } else { (key, "") };
    format!("\"{}{dots}\"", start.escape_ascii())
}
