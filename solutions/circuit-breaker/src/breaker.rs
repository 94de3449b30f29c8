//! One breaker: what it lets through, and what it makes of what becomes of it.

use super::window::{Outcome, Outcomes, Tally};
use circuit_breaker::{Config, State, Status};
use kata::Time;
use std::time::Duration;

/// A breaker.
pub(super) struct Breaker {
    config: Config,
    phase: Phase,
    /// How often the phase has changed. Permits carry it, so that those of another phase are known when they come back.
    changes: u64,
}

enum Phase {
    Closed(Outcomes),
    Open { until: Time },
    HalfOpen { let_through: u32, tally: Tally },
}

/// To make one call.
pub(super) struct Permit {
    changes: u64,
}

impl Breaker {
    pub(super) fn new(config: Config) -> Breaker {
        Breaker { config, phase: Phase::Closed(Outcomes::new(config.window)), changes: 0 }
    }

    /// A permit for a call now; or for how long there will be none.
    pub(super) fn let_through(&mut self, now: Time) -> Result<Permit, Duration> {
        match &mut self.phase {
            Phase::Closed(_) => {}
            Phase::Open { until } if now < *until => return Err(until.since(now)),
            Phase::Open { .. } => self.change(Phase::HalfOpen { let_through: 1, tally: Tally::default() }),
            Phase::HalfOpen { let_through, .. } if *let_through < self.config.probes => *let_through += 1,
            Phase::HalfOpen { .. } => return Err(Duration::ZERO),
        }
        Ok(Permit { changes: self.changes })
    }

    /// What became of a call.
    pub(super) fn ended(&mut self, permit: Permit, outcome: Outcome, now: Time) {
        if permit.changes != self.changes {
            return;
        }
        let (config, opens_until) = (self.config, now + self.config.open_for);
        match &mut self.phase {
            Phase::Closed(outcomes) => {
                let tally = outcomes.add(outcome, now);
                if tally.all >= config.calls_min && tally.is_bad(&config) {
                    self.change(Phase::Open { until: opens_until });
                }
            }
            Phase::Open { .. } => {}
            Phase::HalfOpen { tally, .. } => {
                tally.add(outcome);
                if tally.all == config.probes {
                    let is_bad = tally.is_bad(&config);
                    self.change(match is_bad {
                        true => Phase::Open { until: opens_until },
                        false => Phase::Closed(Outcomes::new(config.window)),
                    });
                }
            }
        }
    }

    pub(super) fn status(&self) -> Status {
        let state = match self.phase {
            Phase::Closed(_) => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        };
        Status { state, changes: self.changes }
    }

    fn change(&mut self, phase: Phase) {
        self.phase = phase;
        self.changes += 1;
    }
}
