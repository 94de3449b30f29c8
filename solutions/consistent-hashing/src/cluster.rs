//! The nodes there are, where they stand on the ring, and what they have to do.

use super::loads::Loads;
use super::ring::Ring;
use consistent_hashing::ReleaseError;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nodes, by a number that each keeps as long as it is there.
#[derive(Default)]
pub(crate) struct Cluster {
    numbers: BTreeMap<String, u32>,
    /// By number. That of a node that left is empty until another takes the number over.
    names: Vec<String>,
    ring: Ring,
    /// Behind a lock of its own: requests come and go while look-ups share the ring.
    loads: Mutex<Loads>,
}

impl Cluster {
    /// Adds a node, or changes its weight.
    pub(crate) fn add(&mut self, name: &str, weight: u32) {
        let number = match self.numbers.get(name) {
            Some(&number) => {
                self.ring.remove(number);
                number
            }
            None => self.take_number(name),
        };
        self.ring.add(number, weight, &self.names);
        self.loads().set_weight(number, weight);
    }

    /// Removes a node; false if it is not there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let Some(number) = self.numbers.remove(name) else { return false };
        self.names[number as usize].clear();
        self.ring.remove(number);
        self.loads().remove(number);
        true
    }

    pub(crate) fn owner(&self, key: &[u8]) -> Option<String> {
        self.ring.first(key).map(|number| self.names[number as usize].clone())
    }

    pub(crate) fn replicas(&self, key: &[u8], count: usize) -> Vec<String> {
        self.order(key).take(count).map(|number| self.names[number as usize].clone()).collect()
    }

    pub(crate) fn assign(&self, key: &[u8], load_percent: u32) -> Option<String> {
        let mut loads = self.loads();
        let number = self.order(key).find(|&number| loads.has_room(number, load_percent))?;
        loads.begin(number);
        Some(self.names[number as usize].clone())
    }

    pub(crate) fn release(&self, name: &str) -> Result<(), ReleaseError> {
        let number = *self.numbers.get(name).ok_or(ReleaseError::UnknownNode)?;
        if self.loads().end(number) { Ok(()) } else { Err(ReleaseError::NothingAssigned) }
    }

    /// All nodes in a key's order.
    fn order(&self, key: &[u8]) -> impl Iterator<Item = u32> {
        self.ring.order(key, self.names.len(), self.numbers.len())
    }

    fn take_number(&mut self, name: &str) -> u32 {
        let free = self.names.iter().position(String::is_empty);
        let number = free.unwrap_or_else(|| {
            self.names.push(String::new());
            self.names.len() - 1
        });
        name.clone_into(&mut self.names[number]);
        self.numbers.insert(name.to_owned(), number as u32);
        number as u32
    }

    fn loads(&self) -> MutexGuard<'_, Loads> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
