//! My solution of the bloom-filter kata. The contract: `bloom_filter::BloomFilter`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use bloom_filter::{BloomFilter, BytesError, Config, Env, RemoveError};
use kata::OpenError;

/// A set of keys that may take others for members.
pub struct Solution {
    config: Config,
}

impl BloomFilter for Solution {
    async fn open(env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config })
    }

    fn insert(&self, key: &[u8]) {
        todo!("insert a key")
    }

    fn contains(&self, key: &[u8]) -> bool {
        todo!("tell whether a key may have been inserted")
    }

    fn remove(&self, key: &[u8]) -> Result<(), RemoveError> {
        todo!("take a key out")
    }

    fn estimate(&self) -> u64 {
        todo!("estimate how many distinct keys there are")
    }

    fn to_bytes(&self) -> Vec<u8> {
        todo!("write the filter down")
    }

    fn unite(&self, bytes: &[u8]) -> Result<(), BytesError> {
        todo!("add what another filter held")
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        todo!("become what another filter was")
    }
}
