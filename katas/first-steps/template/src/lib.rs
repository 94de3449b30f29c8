//! My solution of the first-steps kata. The contract: `first_steps::Counter`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use first_steps::{AddError, Addition, Config, Counter, Env, GetError};
use kata::{OpenError, Table};

/// Counters in a table.
pub struct Counters {
    config: Config,
    totals: Table<i64>,
}

impl Counter for Counters {
    async fn open(env: Env, config: Config) -> Result<Counters, OpenError> {
        Ok(Counters { config, totals: env.table("totals") })
    }

    async fn add(&self, addition: Addition) -> Result<(), AddError> {
        todo!("count an addition")
    }

    async fn get(&self, key: String) -> Result<i64, GetError> {
        todo!("read a counter")
    }
}
