//! Stage `retry`: clients ask again.

use crate::clients::{LIKES, addition};
use first_steps::{Config, CounterClient};
use futures_util::future::try_join_all;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// More additions than somebody remembers who remembers only the latest.
const OTHERS: u64 = 130;

/// A client sends an addition three times, to different nodes, with the same request id. All three are acknowledged, and it
/// counts once. Another addition of the same amount has an id of its own and counts too. And when she sends the first one again
/// much later, after many others, it still does not count twice.
#[requirement(stage = "retry", level = acceptance, points = 10, schedules = 8)]
async fn a_request_counts_once(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(2, Config::default()).await;
    for node in dc.nodes().into_iter().chain(dc.nodes()) {
        let ana = dc.client_at::<CounterClient>("ana", node);
        ana.add(addition(5, 1)).await.expect_ok("ana's addition, sent again")?;
        let total = ana.get(LIKES.to_owned()).await.expect_ok("ana's read")?;
        ensure!(total == 5, "a request counts twice", "5, however often it is sent", "{total}");
    }
    let ana = dc.client::<CounterClient>("ana");
    ana.add(addition(5, 2)).await.expect_ok("ana's second addition")?;
    let total = ana.get(LIKES.to_owned()).await.expect_ok("ana's read")?;
    ensure!(total == 10, "an addition with an id of its own is not counted", "10", "{total}");
    // Random ids have 64 bits. The first of these ends like 1, and the two others are the same number as an `f64`.
    let long_ids = [(1 << 32) + 1, u64::MAX, u64::MAX - 1];
    for request_id in (3..3 + OTHERS).chain(long_ids) {
        ana.add(addition(1, request_id)).await.expect_ok("one of many additions")?;
    }
    ana.add(addition(5, 1)).await.expect_ok("ana's first addition, sent again much later")?;
    let total = ana.get(LIKES.to_owned()).await.expect_ok("ana's read")?;
    let sum = 10 + OTHERS + long_ids.len() as u64;
    ensure!(
        total.unsigned_abs() == sum,
        "a request counts twice when it is sent again after many others",
        "{sum}",
        "{total}"
    );
    Ok(())
}

/// The same request arrives at three nodes at the same moment, as when a client gives up waiting too early. All three are
/// acknowledged, and it counts once; whoever is told that it is counted finds it counted.
#[requirement(stage = "retry", level = concurrency, points = 15, schedules = 1_000)]
async fn racing_retries_count_once(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(3, Config::default()).await;
    let clients = dc.nodes().into_iter().map(|node| dc.client_at::<CounterClient>("ana", node));
    let attempts = clients.map(async |ana| {
        ana.add(addition(5, 1)).await.expect_ok("ana's addition, sent again")?;
        let total = ana.get(LIKES.to_owned()).await.expect_ok("ana's read")?;
        ensure!(total == 5, "an acknowledged request is not counted once", "5", "{total}");
        Ok(())
    });
    try_join_all(attempts).await?;
    let total = dc.client::<CounterClient>("ana").get(LIKES.to_owned()).await.expect_ok("ana's read")?;
    ensure!(total == 5, "a request counts twice", "5, however often it is sent", "{total}");
    Ok(())
}
