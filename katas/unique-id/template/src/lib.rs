//! My solution of the unique-id kata. The contract: `unique_id::UniqueId`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use kata::{Clock, OpenError, Random};
use std::sync::Arc;
use unique_id::{Config, Env, MintError, Parts, TextError, UniqueId};

/// Mints ids.
pub struct Mint {
    env: Env,
    config: Config,
    clock: Clock,
    random: Random,
}

impl UniqueId for Mint {
    async fn open(env: Env, config: Config) -> Result<Mint, OpenError> {
        Ok(Mint { clock: env.clock(), random: env.random(), env, config })
    }

    async fn mint(&self, count: u32) -> Result<Vec<u64>, MintError> {
        todo!("mint Snowflakes")
    }

    fn parse(&self, id: u64) -> Option<Parts> {
        todo!("take a Snowflake apart")
    }

    async fn uuids(&self, count: u32) -> Result<Vec<String>, TextError> {
        todo!("make UUIDs of version 7")
    }

    async fn ulids(&self, count: u32) -> Result<Vec<String>, TextError> {
        todo!("make ULIDs")
    }

    // Runs as long as the node does, from when `open` has returned. If nothing needs doing on the side, leave it out.
    async fn background(self: Arc<Self>) {}
}
