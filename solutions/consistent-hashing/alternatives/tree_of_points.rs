//! The ring as a textbook draws it: a tree of points, a hundred for each unit of weight, by std's SipHash with its fixed keys. A point is
//! a position together with its node, so that two nodes may share a position.

use consistent_hashing::{AddError, Config, ConsistentHashing, Env, ReleaseError, RemoveError};
use kata::OpenError;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const POINTS: u32 = 100;

/// A ring behind a lock.
pub struct Solution {
    config: Config,
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    points: BTreeSet<(u64, Arc<str>)>,
    /// Weight and requests of each node.
    nodes: BTreeMap<Arc<str>, (u32, u64)>,
    requests: u64,
    weights: u64,
}

impl ConsistentHashing for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config, ring: Mutex::default() })
    }

    fn add_node(&self, name: &str, weight: u32) -> Result<(), AddError> {
        if name.is_empty() || name.len() > self.config.name_bytes_max as usize {
            return Err(AddError::InvalidName);
        }
        if weight == 0 || weight > self.config.weight_max {
            return Err(AddError::InvalidWeight);
        }
        let mut ring = self.ring();
        let name: Arc<str> = name.into();
        let (old, _) = ring.nodes.get(&name).copied().unwrap_or_default();
        for index in weight * POINTS..old * POINTS {
            ring.points.remove(&(point(&name, index), Arc::clone(&name)));
        }
        for index in old * POINTS..weight * POINTS {
            ring.points.insert((point(&name, index), Arc::clone(&name)));
        }
        ring.weights = ring.weights - u64::from(old) + u64::from(weight);
        ring.nodes.entry(name).or_default().0 = weight;
        Ok(())
    }

    fn remove_node(&self, name: &str) -> Result<(), RemoveError> {
        let mut ring = self.ring();
        let (weight, requests) = ring.nodes.remove(name).ok_or(RemoveError::UnknownNode)?;
        ring.points.retain(|(_, node)| **node != *name);
        ring.weights -= u64::from(weight);
        ring.requests -= requests;
        Ok(())
    }

    fn owner(&self, key: &[u8]) -> Option<String> {
        self.ring().order(key).next().map(|name| name.as_ref().to_owned())
    }

    fn replicas(&self, key: &[u8], count: u32) -> Vec<String> {
        self.ring().order(key).take(count as usize).map(|name| name.as_ref().to_owned()).collect()
    }

    fn assign(&self, key: &[u8]) -> Option<String> {
        let mut ring = self.ring();
        let bound = u64::from(self.config.load_percent) * (ring.requests + 1);
        let has_room = |name: &&Arc<str>| {
            let (weight, requests) = ring.nodes.get(*name).copied().unwrap_or_default();
            requests < (bound * u64::from(weight)).div_ceil(100 * ring.weights)
        };
        let name = ring.order(key).find(has_room).cloned()?;
        ring.requests += 1;
        ring.nodes.entry(Arc::clone(&name)).or_default().1 += 1;
        Some(name.as_ref().to_owned())
    }

    fn release(&self, name: &str) -> Result<(), ReleaseError> {
        let mut ring = self.ring();
        let (_, requests) = ring.nodes.get_mut(name).ok_or(ReleaseError::UnknownNode)?;
        *requests = requests.checked_sub(1).ok_or(ReleaseError::NothingAssigned)?;
        ring.requests -= 1;
        Ok(())
    }
}

impl Solution {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// All nodes in a key's order.
    fn order(&self, key: &[u8]) -> impl Iterator<Item = &Arc<str>> {
        let start = (hash(&key), Arc::from(""));
        let around = self.points.range(start.clone()..).chain(self.points.range(..start));
        let mut met = BTreeSet::new();
        around.map(|(_, name)| name).filter(move |name| met.insert(*name)).take(self.nodes.len())
    }
}

fn point(name: &str, index: u32) -> u64 {
    hash(&(name, index))
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
