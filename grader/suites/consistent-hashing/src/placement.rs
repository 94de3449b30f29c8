//! Who owns which of many keys.

use crate::clusters::Node;
use consistent_hashing::{ConsistentHashingClient, Owners};
use kata::keys::Keys;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::Expect;
use std::collections::BTreeMap;

/// The owners of the first keys of a family. Each is one of the cluster's nodes.
#[derive(PartialEq)]
pub(crate) struct Placement {
    keys: Keys,
    owners: Vec<String>,
}

impl Placement {
    /// Asks who owns the first `count` of `keys` among `nodes`.
    pub(crate) async fn of(
        client: &ConsistentHashingClient,
        nodes: &[Node],
        keys: Keys,
        count: u64,
    ) -> Result<Placement, Complaint> {
        let Owners { names, of } = client.owners(keys, count).await.expect_ok("a look-up of many keys")?;
        for name in &names {
            ensure!(
                nodes.iter().any(|(node, _)| node == name),
                "a key is owned by a node that is not there",
                "one of {nodes:?}",
                "{name:?}"
            );
        }
        let mut owners = Vec::new();
        for (number, owner) in (0..).zip(of) {
            let name = owner.and_then(|position| names.get(position as usize));
            let Some(name) = name else {
                return Err(Complaint::new(
                    "a key has no owner",
                    format!("the key {} has one of {} nodes", shown(keys, number), nodes.len()),
                    "None",
                ));
            };
            owners.push(name.clone());
        }
        let found = owners.len() as u64;
        ensure!(found == count, "not every key was looked up", "{count} owners", "{found}");
        Ok(Placement { keys, owners })
    }

    /// What the first of each key's replicas say.
    pub(crate) fn from_orders(keys: Keys, orders: &[Vec<String>]) -> Placement {
        let owners = orders.iter().map(|order| order.first().cloned().unwrap_or_default()).collect();
        Placement { keys, owners }
    }

    /// How many keys `node` owns.
    pub(crate) fn count(&self, node: &str) -> u64 {
        self.owners.iter().filter(|owner| *owner == node).count() as u64
    }

    /// How many keys each of `nodes` owns, in one pass: there may be many.
    pub(crate) fn counts(&self, nodes: &[Node]) -> Vec<u64> {
        let mut counts = BTreeMap::new();
        for owner in &self.owners {
            *counts.entry(owner.as_str()).or_insert(0) += 1;
        }
        nodes.iter().map(|(name, _)| counts.get(name.as_str()).copied().unwrap_or(0)).collect()
    }

    /// Every key that moves on the way to `after` may move like this: from whom, to whom. `change` is what happened, for
    /// the complaint.
    pub(crate) fn moves_to(
        &self,
        after: &Placement,
        change: &str,
        may_move: impl Fn(&str, &str) -> bool,
    ) -> Outcome {
        for (number, (from, to)) in (0..).zip(self.owners.iter().zip(&after.owners)) {
            if from != to && !may_move(from, to) {
                return Err(Complaint::new(
                    "a key moves without need",
                    format!("the key {} stays where it is when {change}", shown(self.keys, number)),
                    format!("it moves from {from} to {to}"),
                ));
            }
        }
        Ok(())
    }

    /// Nothing moves on the way to `after`.
    pub(crate) fn is_the_same_as(&self, after: &Placement, why: &str) -> Outcome {
        for (number, (one, other)) in (0..).zip(self.owners.iter().zip(&after.owners)) {
            if one != other {
                return Err(Complaint::new(
                    "the same nodes with the same weights place a key elsewhere",
                    format!("the key {} belongs to {one}, {why}", shown(self.keys, number)),
                    format!("it belongs to {other}"),
                ));
            }
        }
        Ok(())
    }
}

/// A key as complaints show it.
pub(crate) fn shown(keys: Keys, number: u64) -> String {
    let key = keys.key(number);
    let text = str::from_utf8(&key).ok().filter(|text| text.chars().all(|letter| letter.is_ascii_graphic()));
    let start: String = match text {
        Some(text) => text.to_owned(),
        None => key.iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
    };
    format!("{start} ({} bytes, {:?})", key.len(), keys.family)
}
