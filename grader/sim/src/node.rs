//! One node of the deployment, as the datacentre sees it.

use crate::slot::Slot;
use kata_ports::wire::{AskId, CallId, TimerId};
use kata_ports::{NodeId, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Whether a node serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It does not run.
    Down,
    /// `open` runs.
    Opening,
    /// It serves.
    Open,
}

/// One node.
pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) status: Status,
    /// How often it has started or crashed: what is addressed to an earlier life never arrives.
    pub(crate) life: u64,
    /// Whether a start is already under way.
    pub(crate) starting: bool,
    /// The role by position among the solution's roles, and its encoded configuration.
    pub(crate) role: u16,
    pub(crate) config: Vec<u8>,
    /// How far its clock is ahead, in microseconds.
    pub(crate) skew_us: i64,
    /// Calls it has been given and has not answered.
    pub(crate) calls: BTreeSet<CallId>,
    /// Requests it waits for.
    pub(crate) asks: BTreeSet<AskId>,
    /// Its sleeps, by what is in flight for them.
    pub(crate) timers: BTreeMap<TimerId, u64>,
    /// Who waits for it to open.
    pub(crate) opening: Vec<Slot<()>>,
}

impl Node {
    pub(crate) fn new(id: NodeId, role: u16, config: Vec<u8>) -> Node {
        Node {
            id,
            status: Status::Down,
            life: 0,
            starting: false,
            role,
            config,
            skew_us: 0,
            calls: BTreeSet::new(),
            asks: BTreeSet::new(),
            timers: BTreeMap::new(),
            opening: Vec::new(),
        }
    }

    /// What the node's clock says at `now`.
    pub(crate) fn clock(&self, now: Time) -> Time {
        let skew = Duration::from_micros(self.skew_us.unsigned_abs());
        if self.skew_us < 0 { now - skew } else { now + skew }
    }

    /// When the node's clock will say `clock`.
    pub(crate) fn real(&self, clock: Time) -> Time {
        let skew = Duration::from_micros(self.skew_us.unsigned_abs());
        if self.skew_us < 0 { clock + skew } else { clock - skew }
    }
}
