//! My solution of the circuit-breaker kata. The contract: `circuit_breaker::CircuitBreaker`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use circuit_breaker::{Call, CallError, CircuitBreaker, Config, Env, Status};
use kata::OpenError;

/// Breakers by the name of their backend.
pub struct Breakers {
    env: Env,
    config: Config,
}

impl CircuitBreaker for Breakers {
    async fn open(env: Env, config: Config) -> Result<Breakers, OpenError> {
        Ok(Breakers { env, config })
    }

    async fn call(&self, call: Call) -> Result<u64, CallError> {
        todo!("ask `self.env.backend()`, or refuse to")
    }

    fn status(&self, backend: String) -> Status {
        todo!("tell how a breaker is")
    }
}
