//! My solution of the hyperloglog kata. The contract: `hyperloglog::HyperLogLog`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use hyperloglog::{BytesError, Config, Env, HyperLogLog};
use kata::OpenError;

/// A sketch that counts different keys.
pub struct Solution {
    config: Config,
}

impl HyperLogLog for Solution {
    async fn open(env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config })
    }

    fn add(&self, key: &[u8]) {
        todo!("add a key")
    }

    fn estimate(&self) -> u64 {
        todo!("estimate how many different keys are in")
    }

    fn to_bytes(&self) -> Vec<u8> {
        todo!("write the sketch down")
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        todo!("add all keys of another sketch")
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        todo!("become what another sketch was")
    }
}
