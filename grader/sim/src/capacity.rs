//! Finite capacity: how long services take, what they serve at once, and when they refuse. Only at level `scale`.
//!
//! A request takes effect when it reaches its service, as at the other levels; what capacity changes is when the answer
//! leaves, and whether there is one. Every partition, shard and disk is a [`Station`].

mod demand;
mod figures;
mod station;

pub(crate) use demand::{Demand, Place, What, bytes};
pub(crate) use station::Station;

use crate::draw::Draw;
use demand::Layout;
use figures::{FIGURES, Figures, Latency};
use kata_ports::{NodeId, Reply, Request, Time, log, table};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a requirement of level `scale` rents for the solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provision {
    /// Shards of the cache; a key lives on one of them, and so does a channel of pub/sub.
    pub cache_shards: u32,
    /// Partitions of every topic; a record's key decides which.
    pub log_partitions: u32,
}

impl Default for Provision {
    /// One shard, and as many partitions as at the other levels.
    fn default() -> Provision {
        Provision { cache_shards: 1, log_partitions: log::Settings::default().partitions }
    }
}

/// The capacity of all services of one datacentre.
pub(crate) struct Capacity {
    figures: &'static Figures,
    pub(crate) provision: Provision,
    pub(crate) stations: BTreeMap<Place, Station>,
}

impl Capacity {
    pub(crate) fn new() -> Capacity {
        Capacity { figures: &FIGURES, provision: Provision::default(), stations: BTreeMap::new() }
    }

    /// How long something takes from one machine to another.
    pub(crate) fn transit(&self, draw: Draw, purpose: &str, key: u64) -> Duration {
        self.figures.network.latency_us.draw(draw, purpose, key)
    }

    /// Whether a place that the request needs has too much to do already. If so, that is noted.
    pub(crate) fn refuses(&mut self, now: Time, from: NodeId, request: &Request) -> bool {
        let Some(limit) = self.queue_max(request) else { return false };
        let demands = self.layout().demands(from, request, None);
        let full = demands
            .iter()
            .find(|demand| self.stations.get(&demand.place).is_some_and(|station| station.wait(now) > limit));
        if let Some(station) = full.and_then(|demand| self.stations.get_mut(&demand.place)) {
            station.refused += 1;
        }
        full.is_some()
    }

    /// A request was answered: what it demanded, and how long it is until the answer leaves.
    pub(crate) fn serve(
        &mut self,
        now: Time,
        draw: Draw,
        key: u64,
        from: NodeId,
        request: &Request,
        reply: &Reply,
    ) -> (Vec<Demand>, Duration) {
        let demands = self.layout().demands(from, request, Some(reply));
        let mut done = Duration::ZERO;
        for Demand { place, work_ns, .. } in &demands {
            let station = match self.stations.get_mut(place) {
                Some(station) => station,
                None => self.stations.entry(place.clone()).or_default(),
            };
            done = done.max(station.serve(now, *work_ns));
        }
        (demands, done + self.latency(request).draw(draw, "service", key))
    }

    /// What an event costs the core of the node that takes it.
    pub(crate) fn taking_us(&self, kind: Taken, bytes: u64) -> u64 {
        let node = &self.figures.node;
        let plain = match kind {
            Taken::Call => node.call_us,
            Taken::Answer => node.answer_us,
            Taken::Event => node.event_us,
        };
        plain + bytes * node.kib_us / 1_024
    }

    /// What a request costs the core of the node that sends it.
    pub(crate) fn asking_us(&self, bytes: u64) -> u64 {
        self.figures.node.ask_us + self.sending_us(bytes)
    }

    /// What that many bytes cost the core of the node that sends them.
    pub(crate) fn sending_us(&self, bytes: u64) -> u64 {
        bytes * self.figures.node.kib_us / 1_024
    }

    /// How many requests a second a place serves, if it does nothing else.
    pub(crate) fn per_second(&self, place: &Place) -> Option<u64> {
        let port = place.store.split(' ').next().unwrap_or_default();
        match (port, place.what) {
            ("table", What::Reads) => Some(self.figures.table.read_units_per_s),
            ("table", _) => Some(self.figures.table.write_units_per_s),
            ("cache", _) => Some(self.figures.cache.commands_per_s),
            ("log", What::Writes) => Some(self.figures.log.records_per_s),
            ("queue", _) => Some(self.figures.queue.requests_per_s),
            ("disk", _) => Some(self.figures.disk.operations_per_s),
            _ => None,
        }
    }

    fn layout(&self) -> Layout<'static> {
        let Provision { cache_shards, log_partitions } = self.provision;
        Layout { figures: self.figures, cache_shards, log_partitions }
    }

    /// How much work may wait at the places of a request.
    fn queue_max(&self, request: &Request) -> Option<Duration> {
        let millis = match request {
            Request::Table(_) => self.figures.table.queue_ms_max,
            Request::Log(_) => self.figures.log.queue_ms_max,
            Request::Queue(_) => self.figures.queue.queue_ms_max,
            Request::Cache(_) | Request::PubSub(_) | Request::Disk(_) | Request::Gateway(_) => return None,
        };
        Some(Duration::from_millis(millis))
    }

    fn latency(&self, request: &Request) -> &Latency {
        match request {
            Request::Table(table::Request::Transact(_)) => &self.figures.table.transaction_latency_us,
            Request::Table(table::Request::Write(_)) => &self.figures.table.write_latency_us,
            Request::Table(_) => &self.figures.table.read_latency_us,
            Request::Cache(_) | Request::PubSub(_) => &self.figures.cache.latency_us,
            Request::Log(log::Request::Append { .. }) => &self.figures.log.append_latency_us,
            Request::Log(_) => &self.figures.log.read_latency_us,
            Request::Queue(_) => &self.figures.queue.latency_us,
            Request::Disk(_) => &self.figures.disk.latency_us,
            Request::Gateway(_) => &self.figures.gateway.latency_us,
        }
    }
}

/// What a node takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A client's call.
    Call,
    /// A service's answer.
    Answer,
    /// Anything else.
    Event,
}
