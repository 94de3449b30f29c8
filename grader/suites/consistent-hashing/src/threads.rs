//! Stage `threads`: a node serves several threads.

use crate::clusters::{add, nodes};
use crate::requests::Requests;
use consistent_hashing::{Config, ConsistentHashingClient};
use futures_util::future::join_all;
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, NodeId, requirement};
use std::collections::BTreeMap;

const THREADS: usize = 4;

/// How many requests each thread begins: enough for threads to meet.
const REQUESTS: u32 = 20_000;

/// Four threads begin requests for the same key. No node gets more than its capacity, and every request can be ended, on whatever
/// thread, but only once.
#[requirement(stage = "threads", level = concurrency, points = 10, native)]
async fn threads_share_the_loads(dc: &Datacentre) -> Outcome {
    const NODE: NodeId = NodeId(0);
    let config = Config::default();
    dc.deploy::<ConsistentHashingClient>(1, config).await;
    let ana = dc.client_at::<ConsistentHashingClient>("ana", NODE);
    let all = nodes(dc, 0, &[1, 2, 1, 3, 1, 1]);
    add(&ana, &all).await?;
    let mut books = Requests::new(config);
    books.add(&all);
    let hot = Keys::new(Family::Random, dc.draw("keys"));
    let threads = dc.client_on_threads::<ConsistentHashingClient>(NODE, THREADS);
    let mut served: BTreeMap<String, u64> = BTreeMap::new();
    for answer in join_all((0..THREADS).map(|_| threads.assign_all(hot, 1, REQUESTS))).await {
        for name in answer.expect_ok("requests on a thread")? {
            let name = name.ok_or_else(|| Complaint::new("a request is not served", "a node", "None"))?;
            *served.entry(name).or_default() += 1;
        }
    }
    let total = u64::from(REQUESTS) * THREADS as u64;
    for (name, requests) in &served {
        // Capacities rise with the total, so no right order of these requests ends above them.
        let capacity = books.capacity(name, total);
        ensure!(
            *requests <= capacity,
            "a node gets requests beyond its capacity",
            "at most {capacity} of {total} at {name}",
            "{requests}"
        );
    }
    for (name, _) in &all {
        let expected = served.get(name).copied().unwrap_or_default();
        let ended = ana.release_up_to(name, total).await.expect_ok("ends of requests")?;
        ensure!(
            ended == expected,
            "not as many requests can be ended as were begun",
            "{expected} at {name}, begun on {THREADS} threads and ended on another",
            "{ended}"
        );
    }
    Ok(())
}
