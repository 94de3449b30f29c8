//! The part of a run that sweeps disturb, and the healing that ends it.

use super::World;
use crate::node::Status;
use crate::recorder::Entry;
use crate::requirement::{Points, Sweep};
use crate::rules::Ruling;
use kata_check::LineKind;
use kata_ports::NodeId;
use std::time::Duration;

/// A node that a sweep crashed starts again within 10 ms to 2 s.
const RESTART_US: (u64, u64) = (10_000, 2_000_000);

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
        self.rules.clear();
        self.record(|| Entry::about(LineKind::Rule, "datacentre", "everything heals"));
        let down: Vec<NodeId> = self.nodes.keys().copied().collect();
        for node in down {
            self.start(node, Duration::ZERO);
        }
    }

    /// Counts a request of the storm, and disturbs it if the plan says so.
    pub(super) fn sweep_request(&mut self) -> Ruling {
        if !self.storm {
            return Ruling::Pass;
        }
        self.storm_requests += 1;
        match self.disturbance {
            Some((sweep, point)) if sweep.points() == Points::Requests && point == self.storm_requests => {
                match sweep {
                    Sweep::LostAnswers => Ruling::LoseAnswer,
                    _ => Ruling::Delay(self.lateness()),
                }
            }
            _ => Ruling::Pass,
        }
    }

    /// Counts a step of the storm, and disturbs after it if the plan says so.
    pub(super) fn step_done(&mut self, node: NodeId) {
        if !self.storm {
            return;
        }
        self.storm_steps += 1;
        let Some((sweep, point)) = self.disturbance else { return };
        if sweep.points() != Points::Steps || point != self.storm_steps {
            return;
        }
        match sweep {
            Sweep::CacheLosses => {
                self.services.clear_cache();
                self.record(|| Entry::about(LineKind::Rule, "cache", "loses everything"));
            }
            Sweep::Rebalances => {
                self.services.rebalance();
                self.record(|| Entry::about(LineKind::Rule, "log", "rebalances its consumers"));
            }
            _ => {
                self.crash(node, sweep == Sweep::CutOffs);
                let (low, high) = RESTART_US;
                let after = low + self.draw.below(high - low, "restart", point, 0);
                self.start(node, Duration::from_micros(after));
            }
        }
    }
}
