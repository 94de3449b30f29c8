//! The reference solution of the consistent-hashing kata: a ring with 150 points per unit of weight.

mod cluster;
mod hash;
mod loads;
mod ring;

use self::cluster::Cluster;
use consistent_hashing::{AddError, Config, ConsistentHashing, Env, ReleaseError, RemoveError};
use kata::OpenError;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A cluster behind a lock that look-ups share.
pub struct Solution {
    config: Config,
    cluster: RwLock<Cluster>,
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
        self.write().add(name, weight);
        Ok(())
    }

    fn remove_node(&self, name: &str) -> Result<(), RemoveError> {
        if self.write().remove(name) { Ok(()) } else { Err(RemoveError::UnknownNode) }
    }

    fn owner(&self, key: &[u8]) -> Option<String> {
        self.read().owner(key)
    }

    fn replicas(&self, key: &[u8], count: u32) -> Vec<String> {
        self.read().replicas(key, count as usize)
    }

    fn assign(&self, key: &[u8]) -> Option<String> {
        self.read().assign(key, self.config.load_percent)
    }

    fn release(&self, name: &str) -> Result<(), ReleaseError> {
        self.read().release(name)
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
