//! What solutions race against: the crate hashring, a ring in a sorted list.

use consistent_hashing::{AddError, Config, ConsistentHashing, Env, ReleaseError, RemoveError};
use hashring::HashRing;
use kata::OpenError;
use std::sync::{PoisonError, RwLock};

/// As many points as a node has on the ring of the system-design cheat sheet.
const POINTS: u32 = 150;

/// The crate behind the contract. It looks owners up; the race asks for no more.
pub(crate) struct Hashring(RwLock<HashRing<Point>>);

/// One point of a node, as the crate hashes it.
#[derive(Clone, Debug, Hash, PartialEq)]
struct Point {
    name: String,
    index: u32,
}

impl ConsistentHashing for Hashring {
    async fn open(_env: Env, _config: Config) -> Result<Hashring, OpenError> {
        Ok(Hashring(RwLock::default()))
    }

    fn add_node(&self, name: &str, weight: u32) -> Result<(), AddError> {
        let points = (0..POINTS * weight).map(|index| Point { name: name.to_owned(), index });
        self.0.write().unwrap_or_else(PoisonError::into_inner).batch_add(points.collect());
        Ok(())
    }

    fn remove_node(&self, _name: &str) -> Result<(), RemoveError> {
        Err(RemoveError::UnknownNode)
    }

    fn owner(&self, key: &[u8]) -> Option<String> {
        let ring = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ring.get(&key).map(|point| point.name.clone())
    }

    fn replicas(&self, _key: &[u8], _count: u32) -> Vec<String> {
        Vec::new()
    }

    fn assign(&self, _key: &[u8]) -> Option<String> {
        None
    }

    fn release(&self, _name: &str) -> Result<(), ReleaseError> {
        Err(ReleaseError::UnknownNode)
    }
}
