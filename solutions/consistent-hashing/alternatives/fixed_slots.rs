//! As Redis Cluster does it: a key belongs to one of 16,384 slots for ever, and slots belong to nodes. Which node, rendezvous hashing
//! decides, once for each slot when a node comes or goes; a look-up is an index into a table.

use consistent_hashing::{AddError, Config, ConsistentHashing, Env, ReleaseError, RemoveError};
use kata::OpenError;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

const SLOTS: usize = 16_384;

/// A cluster behind a lock.
pub struct Solution {
    config: Config,
    cluster: RwLock<Cluster>,
}

/// Nodes, and the owner of every slot.
#[derive(Default)]
struct Cluster {
    nodes: BTreeMap<String, Member>,
    /// Each slot's best score and who has it. Empty without nodes.
    slots: Vec<(f64, String)>,
}

/// What is known of a node.
#[derive(Default)]
struct Member {
    weight: u32,
    requests: u64,
}

impl ConsistentHashing for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config, cluster: RwLock::default() })
    }

    fn add_node(&self, name: &str, weight: u32) -> Result<(), AddError> {
        if name.is_empty() || name.len() > self.config.name_bytes_max as usize {
            return Err(AddError::InvalidName);
        }
        if weight == 0 || weight > self.config.weight_max {
            return Err(AddError::InvalidWeight);
        }
        let mut cluster = self.write();
        let is_new = !cluster.nodes.contains_key(name);
        cluster.nodes.entry(name.to_owned()).or_default().weight = weight;
        if is_new { cluster.offer_to(name, weight) } else { cluster.share_out(|_| true) }
        Ok(())
    }

    fn remove_node(&self, name: &str) -> Result<(), RemoveError> {
        let mut cluster = self.write();
        cluster.nodes.remove(name).ok_or(RemoveError::UnknownNode)?;
        cluster.share_out(|owner| owner == name);
        Ok(())
    }

    fn owner(&self, key: &[u8]) -> Option<String> {
        self.read().slots.get(slot(key)).map(|(_, name)| name.clone())
    }

    fn replicas(&self, key: &[u8], count: u32) -> Vec<String> {
        self.read().order(slot(key)).into_iter().take(count as usize).map(|(_, name)| name).collect()
    }

    fn assign(&self, key: &[u8]) -> Option<String> {
        let mut cluster = self.write();
        let total: u64 = cluster.nodes.values().map(|node| node.requests).sum();
        let weights: u64 = cluster.nodes.values().map(|node| u64::from(node.weight)).sum();
        for (_, name) in cluster.order(slot(key)) {
            let node = cluster.nodes.get_mut(&name)?;
            let bound = u64::from(self.config.load_percent) * (total + 1) * u64::from(node.weight);
            if node.requests < bound.div_ceil(100 * weights) {
                node.requests += 1;
                return Some(name);
            }
        }
        None
    }

    fn release(&self, name: &str) -> Result<(), ReleaseError> {
        let mut cluster = self.write();
        let node = cluster.nodes.get_mut(name).ok_or(ReleaseError::UnknownNode)?;
        node.requests = node.requests.checked_sub(1).ok_or(ReleaseError::NothingAssigned)?;
        Ok(())
    }
}

impl Solution {
    fn read(&self) -> RwLockReadGuard<'_, Cluster> {
        self.cluster.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Cluster> {
        self.cluster.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cluster {
    /// A new node takes the slots for which it has the best score.
    fn offer_to(&mut self, name: &str, weight: u32) {
        let seed = hash(name.as_bytes());
        if self.slots.is_empty() {
            self.slots = vec![(f64::NEG_INFINITY, String::new()); SLOTS];
        }
        for (slot, (best, owner)) in self.slots.iter_mut().enumerate() {
            let score = score(seed, weight, slot);
            if score > *best {
                *best = score;
                name.clone_into(owner);
            }
        }
    }

    /// Decides anew about the slots of some owners.
    fn share_out(&mut self, of: impl Fn(&str) -> bool) {
        if self.nodes.is_empty() {
            self.slots.clear();
        }
        for slot in 0..self.slots.len() {
            if of(&self.slots[slot].1) {
                self.slots[slot] = self.order(slot).swap_remove(0);
            }
        }
    }

    /// All nodes in a slot's order.
    fn order(&self, slot: usize) -> Vec<(f64, String)> {
        let score = |(name, node): (&String, &Member)| {
            (score(hash(name.as_bytes()), node.weight, slot), name.clone())
        };
        let mut scores: Vec<(f64, String)> = self.nodes.iter().map(score).collect();
        scores.sort_by(|one, other| other.0.total_cmp(&one.0));
        scores
    }
}

fn score(seed: u64, weight: u32, slot: usize) -> f64 {
    let uniform = ((finish(seed ^ finish(slot as u64 + 1)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    uniform.ln() / f64::from(weight)
}

fn slot(key: &[u8]) -> usize {
    hash(key) as usize % SLOTS
}

fn hash(bytes: &[u8]) -> u64 {
    let step = |state: u64, byte: &u8| (state ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    finish(bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
