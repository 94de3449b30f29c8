//! Stage `loads`: no node has more than its share of requests.

use crate::clusters::{add, nodes, remove};
use crate::placement::Placement;
use crate::requests::Requests;
use consistent_hashing::{Config, ConsistentHashingClient, ReleaseError};
use kata::keys::{Family, Keys};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, NodeId, requirement};

/// Everybody wants one key. Its owner serves as many requests as it may, then the next node in the key's order does, and so on. The
/// key's owner remains its owner.
#[requirement(stage = "loads", level = acceptance, points = 10, schedules = 2)]
async fn a_hot_key_spills_over(dc: &Datacentre) -> Outcome {
    for (node, load_percent) in (0..).zip([125, 101, 300]) {
        let config = Config { load_percent, ..Config::default() };
        dc.deploy::<ConsistentHashingClient>(1, config).await;
        let ana = dc.client_at::<ConsistentHashingClient>("ana", NodeId(node));
        let all = nodes(dc, 0, &[1; 6]);
        add(&ana, &all).await?;
        let mut requests = Requests::new(config);
        requests.add(&all);
        let keys = Keys::new(Family::SamePrefix, dc.draw("keys"));
        let before = Placement::of(&ana, &all, keys, 100).await?;
        requests.begin(&ana, keys, 1, 400).await?;
        let after = Placement::of(&ana, &all, keys, 100).await?;
        before.is_the_same_as(&after, "whatever nodes have to do")?;
    }
    Ok(())
}

/// Requests for many keys reach nodes of different weights, each of which takes what its weight allows.
#[requirement(stage = "loads", level = acceptance, points = 10, schedules = 2)]
async fn weights_bound_loads(dc: &Datacentre) -> Outcome {
    for (node, load_percent) in (0..).zip([110, 150]) {
        let config = Config { load_percent, ..Config::default() };
        dc.deploy::<ConsistentHashingClient>(1, config).await;
        let ana = dc.client_at::<ConsistentHashingClient>("ana", NodeId(node));
        let all = nodes(dc, 0, &[1, 2, 10, 3, 1]);
        add(&ana, &all).await?;
        let mut requests = Requests::new(config);
        requests.add(&all);
        let keys = Keys::new(Family::Random, dc.draw("keys"));
        requests.begin(&ana, keys, 7, 50).await?;
        requests.begin(&ana, keys, 1_000, 1).await?;
    }
    Ok(())
}

/// Requests end, and there is room again. Where none is under way, none ends. A node that leaves takes its requests along; one that
/// comes back has none; one whose weight changes keeps its own.
#[requirement(stage = "loads", level = acceptance, points = 10, schedules = 2)]
async fn ended_requests_make_room(dc: &Datacentre) -> Outcome {
    let config = Config::default();
    dc.deploy::<ConsistentHashingClient>(1, config).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let mut all = nodes(dc, 0, &[1, 1, 2, 1]);
    add(&ana, &all).await?;
    let mut requests = Requests::new(config);
    requests.add(&all);
    for (name, _) in &all {
        let call = format!("the end of a request at {name}, which has none,");
        let error = ana.release(name).await.expect_refused(&call)?;
        let right = error == ReleaseError::NothingAssigned;
        ensure!(right, "{call} is refused for another reason", "NothingAssigned", "{error:?}");
    }
    let error =
        ana.release("nobody").await.expect_refused("the end of a request at a node that is not there")?;
    ensure!(error == ReleaseError::UnknownNode, "a wrong reason", "UnknownNode", "{error:?}");
    let hot = Keys::new(Family::Random, dc.draw("hot"));
    let keys = Keys::new(Family::Sequential, dc.draw("keys"));
    requests.begin(&ana, hot, 1, 60).await?;
    for number in 0..40 {
        let name = all[number % all.len()].0.clone();
        if requests.at(&name) > 0 {
            requests.end(&ana, &name).await?;
        }
        requests.begin(&ana, hot, 1, 1).await?;
    }
    // The heaviest one leaves and comes back.
    remove(&ana, &all[2..3]).await?;
    requests.remove(&all[2].0);
    requests.begin(&ana, keys, 30, 1).await?;
    let error =
        ana.release(&all[2].0).await.expect_refused("the end of a request at a node that has left")?;
    ensure!(error == ReleaseError::UnknownNode, "a wrong reason", "UnknownNode", "{error:?}");
    add(&ana, &all[2..3]).await?;
    requests.add(&all[2..3]);
    requests.begin(&ana, keys, 50, 1).await?;
    // Another one grows.
    all[0].1 = 5;
    add(&ana, &all[..1]).await?;
    requests.add(&all[..1]);
    requests.begin(&ana, hot, 1, 50).await?;
    // It shrinks again, and keeps its requests, also those that it has no room for now.
    all[0].1 = 1;
    add(&ana, &all[..1]).await?;
    requests.add(&all[..1]);
    requests.begin(&ana, hot, 1, 50).await?;
    requests.begin(&ana, keys, 50, 1).await?;
    // All are added once more with the weights that they have: nothing changes.
    add(&ana, &all).await?;
    requests.begin(&ana, hot, 1, 20).await?;
    for (name, _) in &all {
        while requests.at(name) > 0 {
            requests.end(&ana, name).await?;
        }
        let call = format!("the end of a request at {name}, which has none any more,");
        let _: ReleaseError = ana.release(name).await.expect_refused(&call)?;
    }
    requests.begin(&ana, hot, 1, 10).await
}
