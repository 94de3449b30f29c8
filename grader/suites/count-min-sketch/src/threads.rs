//! Stage `threads`: several threads share a sketch.
//!
//! Threads meet in one counter within nanoseconds, or one is put aside in the middle of a change, and somebody who reads and then
//! writes loses what came between. There are six rounds of some hundred thousand changes. A right solution loses nothing, however
//! threads meet.

use crate::sketches::{config, keys, node, sure};
use crate::tally::{Tally, nothing_refused};
use count_min_sketch::{Config, CountMinSketchClient as Client};
use futures_util::future::try_join_all;
use kata::keys::{Family, Keys};
use kata_check::Outcome;
use kata_sim::{Datacentre, Expect, requirement};

const THREADS: usize = 2;
const ROUNDS: u64 = 6;
fn keys_of(dc: &Datacentre, round: u64) -> Keys {
    let Keys { family, seed } = keys(dc, Family::Random);
    Keys::new(family, seed.wrapping_add(round))
}

/// Two threads add the same few keys at the same time, one by one. Everything is counted twice, and the list of heavy hitters is right.
#[requirement(stage = "threads", level = concurrency, points = 10, native)]
async fn threads_lose_no_counts(dc: &Datacentre) -> Outcome {
    // So few keys that most are alone in their counters, where one that is lost is missed; all of them are heavy.
    let (distinct, times) = (30, 3_000);
    let config = Config { heavy_share: 0.02, ..sure(dc) };
    for round in 0..ROUNDS {
        let (node, keys) = (node(dc, config).await, keys_of(dc, round));
        let ana = dc.client_at::<Client>("ana", node);
        let threads = dc.client_on_threads::<Client>(node, THREADS);
        let adds = (0..THREADS)
            .map(async |_| threads.add_all(keys, 0, distinct, 1, times).await.expect_ok("adding"));
        try_join_all(adds).await?;
        let tally = Tally::even(keys, distinct, THREADS as u64 * times);
        tally.is_close_to(&ana, config.error, " after two threads added at the same time").await?;
        tally.is_listed_by(&ana, &config, " after two threads added at the same time").await?;
    }
    Ok(())
}

/// Two threads add the same stream at the same time to a small sketch with removal, and then each takes back what it added. The total is 0
/// again, and no removal was refused.
#[requirement(stage = "threads", level = concurrency, points = 10, native)]
async fn threads_lose_no_removals(dc: &Datacentre) -> Outcome {
    let distinct = 50_000;
    let config = Config { failure: 0.5, removal: true, ..config(dc) };
    for round in 0..ROUNDS {
        let (node, keys) = (node(dc, config).await, keys_of(dc, round));
        let ana = dc.client_at::<Client>("ana", node);
        let threads = dc.client_on_threads::<Client>(node, THREADS);
        let adds = (0..THREADS).map(async |_| threads.add_zipf(keys, distinct).await.expect_ok("adding"));
        try_join_all(adds).await?;
        let once = Tally::zipf(keys, distinct);
        once.plus(&once).is_not_above(&ana, " after two threads added at the same time").await?;
        let removals = (0..THREADS)
            .map(async |_| nothing_refused(threads.remove_zipf(keys, distinct).await.expect_ok("removing")?));
        try_join_all(removals).await?;
        once.emptied().is_not_above(&ana, " after two threads removed all at the same time").await?;
    }
    Ok(())
}
