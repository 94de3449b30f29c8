//! The contract of the consistent-hashing kata: which node of a cluster a key belongs to, while nodes come and go.
//!
//! Caches, databases and balancers all ask the same question: a key comes in, and of the nodes there are, which one is
//! it for? `hash % nodes` answers it until the number of nodes changes; then nearly every key moves. Here, hardly any does.
//!
//! # The order of a key
//!
//! Everything rests on one rule. **For every key, all nodes stand in one order of preference, and which of two nodes comes
//! first depends on the key, on these two nodes' names and weights, and on nothing else**: not on other nodes, not on the
//! order in which nodes were added, not on what was removed meanwhile, not on the process, the machine or the day. The owner
//! of a key is the first in its order. It follows that
//!
//! - a node that joins takes keys from others, and no key moves between two nodes that were there before;
//! - a node that leaves gives up its own keys, and no other key moves;
//! - a node whose weight rises only takes keys, and one whose weight falls only gives some up;
//! - any two processes that were told of the same nodes with the same weights agree about every key.
//!
//! A ring has such an order (walk on from the key, past points that are met again), rendezvous hashing has one (the highest
//! score first), and so do others. Jump hashing alone has none: it cannot lose a node in the middle.
//!
//! # Balance
//!
//! A node's fair share of keys is its weight over the weight of all nodes. Over many clusters with names of all kinds, **the
//! root mean square of (a node's share / its fair share - 1) is at most [`IMBALANCE_MAX`]**, for clusters of up to
//! [`BALANCED_WEIGHT_MAX`] of weight in total, and for keys of every kind: random, numbered, long, alike but for
//! one bit.
//!
//! Where the number comes from: on a ring with v points per unit of weight, the share of one of n nodes of weight 1 is
//! distributed like Beta(v, (n - 1) v), so it deviates from 1/n by sqrt((n - 1) / (n v + 1)), relatively. For 10 nodes of 150 points
//! that is 7.7 %, for 100 points 9.5 %, for 40 points 15 %, for a single one 90 %. Heavier nodes have more points and
//! deviate less.
//!
//! # Bounded loads
//!
//! Even shares of keys are not even loads: one key may be asked for more often than all others. [`assign`](ConsistentHashing::assign)
//! gives out requests and counts those under way, and no node gets more than [`Config::load_percent`] of its fair share of
//! them. Loads change nothing about who owns a key.
//!
//! # Speed
//!
//! Adding [`RACE_NODES`] nodes of weight 1 and asking for the owners of [`RACE_KEYS`] random keys takes at most [`RACE_RATIO_MAX`] times
//! as long as with the crate hashring, a binary search among 150 points of each node that are sorted again for each node. That leaves room to ask every node for its score,
//! and none to build or sort a ring for each key or each point.
//!
//! A node keeps all of this in memory: one that starts again knows no nodes and no loads until it is told.
//!
//! Start with [`ConsistentHashing`].

use kata::keys::Keys;
use std::collections::BTreeMap;

/// The most by which shares deviate from fair ones, relatively, as a root mean square.
pub const IMBALANCE_MAX: f64 = 0.10;

/// The total weight up to which [`IMBALANCE_MAX`] is promised.
pub const BALANCED_WEIGHT_MAX: u32 = 100;

/// How many nodes the race has.
pub const RACE_NODES: u32 = 100;

/// How many keys are looked up in a round of the race.
pub const RACE_KEYS: u64 = 10_000;

/// How many times as long as the crate hashring a solution may take.
pub const RACE_RATIO_MAX: f64 = 5.0;

/// What the grader configures a node with.
#[kata::data(Copy)]
pub struct Config {
    /// The longest name of a node, in bytes. No name is empty.
    pub name_bytes_max: u32,
    /// The greatest weight of a node. The least is 1.
    pub weight_max: u32,
    /// How much of its fair share of requests a node may have under way, in percent; more than 100.
    pub load_percent: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config { name_bytes_max: 64, weight_max: 10, load_percent: 125 }
    }
}

/// Why a node was not added.
#[kata::error(definite, Eq)]
pub enum AddError {
    /// The name is empty or longer than [`Config::name_bytes_max`].
    InvalidName,
    /// The weight is 0 or more than [`Config::weight_max`].
    InvalidWeight,
}

/// Why a node was not removed.
#[kata::error(definite, Eq)]
pub enum RemoveError {
    /// There is no node of this name.
    UnknownNode,
}

/// Why a request was not ended.
#[kata::error(definite, Eq)]
pub enum ReleaseError {
    /// There is no node of this name.
    UnknownNode,
    /// The node has no request under way.
    NothingAssigned,
}

/// Which nodes own the keys that a drive asked for.
#[kata::data(Eq)]
pub struct Owners {
    /// The names of the owners, in the order in which they first came up.
    pub names: Vec<String>,
    /// For each key the position of its owner in `names`; none if it has no owner.
    pub of: Vec<Option<u32>>,
}

/// A cluster's nodes, and where keys belong among them.
///
/// Names of nodes are any text; two are the same if all their bytes are. Keys are any bytes, also none at all. Methods may be
/// called from several threads at once, and each does what it does in one step.
#[kata::contract(config = Config)]
pub trait ConsistentHashing {
    /// Adds a node, with no requests under way; or gives a node that is there a new weight, and leaves its requests under
    /// way. With the weight that it has, nothing changes. A refused call changes nothing; a bad name is told before a bad
    /// weight.
    fn add_node(&self, name: &str, weight: u32) -> Result<(), AddError>;

    /// Removes a node. Its requests under way are forgotten: they count no longer, for it or in total.
    fn remove_node(&self, name: &str) -> Result<(), RemoveError>;

    /// The name of the node that owns a key: the first in the key's order. None if there are no nodes.
    fn owner(&self, key: &[u8]) -> Option<String>;

    /// The first `count` nodes in the key's order, each once: the owner, then the node that would own the key if the owner
    /// were not there, and so on. All nodes if there are no more than `count`, which may be any number.
    fn replicas(&self, key: &[u8], count: u32) -> Vec<String>;

    /// Begins a request for a key and names the node that serves it: the first in the key's order that has room. None if there are
    /// no nodes.
    ///
    /// A node has room if fewer requests are under way at it than its capacity, which is
    /// `load_percent / 100 * (requests under way at all nodes + 1) * (its weight / the weight of all nodes)`, rounded up. All
    /// of this in whole numbers: nothing else is lost or won by rounding. As `load_percent` is more than 100, some node
    /// always has room.
    fn assign(&self, key: &[u8]) -> Option<String>;

    /// Ends one of the requests under way at a node.
    fn release(&self, name: &str) -> Result<(), ReleaseError>;

    /// Ends requests at a node until it has none under way, or `most` are ended; says how many were.
    #[drive]
    fn release_up_to(&self, name: &str, most: u64) -> u64 {
        (0..most).take_while(|_| self.release(name).is_ok()).count() as u64
    }

    /// Asks for the owners of the first `count` keys.
    #[drive]
    fn owners(&self, keys: Keys, count: u64) -> Owners {
        let (mut names, mut of) = (BTreeMap::new(), Vec::new());
        keys.each(0..count, |_, key| {
            of.push(self.owner(key).map(|name| {
                let next = names.len() as u32;
                *names.entry(name).or_insert(next)
            }));
        });
        let mut names: Vec<(String, u32)> = names.into_iter().collect();
        names.sort_by_key(|(_, position)| *position);
        Owners { names: names.into_iter().map(|(name, _)| name).collect(), of }
    }

    /// Asks for the first `nodes` nodes in the orders of the first `count` keys.
    #[drive]
    fn orders(&self, keys: Keys, count: u64, nodes: u32) -> Vec<Vec<String>> {
        let mut orders = Vec::new();
        keys.each(0..count, |_, key| orders.push(self.replicas(key, nodes)));
        orders
    }

    /// Begins a request for each of the first `count` keys, one after the other, `times` times over.
    #[drive]
    fn assign_all(&self, keys: Keys, count: u64, times: u32) -> Vec<Option<String>> {
        let mut assigned = Vec::new();
        for _ in 0..times {
            keys.each(0..count, |_, key| assigned.push(self.assign(key)));
        }
        assigned
    }

    /// Adds nodes of weight 1 called `node-0`, `node-1`, .. and asks for the owners of the first `count` keys; says how many have one.
    #[drive]
    fn add_and_look_up(&self, nodes: u32, keys: Keys, count: u64) -> u64 {
        if (0..nodes).any(|number| self.add_node(&format!("node-{number}"), 1).is_err()) {
            return 0;
        }
        keys.count(0..count, |key| self.owner(key).is_some_and(|name| name.starts_with("node-")))
    }
}
