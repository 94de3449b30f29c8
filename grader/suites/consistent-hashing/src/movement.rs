//! Stage `movement`: nodes come, go and grow.

use crate::clusters::{Node, add, nodes, remove};
use crate::placement::Placement;
use consistent_hashing::{Config, ConsistentHashingClient};
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};

/// How many keys of each family are watched. Whatever moves keys at all moves some of so many.
const KEYS: u64 = 3_000;

const FAMILIES: [Family; 3] = [Family::Random, Family::SamePrefix, Family::Sequential];

/// Nodes join, one after the other. Keys move to the node that joins, and to no other.
#[requirement(stage = "movement", level = acceptance, points = 10, schedules = 2)]
async fn a_new_node_only_takes_keys(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let all = nodes(dc, 0, &[1, 1, 2, 3, 1, 5, 1, 2, 1, 1, 3, 1]);
    add(&ana, &all[..3]).await?;
    let mut before = placements(dc, &ana, &all[..3]).await?;
    for there in 4..=all.len() {
        add(&ana, &all[there - 1..there]).await?;
        let after = placements(dc, &ana, &all[..there]).await?;
        let joined = all[there - 1].0.as_str();
        for (before, after) in before.iter().zip(&after) {
            before.moves_to(after, &format!("{joined} joins"), |_, to| to == joined)?;
            // At least 1/21 of the keys are its fair share.
            let taken = after.count(joined);
            ensure!(
                taken > 0,
                "a node that joins gets nothing",
                "some of {KEYS} keys at {joined}",
                "{taken}"
            );
        }
        before = after;
    }
    Ok(())
}

/// Nodes leave, from the middle, the end and the beginning, and come back. Only keys of the node that leaves move, and when it
/// is back, so are they.
#[requirement(stage = "movement", level = acceptance, points = 10, schedules = 2)]
async fn a_removed_node_only_gives_keys_up(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let all = nodes(dc, 0, &[1, 1, 2, 3, 1, 5, 1, 2, 1, 1, 3, 1]);
    add(&ana, &all).await?;
    let before = placements(dc, &ana, &all).await?;
    for position in [5, 11, 0, 3] {
        let left = all[position].0.as_str();
        let others: Vec<Node> = all.iter().filter(|(name, _)| name != left).cloned().collect();
        remove(&ana, &all[position..=position]).await?;
        let without = placements(dc, &ana, &others).await?;
        for (before, without) in before.iter().zip(&without) {
            before.moves_to(without, &format!("{left} leaves"), |from, _| from == left)?;
        }
        add(&ana, &all[position..=position]).await?;
        let after = placements(dc, &ana, &all).await?;
        for (before, after) in before.iter().zip(&after) {
            before.is_the_same_as(after, &format!("as it did before {left} left and came back"))?;
        }
    }
    Ok(())
}

/// A node gets a greater weight: keys move to it, and to no other. It gets a lesser one: keys move away from it, and from no
/// other. It gets its old one back: everything is as it was.
#[requirement(stage = "movement", level = acceptance, points = 10, schedules = 2)]
async fn a_changed_weight_moves_keys_one_way(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let mut all = nodes(dc, 0, &[2, 3, 2, 1, 5]);
    add(&ana, &all).await?;
    let first = placements(dc, &ana, &all).await?;
    for position in [1, 4] {
        let name = all[position].0.clone();
        let old = all[position].1;
        let mut before = placements(dc, &ana, &all).await?;
        for weight in [6, 10, 1, old] {
            let rises = weight > all[position].1;
            all[position].1 = weight;
            add(&ana, &all[position..=position]).await?;
            let after = placements(dc, &ana, &all).await?;
            let change =
                format!("the weight of {name} {} to {weight}", if rises { "rises" } else { "falls" });
            for (before, after) in before.iter().zip(&after) {
                before.moves_to(after, &change, |from, to| if rises { to == name } else { from == name })?;
                let (old, new) = (before.count(&name), after.count(&name));
                ensure!(
                    old != new,
                    "a changed weight moves nothing",
                    "another share of {KEYS} keys when {change}",
                    "{new} before and after"
                );
            }
            before = after;
        }
    }
    let last = placements(dc, &ana, &all).await?;
    for (first, last) in first.iter().zip(&last) {
        first.is_the_same_as(last, "as it did when all weights were the same before")?;
    }
    Ok(())
}

async fn placements(
    dc: &Datacentre,
    client: &ConsistentHashingClient,
    nodes: &[Node],
) -> Result<Vec<Placement>, Complaint> {
    let mut placements = Vec::new();
    for family in FAMILIES {
        let keys = Keys::new(family, dc.draw("keys"));
        placements.push(Placement::of(client, nodes, keys, KEYS).await?);
    }
    Ok(placements)
}
