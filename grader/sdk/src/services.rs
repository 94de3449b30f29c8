//! The services of one datacentre: the ports' models, and the gateways that a suite or a test plays.
//!
//! The simulated datacentre and [`crate::testing`] differ in what happens on the way; the services are these.

use crate::gateway::GatewayModel;
use kata_ports::request::GatewayRequest;
use kata_ports::{Handled, NodeId, Reply, Request, Service, Time};
use kata_ports::{cache, disk, log, pubsub, queue, table};
use std::collections::BTreeMap;

/// All services that nodes can reach.
pub struct Services {
    table: table::Model,
    cache: cache::Model,
    log: log::Model,
    queue: queue::Model,
    pubsub: pubsub::Model,
    disk: disk::Model,
    gateways: BTreeMap<&'static str, Box<dyn GatewayModel>>,
}

impl Default for Services {
    fn default() -> Services {
        Services {
            table: table::Model::new(table::Settings::default()),
            cache: cache::Model::default(),
            log: log::Model::new(log::Settings::default()),
            queue: queue::Model::new(queue::Settings::default()),
            pubsub: pubsub::Model::new(),
            disk: disk::Model::new(disk::Settings::default()),
            gateways: BTreeMap::new(),
        }
    }
}

impl Services {
    /// Adds an outside service.
    pub fn add_gateway(&mut self, gateway: Box<dyn GatewayModel>) {
        self.gateways.insert(gateway.name(), gateway);
    }

    /// The log is empty, and its topics have that many partitions.
    pub fn repartition_log(&mut self, partitions: u32) {
        self.log = log::Model::new(log::Settings { partitions, ..log::Settings::default() });
    }

    /// A request takes effect. `None` if there is no such gateway, or the request makes no sense to it.
    pub fn handle(&mut self, now: Time, from: NodeId, request: &Request) -> Option<Handled<Reply>> {
        Some(match request {
            Request::Table(request) => self.table.handle(now, from, request).map(Reply::Table),
            Request::Cache(request) => self.cache.handle(now, from, request).map(Reply::Cache),
            Request::Log(request) => self.log.handle(now, from, request).map(Reply::Log),
            Request::Queue(request) => self.queue.handle(now, from, request).map(Reply::Queue),
            Request::PubSub(request) => self.pubsub.handle(now, from, request).map(Reply::PubSub),
            Request::Disk(request) => self.disk.handle(now, from, request).map(Reply::Disk),
            Request::Gateway(GatewayRequest { gateway, method, args }) => {
                let model = self.gateways.get_mut(gateway.as_str())?;
                Handled::Reply(Reply::Gateway(model.call(now, from, *method, args)?))
            }
        })
    }

    /// A request in a few words.
    pub fn describe(&self, request: &Request) -> String {
        match request {
            Request::Gateway(GatewayRequest { gateway, method, args }) => {
                match self.gateways.get(gateway.as_str()) {
                    Some(model) => model.describe(*method, args),
                    None => request.to_string(),
                }
            }
            _ => request.to_string(),
        }
    }

    /// A reply in a few words.
    pub fn describe_reply(&self, request: &Request, reply: &Reply) -> String {
        match (request, reply) {
            (Request::Gateway(GatewayRequest { gateway, method, .. }), Reply::Gateway(result)) => {
                match self.gateways.get(gateway.as_str()) {
                    Some(model) => model.describe_result(*method, result),
                    None => reply.to_string(),
                }
            }
            _ => reply.to_string(),
        }
    }

    /// A node crashed: its connections are gone, and of what its disk had not synced only what `keep` chooses stays
    /// (see [`disk::Model::crash`]).
    pub fn crashed(&mut self, now: Time, node: NodeId, keep: &mut dyn FnMut(usize) -> usize) {
        self.table.disconnected(now, node);
        self.cache.disconnected(now, node);
        self.log.disconnected(now, node);
        self.queue.disconnected(now, node);
        self.pubsub.disconnected(now, node);
        self.disk.crash(node, keep);
    }

    /// The cache keeps only the keys that `keep` says.
    pub fn evict(&mut self, keep: impl FnMut(&str) -> bool) {
        self.cache.evict(keep);
    }

    /// How many keys the cache holds at `now`.
    pub fn cached_keys(&self, now: Time) -> usize {
        self.cache.keys_left(now)
    }

    /// The cache forgets everything.
    pub fn clear_cache(&mut self) {
        self.cache.clear();
    }

    /// Every consumer group of the log hands its partitions out anew.
    pub fn rebalance(&mut self) {
        for group in self.log.groups() {
            self.log.force_rebalance(&group);
        }
    }

    /// Every message that a queue has handed out and nobody has acknowledged is handed out again.
    pub fn redeliver(&mut self) {
        self.queue.redeliver_all();
    }

    /// Every connection that listens to channels breaks.
    pub fn break_subscriptions(&mut self) {
        self.pubsub.break_all();
    }

    /// Everything in stores marked as derived is gone.
    pub fn wipe_derived(&mut self) {
        self.table.wipe_derived();
        self.cache.wipe_derived();
        self.log.wipe_derived();
    }
}
