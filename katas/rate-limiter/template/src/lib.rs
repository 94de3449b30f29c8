//! My solution of the rate-limiter kata. The contract: `rate_limiter::RateLimiter`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use kata::{Cache, Clock, OpenError};
use rate_limiter::{Check, CheckError, Config, Decision, Env, RateLimiter};

/// Quotas in a cache.
pub struct Limiter {
    config: Config,
    clock: Clock,
    quotas: Cache,
}

impl RateLimiter for Limiter {
    async fn open(env: Env, config: Config) -> Result<Limiter, OpenError> {
        Ok(Limiter { config, clock: env.clock(), quotas: env.cache() })
    }

    async fn check(&self, check: Check) -> Result<Decision, CheckError> {
        todo!("decide about a check")
    }
}
