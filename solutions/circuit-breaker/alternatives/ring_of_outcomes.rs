//! Another right solution of the circuit-breaker kata: a ring buffer of outcomes with their times for both kinds of windows, summed up
//! whenever one comes in. No state is kept: it follows from when the breaker opened, and from a round of probes that is under way. Calls
//! know the era that they belong to by its shared place in memory.

use circuit_breaker::{BackendError, Call, CallError, CircuitBreaker, Config, Env, State, Status, Window};
use kata::{GatewayError, OpenError, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Breakers by the name of their backend.
pub struct Breakers {
    env: Env,
    config: Config,
    breakers: Mutex<BTreeMap<String, Breaker>>,
}

#[derive(Clone, Copy)]
struct Outcome {
    at: Time,
    has_failed: bool,
    was_slow: bool,
}

/// What distinguishes a time between two changes from all others.
struct Era;

struct Breaker {
    era: Arc<Era>,
    /// Since when it is open. Half-open when that is long ago.
    opened_at: Option<Time>,
    /// Calls let through since it is half-open; none if nobody has noticed yet.
    probes: Option<u32>,
    ring: Vec<Outcome>,
    oldest: usize,
    changes: u64,
}

impl Breaker {
    fn new() -> Breaker {
        Breaker { era: Arc::new(Era), opened_at: None, probes: None, ring: Vec::new(), oldest: 0, changes: 0 }
    }

    fn begin(&mut self, opened_at: Option<Time>, probes: Option<u32>) {
        let changes = self.changes + 1;
        *self = Breaker { opened_at, probes, changes, ..Breaker::new() };
    }

    fn state(&self) -> State {
        match (self.opened_at, self.probes) {
            (None, _) => State::Closed,
            (Some(_), None) => State::Open,
            (Some(_), Some(_)) => State::HalfOpen,
        }
    }

    fn ask(&mut self, now: Time, config: &Config) -> Result<Arc<Era>, CallError> {
        if let Some(opened_at) = self.opened_at {
            let until = opened_at + config.open_for;
            if now < until {
                return Err(CallError::Open { retry_after: until.since(now) });
            }
            if self.probes.is_none() {
                self.begin(Some(opened_at), Some(0));
            }
            let probes = self.probes.get_or_insert(0);
            if *probes == config.probes {
                return Err(CallError::Open { retry_after: std::time::Duration::ZERO });
            }
            *probes += 1;
        }
        Ok(Arc::clone(&self.era))
    }

    fn learn(&mut self, era: &Arc<Era>, outcome: Outcome, config: &Config) {
        if !Arc::ptr_eq(era, &self.era) {
            return;
        }
        let now = outcome.at;
        let capacity = match (self.state(), config.window) {
            (State::Closed, Window::Calls(most)) => most as usize,
            _ => usize::MAX,
        };
        if self.ring.len() < capacity {
            self.ring.push(outcome);
        } else {
            self.ring[self.oldest] = outcome;
            self.oldest = (self.oldest + 1) % capacity;
        }
        if let (State::Closed, Window::Time(length)) = (self.state(), config.window) {
            self.ring.retain(|held| held.at + length >= now);
        }
        let count = |of: fn(&Outcome) -> bool| self.ring.iter().filter(|held| of(held)).count() as u64;
        let all = self.ring.len() as u64;
        let is_bad = count(|held| held.has_failed) * 100 >= all * u64::from(config.failed_percent)
            || count(|held| held.was_slow) * 100 >= all * u64::from(config.slow_percent);
        match self.state() {
            State::Closed if all >= u64::from(config.calls_min) && is_bad => self.begin(Some(now), None),
            State::HalfOpen if all == u64::from(config.probes) => self.begin(is_bad.then_some(now), None),
            _ => {}
        }
    }
}

impl CircuitBreaker for Breakers {
    async fn open(env: Env, config: Config) -> Result<Breakers, OpenError> {
        Ok(Breakers { env, config, breakers: Mutex::default() })
    }

    async fn call(&self, call: Call) -> Result<u64, CallError> {
        let (clock, backend) = (self.env.clock(), call.backend.clone());
        let asked_at = clock.now();
        let era = self.with(&backend, |breaker| breaker.ask(asked_at, &self.config))?;
        let answer = self.env.backend().answer(call).await;
        let at = clock.now();
        let has_failed = !matches!(answer, Ok(_) | Err(GatewayError::Declined(BackendError::Rejected)));
        let outcome = Outcome { at, has_failed, was_slow: at.since(asked_at) >= self.config.slow_after };
        self.with(&backend, |breaker| breaker.learn(&era, outcome, &self.config));
        match answer {
            Ok(answer) => Ok(answer),
            Err(_) if has_failed => Err(CallError::BackendFailed),
            Err(_) => Err(CallError::Rejected),
        }
    }

    fn status(&self, backend: String) -> Status {
        self.with(&backend, |breaker| Status { state: breaker.state(), changes: breaker.changes })
    }
}

impl Breakers {
    fn with<T>(&self, backend: &str, then: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        then(breakers.entry(backend.to_owned()).or_insert_with(Breaker::new))
    }
}
