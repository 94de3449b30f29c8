//! Stage `agreement`: one answer everywhere.

use crate::clusters::{Node, add, nodes, remove};
use crate::placement::{Placement, shown};
use consistent_hashing::{Config, ConsistentHashingClient};
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome};
use kata_sim::{Datacentre, Expect, NodeId, requirement};

const KEYS: u64 = 3_000;

/// How many keys' whole orders are compared.
const ORDERS: u64 = 300;

/// Two processes get to know the same nodes in different ways: one after the other, or backwards and with detours. Then they
/// agree about every key, its owner and its whole order.
#[requirement(stage = "agreement", level = acceptance, points = 10, schedules = 2)]
async fn the_way_to_a_cluster_does_not_matter(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(2, Config::default()).await;
    let [plain, winding] = [0, 1].map(|node| dc.client_at::<ConsistentHashingClient>("ana", NodeId(node)));
    for salt in [0, 1] {
        let all = nodes(dc, salt, &[1, 2, 1, 5, 1, 1, 3, 1, 1, 1, 2, 1]);
        add(&plain, &all).await?;
        wind(dc, &winding, &all).await?;
        agree(dc, &plain, &winding, &all, "as another process says that knows the same nodes").await?;
        remove(&plain, &all).await?;
        remove(&winding, &all).await?;
    }
    Ok(())
}

/// A node crashes, and when it is back, it is told of the same nodes again in another order: it says what it said before, and what another
/// node says that never crashed.
#[requirement(stage = "agreement", level = faults, points = 10, schedules = 2)]
async fn a_restarted_node_agrees(dc: &Datacentre) -> Outcome {
    const CRASHED: NodeId = NodeId(0);
    dc.deploy::<ConsistentHashingClient>(2, Config::default()).await;
    let crashed = dc.client_at::<ConsistentHashingClient>("ana", CRASHED);
    let other = dc.client_at::<ConsistentHashingClient>("ana", NodeId(1));
    let all = nodes(dc, 0, &[1, 2, 1, 5, 1, 1, 3, 1]);
    add(&crashed, &all).await?;
    let keys = Keys::new(Family::Random, dc.draw("keys"));
    let before = Placement::of(&crashed, &all, keys, KEYS).await?;
    dc.crash(CRASHED);
    dc.restart(CRASHED).await;
    let mut backwards = all.clone();
    backwards.reverse();
    add(&crashed, &backwards).await?;
    let after = Placement::of(&crashed, &all, keys, KEYS).await?;
    before.is_the_same_as(&after, "as it did before the crash")?;
    add(&other, &all).await?;
    agree(dc, &other, &crashed, &all, "as a process says that never crashed").await
}

/// Tells a process of nodes backwards, with others that leave again and weights that change.
async fn wind(dc: &Datacentre, client: &ConsistentHashingClient, all: &[Node]) -> Outcome {
    let strangers = nodes(dc, 2, &[3, 1, 2]);
    add(client, &strangers).await?;
    for (number, (name, weight)) in all.iter().enumerate().rev() {
        add(client, &[(name.clone(), if number % 3 == 0 { 7 } else { *weight })]).await?;
        if number % 4 == 1 {
            remove(client, &[(name.clone(), *weight)]).await?;
        }
    }
    remove(client, &strangers).await?;
    for node in all.chunks(1).rev() {
        add(client, node).await?;
    }
    Ok(())
}

/// Two processes that know the same nodes say the same of many keys.
async fn agree(
    dc: &Datacentre,
    one: &ConsistentHashingClient,
    other: &ConsistentHashingClient,
    all: &[Node],
    why: &str,
) -> Outcome {
    for family in [Family::Random, Family::SamePrefix, Family::Short] {
        let keys = Keys::new(family, dc.draw("keys"));
        let placement = Placement::of(one, all, keys, KEYS).await?;
        placement.is_the_same_as(&Placement::of(other, all, keys, KEYS).await?, why)?;
        let orders = one.orders(keys, ORDERS, u32::MAX).await.expect_ok("orders of many keys")?;
        let others = other.orders(keys, ORDERS, u32::MAX).await.expect_ok("orders of many keys")?;
        for (number, (order, another)) in (0..).zip(orders.iter().zip(&others)) {
            if order != another {
                return Err(Complaint::new(
                    "the same nodes with the same weights stand in another order",
                    format!("{order:?} for the key {}, {why}", shown(keys, number)),
                    format!("{another:?}"),
                ));
            }
        }
    }
    Ok(())
}
