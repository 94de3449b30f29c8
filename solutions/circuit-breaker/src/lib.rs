//! The reference solution of the circuit-breaker kata: a breaker for each backend, which hands out permits and is told what became
//! of them.
//!
//! [`breaker`] holds the rules, without a clock or a service in sight; [`window`] the outcomes that count.

mod breaker;
mod window;

use self::breaker::Breaker;
use self::window::Outcome;
use circuit_breaker::{BackendError, Call, CallError, CircuitBreaker, Config, Env, Status};
use kata::{GatewayError, OpenError};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Breakers by the name of their backend.
pub struct Breakers {
    env: Env,
    config: Config,
    breakers: Mutex<BTreeMap<String, Breaker>>,
}

impl CircuitBreaker for Breakers {
    async fn open(env: Env, config: Config) -> Result<Breakers, OpenError> {
        Ok(Breakers { env, config, breakers: Mutex::default() })
    }

    async fn call(&self, call: Call) -> Result<u64, CallError> {
        let (clock, backend) = (self.env.clock(), call.backend.clone());
        let asked_at = clock.now();
        let permit = self.with(&backend, |breaker| breaker.let_through(asked_at));
        let permit = permit.map_err(|retry_after| CallError::Open { retry_after })?;
        let answer = self.env.backend().answer(call).await;
        let now = clock.now();
        let has_failed = match &answer {
            Ok(_) | Err(GatewayError::Declined(BackendError::Rejected)) => false,
            Err(GatewayError::Declined(BackendError::Broken) | GatewayError::Trouble(_)) => true,
        };
        let outcome = Outcome { has_failed, was_slow: now.since(asked_at) >= self.config.slow_after };
        self.with(&backend, |breaker| breaker.ended(permit, outcome, now));
        answer.map_err(|error| match error {
            GatewayError::Declined(BackendError::Rejected) => CallError::Rejected,
            GatewayError::Declined(BackendError::Broken) | GatewayError::Trouble(_) => {
                CallError::BackendFailed
            }
        })
    }

    fn status(&self, backend: String) -> Status {
        self.with(&backend, |breaker| breaker.status())
    }
}

impl Breakers {
    fn with<T>(&self, backend: &str, then: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breakers: MutexGuard<'_, _> = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        then(breakers.entry(backend.to_owned()).or_insert_with(|| Breaker::new(self.config)))
    }
}
