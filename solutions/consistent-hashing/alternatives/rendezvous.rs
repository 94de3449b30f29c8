//! No ring at all: every node has a score for the key, and the highest comes first (Thaler and Ravishankar's highest random weight).
//! A score is an exponential variate divided by the weight, with its sign turned, so each node wins in proportion to its weight. No
//! state but the weights, no set-up; a look-up asks every node.

use consistent_hashing::{AddError, Config, ConsistentHashing, Env, ReleaseError, RemoveError};
use kata::OpenError;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nodes by name.
pub struct Solution {
    config: Config,
    nodes: Mutex<BTreeMap<String, Member>>,
}

/// What is known of a node.
struct Member {
    weight: u32,
    requests: u64,
    seed: u64,
}

impl ConsistentHashing for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config, nodes: Mutex::default() })
    }

    fn add_node(&self, name: &str, weight: u32) -> Result<(), AddError> {
        if name.is_empty() || name.len() > self.config.name_bytes_max as usize {
            return Err(AddError::InvalidName);
        }
        if weight == 0 || weight > self.config.weight_max {
            return Err(AddError::InvalidWeight);
        }
        let new = Member { weight, requests: 0, seed: finish(hash(name.as_bytes())) };
        self.nodes().entry(name.to_owned()).or_insert(new).weight = weight;
        Ok(())
    }

    fn remove_node(&self, name: &str) -> Result<(), RemoveError> {
        self.nodes().remove(name).map(|_| ()).ok_or(RemoveError::UnknownNode)
    }

    fn owner(&self, key: &[u8]) -> Option<String> {
        let (nodes, key) = (self.nodes(), hash(key));
        let scores = nodes.iter().map(|(name, node)| (node.score(key), name));
        scores.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, name)| name.clone())
    }

    fn replicas(&self, key: &[u8], count: u32) -> Vec<String> {
        order(&self.nodes(), key).into_iter().take(count as usize).collect()
    }

    fn assign(&self, key: &[u8]) -> Option<String> {
        let mut nodes = self.nodes();
        let total: u64 = nodes.values().map(|node| node.requests).sum();
        let weights: u64 = nodes.values().map(|node| u64::from(node.weight)).sum();
        for name in order(&nodes, key) {
            let node = nodes.get_mut(&name)?;
            let bound = u64::from(self.config.load_percent) * (total + 1) * u64::from(node.weight);
            if node.requests < bound.div_ceil(100 * weights) {
                node.requests += 1;
                return Some(name);
            }
        }
        None
    }

    fn release(&self, name: &str) -> Result<(), ReleaseError> {
        let mut nodes = self.nodes();
        let node = nodes.get_mut(name).ok_or(ReleaseError::UnknownNode)?;
        node.requests = node.requests.checked_sub(1).ok_or(ReleaseError::NothingAssigned)?;
        Ok(())
    }
}

impl Solution {
    fn nodes(&self) -> MutexGuard<'_, BTreeMap<String, Member>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    fn score(&self, key: u64) -> f64 {
        // From 53 bits, and never 0.
        let uniform = ((finish(key ^ self.seed) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        uniform.ln() / f64::from(self.weight)
    }
}

fn order(nodes: &BTreeMap<String, Member>, key: &[u8]) -> Vec<String> {
    let key = hash(key);
    let mut scores: Vec<(f64, &String)> = nodes.iter().map(|(name, node)| (node.score(key), name)).collect();
    scores.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(one.1)));
    scores.into_iter().map(|(_, name)| name.clone()).collect()
}

/// FNV-1a, and a finaliser for what it leaves undone.
fn hash(bytes: &[u8]) -> u64 {
    let fnv = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |state: u64, &byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    finish(fnv)
}

fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
