//! The services of one datacentre: the ports' models, and the gateways that a suite plays.

use crate::draw::{Draw, hash};
use kata::gateway::GatewayModel;
use kata_ports::request::GatewayRequest;
use kata_ports::{Handled, NodeId, Reply, Request, Service, Time, cache, disk, log, queue, table};
use std::collections::BTreeMap;

/// All services that nodes can reach.
pub(crate) struct Services {
    table: table::Model,
    cache: cache::Model,
    log: log::Model,
    queue: queue::Model,
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
            disk: disk::Model::new(disk::Settings::default()),
            gateways: BTreeMap::new(),
        }
    }
}

impl Services {
    /// Adds an outside service.
    pub(crate) fn add_gateway(&mut self, gateway: Box<dyn GatewayModel>) {
        self.gateways.insert(gateway.name(), gateway);
    }

    /// A request takes effect. `None` if it makes no sense for its gateway.
    pub(crate) fn handle(&mut self, now: Time, from: NodeId, request: &Request) -> Option<Handled<Reply>> {
        Some(match request {
            Request::Table(request) => self.table.handle(now, from, request).map(Reply::Table),
            Request::Cache(request) => self.cache.handle(now, from, request).map(Reply::Cache),
            Request::Log(request) => self.log.handle(now, from, request).map(Reply::Log),
            Request::Queue(request) => self.queue.handle(now, from, request).map(Reply::Queue),
            Request::Disk(request) => self.disk.handle(now, from, request).map(Reply::Disk),
            Request::Gateway(GatewayRequest { gateway, method, args }) => {
                let model = self.gateways.get_mut(gateway.as_str())?;
                Handled::Reply(Reply::Gateway(model.call(now, from, *method, args)?))
            }
        })
    }

    /// A request in a few words.
    pub(crate) fn describe(&self, request: &Request) -> String {
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
    pub(crate) fn describe_reply(&self, request: &Request, reply: &Reply) -> String {
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

    /// A node crashed: its connections are gone, and what its disk had not synced may be.
    pub(crate) fn crashed(&mut self, now: Time, node: NodeId, life: u64, draw: Draw) {
        self.table.disconnected(now, node);
        self.cache.disconnected(now, node);
        self.log.disconnected(now, node);
        self.queue.disconnected(now, node);
        let mut ordinal = 0;
        self.disk.crash(node, &mut |bound| {
            ordinal += 1;
            let key = life << 16 | u64::from(node.0);
            usize::try_from(draw.below(bound as u64, "what the disk keeps", key, ordinal)).unwrap_or_default()
        });
    }

    /// The cache forgets `per_mille` of 1,000 keys; `ordinal` tells this time from others.
    pub(crate) fn evict(&mut self, per_mille: u16, ordinal: u64, draw: Draw) {
        self.cache.evict(|key| !draw.chance(per_mille, "eviction", hash(key.as_bytes()), ordinal));
    }

    /// The cache forgets everything.
    pub(crate) fn clear_cache(&mut self) {
        self.cache.clear();
    }

    /// Every consumer group of the log hands its partitions out anew.
    pub(crate) fn rebalance(&mut self) {
        for group in self.log.groups() {
            self.log.force_rebalance(&group);
        }
    }

    /// Every message that a queue has handed out and nobody has acknowledged is handed out again.
    pub(crate) fn redeliver(&mut self) {
        self.queue.redeliver_all();
    }

    /// Everything in stores marked as derived is gone.
    pub(crate) fn wipe_derived(&mut self) {
        self.table.wipe_derived();
        self.cache.wipe_derived();
        self.log.wipe_derived();
    }
}
