//! Stage `threads`: several threads share a sketch.
//!
//! What gets lost is one key among a great many, which no estimate shows. But a key that is not in changes the estimate when it is
//! added again, and one that is in does not.

use crate::sketches::{bytes, config, counts_about, estimate, holds_all, is_the_same, keys, sketch};
use futures_util::future::try_join_all;
use futures_util::join;
use hyperloglog::{Config, HyperLogLogClient as Client};
use kata::keys::{Family, Keys};
use kata_check::Outcome;
use kata_sim::{Datacentre, Expect, NodeId, requirement};

const NODE: NodeId = NodeId(0);
const THREADS: u64 = 2;
const ROUNDS: u64 = 24;
/// Registers enough that most keys still raise one when both threads are under way.
const PRECISION: u8 = 16;
/// Keys that a thread adds.
const EACH: u64 = 150_000;

/// Two threads add different keys at the same time. When they are done, all are in: adding them again changes nothing, and a sketch
/// restored from the bytes gives the same estimate.
#[requirement(stage = "threads", level = concurrency, points = 10, native)]
async fn threads_lose_no_keys(dc: &Datacentre) -> Outcome {
    let config = Config { precision: PRECISION, ..config(dc) };
    dc.deploy::<Client>(1, config).await;
    let bo = sketch(dc, "bo", config).await;
    for round in 0..ROUNDS {
        if round > 0 {
            dc.crash(NODE);
            dc.restart(NODE).await;
        }
        let Keys { family, seed } = keys(dc, Family::Random);
        let keys = Keys::new(family, seed.wrapping_add(round));
        let threads = dc.client_on_threads::<Client>(NODE, THREADS as usize);
        let adds = (0..THREADS).map(async |thread| {
            threads.add_all(keys, thread * EACH, (thread + 1) * EACH).await.expect_ok("adding")
        });
        try_join_all(adds).await?;
        let when = "after two threads added at the same time";
        let ana = dc.client_at::<Client>("ana", NODE);
        let before = estimate(&ana).await?;
        bo.restore(&bytes(&ana).await?).await.expect_ok("restoring from ana's bytes")?;
        is_the_same(estimate(&bo).await?, before, &format!("the estimate of a restored sketch {when}"))?;
        counts_about(&ana, THREADS * EACH, PRECISION, when).await?;
        holds_all(&ana, keys, 0..THREADS * EACH, when).await?;
    }
    Ok(())
}

/// One thread adds while another estimates over and over until the number stays. When both are done, the estimate is that of a sketch with
/// the same keys.
#[requirement(stage = "threads", level = concurrency, points = 5, native)]
async fn threads_estimate_what_is_in(dc: &Datacentre) -> Outcome {
    // Far below what any estimate may be when all are in.
    const NEARLY_ALL: u64 = EACH * 8 / 10;
    let config = Config { precision: PRECISION, ..config(dc) };
    for round in 0..ROUNDS {
        let Keys { family, seed } = keys(dc, Family::Random);
        let keys = Keys::new(family, seed.wrapping_add(round));
        let nodes = dc.deploy::<Client>(2, config).await;
        let (ana, bo) = (dc.client_at::<Client>("ana", nodes[0]), dc.client_at::<Client>("bo", nodes[1]));
        let threads = dc.client_on_threads::<Client>(nodes[0], THREADS as usize);
        let adding = threads.add_or_watch(keys, EACH, None);
        let watching = threads.add_or_watch(keys, 0, Some(NEARLY_ALL));
        let (added, watched) = join!(adding, watching);
        added.expect_ok("adding")?;
        watched.expect_ok("estimating")?;
        bo.add_all(keys, 0, EACH).await.expect_ok("adding")?;
        let when = "the estimate after a thread added while another estimated";
        is_the_same(estimate(&ana).await?, estimate(&bo).await?, when)?;
    }
    Ok(())
}
