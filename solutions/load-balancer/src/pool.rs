//! What a node knows of its backends, and which it chooses.

use super::purse::Purse;
use super::rotation::Rotation;
use super::{choice, hash};
use kata::{Random, Time};
use load_balancer::{Backend, Config, Policy, Status};

/// The backends of one node.
pub(super) struct Pool {
    config: Config,
    members: Vec<Member>,
    rotation: Rotation,
    pub(super) purse: Purse,
}

/// One backend.
pub(super) struct Member {
    pub(super) backend: Backend,
    pub(super) in_flight: u32,
    is_healthy: bool,
    is_draining: bool,
    /// How many probes in a row said that its health is another.
    contradictions: u32,
    /// Since when it is available again, if it ever was not.
    back_since: Option<Time>,
}

impl Member {
    fn is_available(&self) -> bool {
        self.is_healthy && !self.is_draining
    }
}

impl Pool {
    pub(super) fn new(config: &Config) -> Pool {
        let member = |backend: &Backend| Member {
            backend: backend.clone(),
            in_flight: 0,
            is_healthy: true,
            is_draining: false,
            contradictions: 0,
            back_since: None,
        };
        Pool {
            members: config.backends.iter().map(member).collect(),
            rotation: Rotation::new(config.backends.len()),
            purse: Purse::new(config.purse, config.purse_percent),
            config: config.clone(),
        }
    }

    /// The positions of all that are available, without those that were tried.
    pub(super) fn available(&self, tried: &[usize]) -> Vec<usize> {
        let all = 0..self.members.len();
        all.filter(|position| self.members[*position].is_available() && !tried.contains(position)).collect()
    }

    /// Chooses one of the candidates, of which there is at least one, and counts a request more there.
    pub(super) fn hand_over(
        &mut self,
        candidates: &[usize],
        address: &str,
        key: &str,
        now: Time,
        random: &Random,
    ) -> usize {
        let chosen = match self.config.policy {
            Policy::RoundRobin => self.rotation.next(candidates),
            Policy::WeightedRoundRobin => {
                let weights: Vec<i64> = candidates.iter().map(|at| self.weight(*at, now)).collect();
                self.rotation.next_by_weight(candidates, &weights)
            }
            Policy::LeastConnections => choice::least_busy(candidates, &self.members),
            Policy::TwoChoices => choice::better_of_two(candidates, &self.members, random),
            Policy::AddressHash => hash::owner(address, candidates, &self.members),
            Policy::ConsistentHash => hash::owner(key, candidates, &self.members),
        };
        self.members[chosen].in_flight += 1;
        chosen
    }

    /// A request is in flight no more, whatever came of it.
    pub(super) fn ended(&mut self, position: usize) {
        self.members[position].in_flight -= 1;
    }

    /// A probe has ended.
    pub(super) fn probed(&mut self, position: usize, is_good: bool, now: Time) {
        let member = &mut self.members[position];
        if is_good == member.is_healthy {
            member.contradictions = 0;
            return;
        }
        member.contradictions += 1;
        let enough = if is_good { self.config.healthy_after } else { self.config.unhealthy_after };
        if member.contradictions >= enough {
            member.contradictions = 0;
            self.change(position, now, |member| member.is_healthy = is_good);
        }
    }

    pub(super) fn set_draining(&mut self, position: usize, is_draining: bool, now: Time) {
        self.change(position, now, |member| member.is_draining = is_draining);
    }

    pub(super) fn status(&self) -> Vec<Status> {
        let status = |member: &Member| Status {
            name: member.backend.name.clone(),
            is_healthy: member.is_healthy,
            is_draining: member.is_draining,
            in_flight: member.in_flight,
        };
        self.members.iter().map(status).collect()
    }

    fn change(&mut self, position: usize, now: Time, change: impl FnOnce(&mut Member)) {
        let member = &mut self.members[position];
        let was_available = member.is_available();
        change(member);
        if member.is_available() && !was_available {
            member.back_since = Some(now);
            self.rotation.forget(position);
        }
    }

    /// What a backend weighs now, in thousandths: while it is on its way back, less than it will.
    fn weight(&self, position: usize, now: Time) -> i64 {
        let member = &self.members[position];
        let whole = i64::from(member.backend.weight) * 1_000;
        let slow_start = self.config.slow_start.as_micros() as i64;
        let Some(since) = member.back_since.filter(|_| slow_start > 0) else { return whole };
        let back_for = (now.since(since).as_micros() as i64).clamp(slow_start / 20, slow_start);
        (whole * back_for / slow_start).max(1)
    }
}
