//! My solution of the consistent-hashing kata. The contract: `consistent_hashing::ConsistentHashing`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use consistent_hashing::{AddError, Config, ConsistentHashing, Env, ReleaseError, RemoveError};
use kata::OpenError;
use std::collections::BTreeMap;
use std::sync::RwLock;

/// The nodes there are.
pub struct Solution {
    config: Config,
    /// Weights by name. Methods take `&self` and may run on several threads: what changes stands behind a lock.
    weights: RwLock<BTreeMap<String, u32>>,
}

impl ConsistentHashing for Solution {
    async fn open(_env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config, weights: RwLock::default() })
    }

    fn add_node(&self, name: &str, weight: u32) -> Result<(), AddError> {
        todo!("add a node, or give it a new weight")
    }

    fn remove_node(&self, name: &str) -> Result<(), RemoveError> {
        todo!("remove a node")
    }

    fn owner(&self, key: &[u8]) -> Option<String> {
        todo!("the first node in the key's order")
    }

    fn replicas(&self, key: &[u8], count: u32) -> Vec<String> {
        todo!("the first nodes in the key's order")
    }

    fn assign(&self, key: &[u8]) -> Option<String> {
        todo!("the first node in the key's order that has room")
    }

    fn release(&self, name: &str) -> Result<(), ReleaseError> {
        todo!("end a request")
    }
}
