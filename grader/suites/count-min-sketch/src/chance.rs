//! Stage `chance`: how often an estimate is further off than it should be.

use crate::sketches::{keys, secret, sketch};
use count_min_sketch::Config;
use kata::keys::{Family, Keys};
use kata_check::chance::most;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// How often a sketch that fails just as often as it may is caught, in each of three series of trials. A grade asks once.
const ALARM: f64 = 2e-11;

/// Each is a node, which may be a process of its own, so there are few; half of them have removal.
const SECRETS: u64 = 10;

/// Sketches of one configuration but for their secrets.
struct Series {
    error: f64,
    failure: f64,
    /// Under each secret.
    trials: u64,
}

/// What the series catch. Each trial is one estimate of an empty sketch that counted a few random keys, which no other trial has, so trials
/// are independent under any secret and the number of failures is binomial; estimates of one sketch that counted once would share
/// their luck. The stream leaves the textbook's sketch least room: as many keys as can each have more than `error` of the total, so
/// that to meet one of them in every row is a failure. The paper's sizes fail in 1 of 590 trials of the first series, in 1 of 39 of the
/// second and in 1 of 470,000 of the third, where 1 of 100, of 10 and of 10,000 may.
///
/// - The first, 2,000 trials with a limit of 56: one place in all rows fails in 28 %, the middle of five rows in 14 %, rows of
///   `1 / error` counters in 8.6 %, rows by the decimal logarithm in 7.8 %, one long row in 6.2 %.
/// - The second, 1,000 trials with a limit of 168: one row where three should be fails in 29 %, rows of `1 / error` in 24 %.
/// - The third, 4,000 trials with a limit of 9: places in whole steps from two hashes fail in 3 %, in steps of fractions of a row in 1 %.
///
/// All of these pass once in a hundred million times or less.
const SERIES: [Series; 3] = [
    Series { error: 0.1, failure: 0.01, trials: 200 },
    Series { error: 0.05, failure: 0.1, trials: 100 },
    Series { error: 0.3, failure: 0.000_1, trials: 400 },
];

/// Thousands of times, a small sketch counts a few keys that come often, and estimates one that does not come. The estimate is above
/// `error` of the total as often as `failure` says, and what chance adds.
#[requirement(stage = "chance", level = acceptance, points = 15, schedules = 1)]
async fn estimates_are_seldom_far_too_high(dc: &Datacentre) -> Outcome {
    for Series { error, failure, trials } in SERIES {
        let frequent = (1.0 / error).ceil() as u64 - 1;
        let margin = (error * (1_000 * frequent) as f64) as u64;
        let mut failed = 0;
        for number in 0..SECRETS {
            let secret = secret(dc, &format!("{number} for {failure}"));
            let (removal, heavy_share) = (number % 2 == 1, 2.0 * error);
            let ana = sketch(dc, "ana", Config { error, failure, secret, removal, heavy_share }).await;
            let Keys { family, seed } = keys(dc, Family::Random);
            let keys = Keys::new(family, seed.wrapping_add(number));
            let empty = ana.to_bytes().await.expect_ok("the bytes of an empty sketch")?;
            failed +=
                ana.count_failures(empty, keys, trials, frequent, margin).await.expect_ok("many trials")?;
        }
        let (all, limit) = (SECRETS * trials, most(SECRETS * trials, failure, ALARM));
        ensure!(
            failed <= limit,
            "estimates are far too high too often",
            "above {error} of the total in at most {failure} of {all} trials and what chance adds: {limit}",
            "in {failed}, of a key that never came, where {frequent} others came equally often"
        );
    }
    Ok(())
}
