//! The services of a test's datacentre: the ports' models and the gateways of the test.

use crate::gateway::GatewayModel;
use kata_ports::request::GatewayRequest;
use kata_ports::{Handled, NodeId, Reply, Request, Service, Time, cache, disk, log, queue, table};
use std::collections::BTreeMap;

/// All services that nodes can reach.
pub(super) struct Services {
    table: table::Model,
    cache: cache::Model,
    log: log::Model,
    queue: queue::Model,
    disk: disk::Model,
    gateways: BTreeMap<&'static str, Box<dyn GatewayModel>>,
}

impl Services {
    pub(super) fn new() -> Services {
        Services {
            table: table::Model::new(table::Settings::default()),
            cache: cache::Model::default(),
            log: log::Model::new(log::Settings::default()),
            queue: queue::Model::new(queue::Settings::default()),
            disk: disk::Model::new(disk::Settings::default()),
            gateways: BTreeMap::new(),
        }
    }

    pub(super) fn add_gateway(&mut self, model: Box<dyn GatewayModel>) {
        self.gateways.insert(model.name(), model);
    }

    /// A request takes effect.
    pub(super) fn handle(&mut self, now: Time, from: NodeId, request: &Request) -> Handled<Reply> {
        match request {
            Request::Table(request) => self.table.handle(now, from, request).map(Reply::Table),
            Request::Cache(request) => self.cache.handle(now, from, request).map(Reply::Cache),
            Request::Log(request) => self.log.handle(now, from, request).map(Reply::Log),
            Request::Queue(request) => self.queue.handle(now, from, request).map(Reply::Queue),
            Request::Disk(request) => self.disk.handle(now, from, request).map(Reply::Disk),
            Request::Gateway(request) => Handled::Reply(Reply::Gateway(self.call(now, from, request))),
        }
    }

    fn call(&mut self, now: Time, from: NodeId, request: &GatewayRequest) -> Vec<u8> {
        let GatewayRequest { gateway, method, args } = request;
        let Some(model) = self.gateways.get_mut(gateway.as_str()) else {
            panic!(
                "the solution called `{gateway}`, but the test has none: add it with `Deployment::gateway`"
            );
        };
        model.call(now, from, *method, args).expect("the handle and the model of a gateway agree")
    }

    /// A node crashed: its connections are gone, and so is what its disk had not synced.
    pub(super) fn crashed(&mut self, now: Time, node: NodeId) {
        self.table.disconnected(now, node);
        self.cache.disconnected(now, node);
        self.log.disconnected(now, node);
        self.queue.disconnected(now, node);
        // The last choice at each step is to lose it.
        self.disk.crash(node, &mut |choices| choices.saturating_sub(1));
    }
}
