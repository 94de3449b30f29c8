//! What all stages share: a sketch on a node of its own, and what is demanded of one again and again.

use hyperloglog::{Config, ERROR_FACTOR, HyperLogLogClient as Client};
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome, ensure, spread};
use kata_sim::{Datacentre, Expect};
use std::ops::Range;

/// How often a sketch that errs just as much as it may is blamed for one estimate, or for the root mean square of several. A grade
/// looks at fewer than three hundred of these, so that together they are below 1e-9 even then. Right designs stay 10 to 20 % below the
/// bound at least, and are blamed practically never.
pub(crate) const ALARM: f64 = 1e-12;

/// The root mean square of the relative error that the contract allows.
pub(crate) fn error_max(precision: u8) -> f64 {
    ERROR_FACTOR / libm::sqrt(libm::exp2(f64::from(precision)))
}

/// A configuration with a secret of this run.
pub(crate) fn config(dc: &Datacentre) -> Config {
    let secret = u128::from(dc.draw("secret")) << 64 | u128::from(dc.draw("secret's other half"));
    Config { secret, ..Config::default() }
}

/// Keys of this run.
pub(crate) fn keys(dc: &Datacentre, family: Family) -> Keys {
    Keys::new(family, dc.draw("keys"))
}

/// A sketch on a new node, empty.
pub(crate) async fn sketch(dc: &Datacentre, name: &str, config: Config) -> Client {
    let node = dc.deploy::<Client>(1, config).await[0];
    dc.client_at::<Client>(name, node)
}

/// A sketch on a new node that holds the keys with these numbers.
pub(crate) async fn filled(
    dc: &Datacentre,
    name: &str,
    config: Config,
    keys: Keys,
    numbers: Range<u64>,
) -> Result<Client, Complaint> {
    let sketch = sketch(dc, name, config).await;
    sketch.add_all(keys, numbers.start, numbers.end).await.expect_ok("adding")?;
    Ok(sketch)
}

/// What a sketch estimates now.
pub(crate) async fn estimate(sketch: &Client) -> Result<u64, Complaint> {
    sketch.estimate().await.expect_ok("an estimate")
}

/// What a sketch's bytes are now.
pub(crate) async fn bytes(sketch: &Client) -> Result<Vec<u8>, Complaint> {
    sketch.to_bytes().await.expect_ok("a sketch's bytes")
}

/// Demands an estimate close to `count` of a single sketch. `when` says when: `after a merge`.
pub(crate) async fn counts_about(sketch: &Client, count: u64, precision: u8, when: &str) -> Outcome {
    is_about(estimate(sketch).await?, count, precision, when)
}

/// Whether chance leaves a single estimate near the truth. Errors of fewer registers have a long tail upwards; those of fewer keys
/// come in whole keys, and one is a great deal then.
pub(crate) fn is_told_by_one(count: u64, precision: u8) -> bool {
    precision >= 10 && count >= 1 << (precision - 4)
}

/// Demands that an estimate of a single sketch is close to `count`: within about seven times the bound, 7 % at a precision of 14.
///
/// # Panics
///
/// Unless one estimate [can tell](is_told_by_one).
pub(crate) fn is_about(estimate: u64, count: u64, precision: u8, when: &str) -> Outcome {
    assert!(
        is_told_by_one(count, precision),
        "{count} keys at a precision of {precision} are for many sketches"
    );
    let error = (estimate as f64 - count as f64).abs() / count as f64;
    let limit = spread::most(1, error_max(precision), ALARM);
    let percent = limit * 100.0;
    ensure!(
        error <= limit,
        "an estimate is far off {when}",
        "{count}, give or take {percent:.1} %: the bound for the root mean square, and what chance adds",
        "{estimate}, with a precision of {precision}"
    );
    Ok(())
}

/// Demands that the sketch already holds the keys with these numbers: adding them again changes nothing. `when` as above.
pub(crate) async fn holds_all(sketch: &Client, keys: Keys, numbers: Range<u64>, when: &str) -> Outcome {
    let before = estimate(sketch).await?;
    sketch.add_all(keys, numbers.start, numbers.end).await.expect_ok("adding again")?;
    let after = estimate(sketch).await?;
    let Range { start, end } = numbers;
    ensure!(
        after == before,
        "adding keys that should be in changes the estimate, {when}",
        "{before}, as before",
        "{after}, when keys {start} to {end} are added again"
    );
    Ok(())
}

/// Demands that an estimate is just what another was. `what` says which: `a restored sketch's estimate`.
pub(crate) fn is_the_same(estimate: u64, other: u64, what: &str) -> Outcome {
    ensure!(estimate == other, "{what} is another one", "{other}", "{estimate}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_estimate_tells_seven_times_the_bound() {
        let limit = spread::most(1, error_max(14), ALARM);
        assert!((0.07..0.075).contains(&limit), "{limit}");
        assert!(is_about(10_300, 10_000, 14, "").is_ok() && is_about(10_800, 10_000, 14, "").is_err());
        assert!(!is_told_by_one(1_000, 14) && !is_told_by_one(1_000, 9));
    }
}
