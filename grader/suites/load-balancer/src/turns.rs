//! Stage `turns`: one after the other, and heavy ones more often.

use crate::bench::{Bench, HARDLY_EVER, backends};
use crate::shares::are_in_rotation;
use futures_util::future::join_all;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use load_balancer::{Config, Method, Policy};

/// Weights that tell whether heavy backends are spread: in a row, twenty requests for one of them are ten too many.
const WEIGHTS: [u32; 4] = [20, 20, 10, 1];

/// Every request is handed to one backend, whatever its method is, and what that answers is passed on.
#[requirement(stage = "turns", level = acceptance, points = 4, schedules = 10)]
async fn answers_are_passed_on(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    for method in [Method::Get, Method::Put, Method::Delete, Method::Post].repeat(3) {
        bench.is_served(&bench.client, &bench.request(method, "a")).await?;
    }
    for status in bench.status().await? {
        let is_plain = status.is_healthy && !status.is_draining;
        ensure!(
            is_plain,
            "a backend is not available though nothing happened",
            "healthy and not draining",
            "{status:?}"
        );
    }
    bench.is_idle().await
}

/// Requests come one after the other, and backends take turns: of any of them in a row, each gets its share. The same if they have weights,
/// which count under another policy only.
#[requirement(stage = "turns", level = acceptance, points = 5, schedules = 10)]
async fn backends_take_turns(dc: &Datacentre) -> Outcome {
    let backends = backends(&WEIGHTS);
    let config = Config { backends, probe_every: HARDLY_EVER, ..Config::default() };
    let bench = Bench::new(dc, config).await;
    let served = bench.serve(80).await?;
    are_in_rotation(&served, &crate::bench::backends(&[1; WEIGHTS.len()]))
}

/// Forty requests come at once. Nobody has been answered yet, and still each backend gets its share.
#[requirement(stage = "turns", level = concurrency, points = 5, schedules = 60)]
async fn a_crowd_shares_the_turns(dc: &Datacentre) -> Outcome {
    let config = Config { probe_every: HARDLY_EVER, ..Config::default() };
    let bench = Bench::new(dc, config).await;
    let crowd = join_all((0..40).map(async |_| bench.is_served(&bench.client, &bench.read()).await)).await;
    crowd.into_iter().collect::<Result<Vec<String>, Complaint>>()?;
    let handed = bench.handed_since(0);
    are_in_rotation(handed.iter().map(|handed| &handed.backend), &bench.config.backends)
}

/// Backends of the weights 20, 20, 10 and 1 get requests in proportion, and in every stretch of them: a heavy one does not get all of
/// its own in a row.
#[requirement(stage = "turns", level = acceptance, points = 6, schedules = 6)]
async fn weights_are_shares(dc: &Datacentre) -> Outcome {
    let policy = Policy::WeightedRoundRobin;
    let config =
        Config { policy, backends: backends(&WEIGHTS), probe_every: HARDLY_EVER, ..Config::default() };
    let bench = Bench::new(dc, config).await;
    let served = bench.serve(160).await?;
    are_in_rotation(&served, &bench.config.backends)
}
