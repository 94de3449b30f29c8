//! The books of requests under way: which node the contract says serves the next one.

use crate::clusters::Node;
use crate::placement::shown;
use consistent_hashing::{Config, ConsistentHashingClient};
use kata::keys::Keys;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::Expect;
use std::collections::BTreeMap;

/// Requests under way.
pub(crate) struct Requests {
    load_percent: u32,
    /// Weight and requests of each node.
    nodes: BTreeMap<String, (u64, u64)>,
}

impl Requests {
    /// None, at a cluster of no nodes.
    pub(crate) fn new(config: Config) -> Requests {
        Requests { load_percent: config.load_percent, nodes: BTreeMap::new() }
    }

    /// Nodes are there, or have new weights.
    pub(crate) fn add(&mut self, nodes: &[Node]) {
        for (name, weight) in nodes {
            self.nodes.entry(name.clone()).or_default().0 = u64::from(*weight);
        }
    }

    /// A node left, and its requests with it.
    pub(crate) fn remove(&mut self, name: &str) {
        self.nodes.remove(name);
    }

    /// How many requests a node has under way.
    pub(crate) fn at(&self, name: &str) -> u64 {
        self.nodes.get(name).map_or(0, |(_, requests)| *requests)
    }

    /// How many are under way in all.
    pub(crate) fn total(&self) -> u64 {
        self.nodes.values().map(|(_, requests)| requests).sum()
    }

    /// How many a node may have when so many are under way in all.
    pub(crate) fn capacity(&self, name: &str, total: u64) -> u64 {
        let weights: u64 = self.nodes.values().map(|(weight, _)| weight).sum();
        let weight = self.nodes.get(name).map_or(0, |(weight, _)| *weight);
        (u64::from(self.load_percent) * total * weight).div_ceil(100 * weights)
    }

    /// Requests for the first `count` keys begin one after the other, `times` times over, each where it must.
    pub(crate) async fn begin(
        &mut self,
        client: &ConsistentHashingClient,
        keys: Keys,
        count: u64,
        times: u32,
    ) -> Outcome {
        let orders = client.orders(keys, count, u32::MAX).await.expect_ok("orders of keys")?;
        let assigned = client.assign_all(keys, count, times).await.expect_ok("requests for keys")?;
        let begun = assigned.len() as u64;
        ensure!(
            begun == count * u64::from(times) && orders.len() as u64 == count,
            "not every request was begun",
            "{count} keys, {times} times over",
            "{begun}"
        );
        for (request, served) in (0..).zip(&assigned) {
            let number = request % count;
            let order = &orders[number as usize];
            let next = self.total() + 1;
            let expected = order.iter().find(|name| self.at(name) < self.capacity(name, next));
            if served.as_ref() != expected {
                return Err(self.wrong(&shown(keys, number), order, expected, served.as_ref()));
            }
            let served = expected.and_then(|name| self.nodes.get_mut(name));
            served.into_iter().for_each(|(_, requests)| *requests += 1);
        }
        Ok(())
    }

    /// A request at a node ends.
    pub(crate) async fn end(&mut self, client: &ConsistentHashingClient, name: &str) -> Outcome {
        let call = format!("the end of a request at {name}, which has {} under way,", self.at(name));
        client.release(name).await.expect_ok(&call)?;
        self.nodes.get_mut(name).into_iter().for_each(|(_, requests)| *requests -= 1);
        Ok(())
    }

    fn wrong(
        &self,
        key: &str,
        order: &[String],
        expected: Option<&String>,
        served: Option<&String>,
    ) -> Complaint {
        let next = self.total() + 1;
        let state = |name: &String| format!("{name} has {} of {}", self.at(name), self.capacity(name, next));
        let states: Vec<String> = order.iter().map(state).collect();
        let overloaded = served.is_some_and(|name| self.at(name) >= self.capacity(name, next));
        let summary = if overloaded {
            "a node gets a request beyond its capacity"
        } else {
            "a request is not served by the first node that has room"
        };
        Complaint::new(
            summary,
            format!(
                "{} serves request {next} of those under way, for the key {key}: in its order, {}",
                expected.map_or("nobody", String::as_str),
                states.join(", ")
            ),
            format!("assign = {served:?}"),
        )
    }
}
