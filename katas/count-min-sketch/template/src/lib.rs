//! My solution of the count-min-sketch kata. The contract: `count_min_sketch::CountMinSketch`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use count_min_sketch::{BytesError, Config, CountMinSketch, Env, HeavyHitter, ListError, RemoveError};
use kata::OpenError;

/// How often keys came, roughly.
pub struct Solution {
    config: Config,
}

impl CountMinSketch for Solution {
    async fn open(env: Env, config: Config) -> Result<Solution, OpenError> {
        Ok(Solution { config })
    }

    fn add(&self, key: &[u8], count: u64) {
        todo!("count a key")
    }

    fn estimate(&self, key: &[u8]) -> u64 {
        todo!("tell about how often a key was counted")
    }

    fn remove(&self, key: &[u8], count: u64) -> Result<(), RemoveError> {
        todo!("take back what was counted of a key")
    }

    fn total(&self) -> u64 {
        todo!("tell the sum of all counts")
    }

    fn heavy_hitters(&self) -> Result<Vec<HeavyHitter>, ListError> {
        todo!("list the keys with a great share of the total")
    }

    fn to_bytes(&self) -> Vec<u8> {
        todo!("write the sketch down")
    }

    fn merge(&self, bytes: &[u8]) -> Result<(), BytesError> {
        todo!("add what another sketch counted")
    }

    fn restore(&self, bytes: &[u8]) -> Result<(), BytesError> {
        todo!("become what another sketch was")
    }
}
