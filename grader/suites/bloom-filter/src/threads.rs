//! Stage `threads`: several threads share a filter.
//!
//! Threads meet in the same word within nanoseconds, or one is put aside in the middle of a change, and somebody who reads and then
//! writes loses what came between. In a round of a hundred thousand keys and more that happens dozens of times on several cores, and
//! a few times on one; there are six rounds. A right solution loses nothing, however threads meet.

use crate::filters::{config, holds_all, holds_hardly_any, keys};
use bloom_filter::{BloomFilterClient as Client, Config};
use futures_util::future::try_join_all;
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome};
use kata_sim::{Datacentre, Expect, NodeId, requirement};

const THREADS: u64 = 2;
const ROUNDS: u64 = 6;
const NODE: NodeId = NodeId(0);

/// A filter of its own for a round, empty.
async fn fresh(dc: &Datacentre, round: u64, config: Config) -> Client {
    if round == 0 {
        dc.deploy::<Client>(1, config).await;
    } else {
        dc.crash(NODE);
        dc.restart(NODE).await;
    }
    dc.client_at::<Client>("ana", NODE)
}

fn keys_of(dc: &Datacentre, round: u64) -> Keys {
    let Keys { family, seed } = keys(dc, Family::Random);
    Keys::new(family, seed.wrapping_add(round))
}

/// Two threads insert different keys at the same time. All are found.
#[requirement(stage = "threads", level = concurrency, points = 10, native)]
async fn threads_lose_no_keys(dc: &Datacentre) -> Outcome {
    let each = 150_000;
    let config = Config { capacity: THREADS * each, ..config(dc) };
    for round in 0..ROUNDS {
        let (ana, keys) = (fresh(dc, round, config).await, keys_of(dc, round));
        let threads = dc.client_on_threads::<Client>(NODE, THREADS as usize);
        let inserts = (0..THREADS).map(async |thread| {
            threads.insert_all(keys, thread * each, (thread + 1) * each).await.expect_ok("inserting")
        });
        try_join_all(inserts).await?;
        holds_all(&ana, keys, 0..THREADS * each, "after two threads inserted at the same time").await?;
    }
    Ok(())
}

/// Two threads insert the same keys at the same time. All are there twice: after they were removed once, all are found, and
/// after they were removed again, by two threads, hardly any.
#[requirement(stage = "threads", level = concurrency, points = 10, native)]
async fn threads_lose_no_counts(dc: &Datacentre) -> Outcome {
    let all = 100_000;
    let config = Config { capacity: all, removal: true, ..config(dc) };
    for round in 0..ROUNDS {
        let (ana, keys) = (fresh(dc, round, config).await, keys_of(dc, round));
        let threads = dc.client_on_threads::<Client>(NODE, THREADS as usize);
        let inserts =
            (0..THREADS).map(async |_| threads.insert_all(keys, 0, all).await.expect_ok("inserting"));
        try_join_all(inserts).await?;
        removed(ana.remove_all(keys, 0, all).await.expect_ok("removing")?)?;
        holds_all(&ana, keys, 0..all, "although it was inserted by two threads and removed once").await?;
        let half = all / THREADS;
        let removals = (0..THREADS).map(async |thread| {
            removed(threads.remove_all(keys, thread * half, (thread + 1) * half).await.expect_ok("removing")?)
        });
        try_join_all(removals).await?;
        holds_hardly_any(&ana, keys, 0..all, config.false_positive_rate, "after all were removed").await?;
    }
    Ok(())
}

fn removed(refused: Option<u64>) -> Result<(), Complaint> {
    match refused {
        None => Ok(()),
        Some(number) => Err(Complaint::new(
            "a key that is there cannot be removed",
            "Ok(()) for every key that was inserted and not removed as often",
            format!("key {number} is refused"),
        )),
    }
}
