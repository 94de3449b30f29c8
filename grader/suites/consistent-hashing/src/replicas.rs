//! Stage `replicas`: a key's whole order.

use crate::clusters::{Node, add, nodes, remove};
use crate::placement::{Placement, shown};
use consistent_hashing::{Config, ConsistentHashingClient};
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// How many keys are asked about.
const KEYS: u64 = 500;

/// As many replicas as asked for, or all nodes if there are fewer; none of them twice, the owner first.
#[requirement(stage = "replicas", level = acceptance, points = 10, schedules = 2)]
async fn replicas_are_different_nodes(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let all = nodes(dc, 0, &[1, 10, 1, 2, 1]);
    add(&ana, &all).await?;
    let keys = Keys::new(Family::Random, dc.draw("keys"));
    let owners = Placement::of(&ana, &all, keys, KEYS).await?;
    for count in [0, 1, 2, 3, 5, 6, u32::MAX] {
        let expected = all.len().min(count as usize);
        let orders = orders(&ana, keys, count).await?;
        for (number, order) in (0..).zip(&orders) {
            let mut names = order.clone();
            names.sort_unstable();
            names.dedup();
            let known = names.iter().all(|name| all.iter().any(|(node, _)| node == name));
            let key = shown(keys, number);
            ensure!(
                order.len() == expected && names.len() == expected && known,
                "replicas are not as many different nodes as asked for",
                "{expected} of 5 nodes for replicas({key}, {count})",
                "{order:?}"
            );
        }
        if count > 0 {
            let firsts = Placement::from_orders(keys, &orders);
            owners.is_the_same_as(&firsts, "and so it comes first among its replicas")?;
        }
    }
    Ok(())
}

/// For a key, nodes stand in one order: of fewer replicas, the same come first. Another node joins, leaves, or changes its weight, and the
/// order of all others stays as it is; with a greater weight, a node only moves forward.
#[requirement(stage = "replicas", level = acceptance, points = 10, schedules = 2)]
async fn nodes_keep_their_order(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let all = nodes(dc, 0, &[1, 3, 1, 2, 1, 1]);
    add(&ana, &all).await?;
    let keys = Keys::new(Family::SamePrefix, dc.draw("keys"));
    let before = orders(&ana, keys, u32::MAX).await?;
    for count in 1..all.len() {
        let fewer = orders(&ana, keys, count as u32).await?;
        for (number, (order, fewer)) in (0..).zip(before.iter().zip(&fewer)) {
            let expected = &order[..count.min(order.len())];
            let key = shown(keys, number);
            ensure!(
                fewer == expected,
                "fewer replicas are others",
                "{expected:?} for replicas({key}, {count}), as more of them begin so",
                "{fewer:?}"
            );
        }
    }
    for (name, weight) in &all {
        let node: [Node; 1] = [(name.clone(), *weight)];
        remove(&ana, &node).await?;
        let change = format!("{name} leaves");
        same_among_others(keys, &before, &orders(&ana, keys, u32::MAX).await?, name, &change)?;
        add(&ana, &[(name.clone(), weight + 4)]).await?;
        let change = format!("the weight of {name} rises from {weight} to {}", weight + 4);
        let heavier = orders(&ana, keys, u32::MAX).await?;
        same_among_others(keys, &before, &heavier, name, &change)?;
        for (number, (before, after)) in (0..).zip(before.iter().zip(&heavier)) {
            let place = |order: &[String]| order.iter().take_while(|node| *node != name).count() + 1;
            let (key, old, new) = (shown(keys, number), place(before), place(after));
            ensure!(
                new <= old,
                "a node moves back in a key's order although its weight rises",
                "{name} at place {old} or before it for the key {key}",
                "at place {new}"
            );
        }
        add(&ana, &node).await?;
    }
    Ok(())
}

/// Without `changed`, nodes stand in the same order before and after.
fn same_among_others(
    keys: Keys,
    before: &[Vec<String>],
    after: &[Vec<String>],
    changed: &str,
    change: &str,
) -> Outcome {
    let others =
        |order: &[String]| -> Vec<String> { order.iter().filter(|name| *name != changed).cloned().collect() };
    for (number, (before, after)) in (0..).zip(before.iter().zip(after)) {
        let (expected, observed) = (others(before), others(after));
        let key = shown(keys, number);
        ensure!(
            expected == observed,
            "nodes change places although neither of them has changed",
            "{expected:?} among the others for the key {key} when {change}",
            "{observed:?}"
        );
    }
    Ok(())
}

async fn orders(
    client: &ConsistentHashingClient,
    keys: Keys,
    count: u32,
) -> Result<Vec<Vec<String>>, Complaint> {
    let orders = client.orders(keys, KEYS, count).await.expect_ok("replicas of many keys")?;
    let found = orders.len() as u64;
    ensure!(found == KEYS, "not every key was looked up", "{KEYS} orders", "{found}");
    Ok(orders)
}
