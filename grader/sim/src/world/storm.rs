//! The part of a run that sweeps disturb, and the healing that ends it.

use super::World;
use crate::node::Status;
use crate::outside::Deed;
use crate::recorder::Entry;
use crate::requirement::{Points, Sweep};
use crate::rules::Ruling;
use kata_check::LineKind;
use kata_ports::{NodeId, Port, Trouble};
use std::time::Duration;

/// A node that a sweep crashed starts again within 10 ms to 2 s.
const RESTART_US: (u64, u64) = (10_000, 2_000_000);

/// A node crashes again within so many steps of its new life.
const AGAIN_WITHIN: u64 = 10;
/// A service that a sweep took down comes back within 3 s.
const OUTAGE_MAX_US: u64 = 3_000_000;

impl World {
    /// All nodes serve for the first time: from here on sweeps disturb.
    pub(super) fn begin_storm(&mut self) {
        if !self.healed && self.nodes.values().all(|node| node.status == Status::Open) {
            self.storm = true;
        }
    }

    /// Everything that goes wrong ends now, and crashed nodes start.
    pub(crate) fn heal(&mut self) {
        self.storm = false;
        self.healed = true;
        self.resume_abroad(|_| true);
        self.rules.clear();
        self.outage = None;
        self.record(|| Entry::about(LineKind::Rule, "datacentre", "everything heals"));
        let down: Vec<NodeId> = self.nodes.keys().copied().collect();
        for node in down {
            self.start(node, Duration::ZERO);
        }
    }

    /// Counts a request of the storm, and disturbs it if the plan says so.
    pub(super) fn sweep_request(&mut self, port: &Port) -> Ruling {
        if !self.storm {
            return Ruling::Pass;
        }
        self.storm_requests += 1;
        let point = self.storm_requests;
        if let Some((sweep, _)) =
            self.disturbance.filter(|&at| at == (at.0, point) && at.0.points() == Points::Requests)
        {
            match sweep {
                Sweep::LostAnswers => return Ruling::LoseAnswer,
                Sweep::Outages => {
                    let length = Duration::from_micros(self.draw.below(OUTAGE_MAX_US, "outage", point, 0));
                    self.outage = Some((port.clone(), self.now + length));
                    self.record(|| Entry::about(LineKind::Rule, port, "goes down"));
                    self.drop_connections_of(port);
                }
                _ => return Ruling::Delay(self.lateness()),
            }
        }
        match &self.outage {
            Some((down, until)) if down == port && self.now <= *until => Ruling::Refuse(Trouble::Unavailable),
            _ => Ruling::Pass,
        }
    }

    /// Counts a step of the storm, and disturbs after it if the plan says so.
    pub(super) fn step_done(&mut self, node: NodeId) {
        if !self.storm {
            return;
        }
        self.storm_steps += 1;
        let point = self.storm_steps;
        if let Some((sweep, _)) =
            self.disturbance.filter(|&at| at == (at.0, point) && at.0.points() == Points::Steps)
        {
            self.disturb_step(sweep, point, node);
        } else if let Some((again, steps)) = self.crash_again.filter(|&(again, _)| again == node) {
            self.crash_again = (steps > 1).then_some((again, steps - 1));
            if steps <= 1 {
                self.crash_and_restart(again, false);
            }
        }
    }

    fn disturb_step(&mut self, sweep: Sweep, point: u64, node: NodeId) {
        match sweep {
            Sweep::CacheLosses => {
                self.services.clear_cache();
                self.record(|| Entry::about(LineKind::Rule, "cache", "loses everything"));
            }
            Sweep::Rebalances => self.rebalance(),
            Sweep::Disconnections => self.break_subscriptions(),
            Sweep::DoubleCrashes => {
                self.crash_again = Some((node, 1 + self.draw.below(AGAIN_WITHIN, "crash again", point, 0)));
                self.crash_and_restart(node, false);
            }
            _ => self.crash_and_restart(node, sweep == Sweep::CutOffs),
        }
    }

    /// Every consumer group of the log hands its partitions out anew, and what waits there gets what is its own now.
    pub(crate) fn rebalance(&mut self) {
        self.services.rebalance();
        self.act_abroad(Deed::Rebalance);
        self.record(|| Entry::about(LineKind::Rule, "log", "rebalances its consumers"));
        self.offer_parked(&Port::Log);
    }

    /// Every connection that listens to channels breaks, and whoever waits there learns it.
    pub(crate) fn break_subscriptions(&mut self) {
        self.services.break_subscriptions();
        self.act_abroad(Deed::BreakSubscriptions);
        self.record(|| Entry::about(LineKind::Rule, Port::PubSub, "breaks all connections"));
        self.offer_parked(&Port::PubSub);
    }

    /// A service went down: connections that it keeps break.
    pub(crate) fn drop_connections_of(&mut self, port: &Port) {
        if *port == Port::PubSub {
            self.break_subscriptions();
        }
    }

    fn crash_and_restart(&mut self, node: NodeId, cut_off: bool) {
        self.crash(node, cut_off);
        let (low, high) = RESTART_US;
        let after = low + self.draw.below(high - low, "restart", self.storm_steps, 0);
        self.start(node, Duration::from_micros(after));
    }
}
