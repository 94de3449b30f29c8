//! Clusters under test: their nodes' names, and how they are told of them.

use consistent_hashing::ConsistentHashingClient;
use kata_check::Outcome;
use kata_sim::{Datacentre, Expect};

/// A node, as a suite names it.
pub(crate) type Node = (String, u32);

/// Nodes of these weights. Names are numbered as people number machines; `salt` makes them others.
pub(crate) fn nodes(dc: &Datacentre, salt: u64, weights: &[u32]) -> Vec<Node> {
    let draw = dc.draw("names") >> 40;
    let name = |number: usize| {
        match salt % 3 {
            // One name is the beginning of another: cache1 and cache11.
            0 => format!("{draw:x}-{salt}-cache{number}"),
            1 => format!("10.{}.{}.{number}:6379", draw % 256, salt % 256),
            // Names that are long and alike up to their ends.
            _ => format!("storage.eu-central-1.internal.example/{draw:x}-{salt}/cache-{number}"),
        }
    };
    (1..).zip(weights).map(|(number, &weight)| (name(number), weight)).collect()
}

/// Adds nodes, one after the other.
pub(crate) async fn add(client: &ConsistentHashingClient, nodes: &[Node]) -> Outcome {
    for (name, weight) in nodes {
        client.add_node(name, *weight).await.expect_ok(&format!("adding {name} of weight {weight}"))?;
    }
    Ok(())
}

/// Removes nodes, one after the other.
pub(crate) async fn remove(client: &ConsistentHashingClient, nodes: &[Node]) -> Outcome {
    for (name, _) in nodes {
        client.remove_node(name).await.expect_ok(&format!("removing {name}"))?;
    }
    Ok(())
}
