//! The services of one requirement: a database, a cache, a log, queues, channels and disks of its own.

use crate::cache::Cache;
use crate::disk::Disk;
use crate::engine::Unavailable;
use crate::log::Log;
use crate::pubsub::PubSub;
use crate::queue::Queue;
use crate::servers::Servers;
use crate::settings::Server;
use crate::table::Table;
use kata_ports::{NodeId, Reply, Request, Trouble, derived, disk, log, queue};
use std::path::PathBuf;

/// The services of one requirement. Clones share everything.
#[derive(Clone)]
pub struct Services {
    name: String,
    table: Table,
    cache: Cache,
    log: Log,
    queue: Queue,
    pubsub: PubSub,
    disk: Disk,
}

impl Services {
    /// Fresh ones, as empty as the models are in the beginning.
    pub async fn create(servers: &Servers) -> Result<Services, Unavailable> {
        let name = servers.fresh_name();
        Ok(Services {
            table: servers.table(&name).await?,
            cache: servers.cache(&name),
            log: servers.log(&name, log::Settings::default()).await?,
            queue: servers.queue(&name, queue::Settings::default()).await?,
            pubsub: servers.pubsub(&name),
            disk: Disk::new(&disks(&name), disk::Settings::default()),
            name,
        })
    }

    /// Answers one request of a node. Gateways are the suite's to play.
    pub async fn handle(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        match request {
            Request::Table(request) => self.table.handle(request).await.map(Reply::Table),
            Request::Cache(request) => self.cache.handle(request).await.map(Reply::Cache),
            Request::Log(request) => self.log.handle(from, request).await.map(Reply::Log),
            Request::Queue(request) => self.queue.handle(from, request).await.map(Reply::Queue),
            Request::PubSub(request) => self.pubsub.handle(from, request).await.map(Reply::PubSub),
            Request::Disk(request) => self.disk.handle(from, request).await.map(Reply::Disk),
            Request::Gateway(_) => Err(Trouble::Unavailable),
        }
    }

    /// A node crashed: its connections are gone.
    pub fn disconnected(&self, node: NodeId) {
        self.log.disconnected(node);
        self.queue.disconnected(node);
        self.pubsub.disconnected(node);
    }

    /// Every consumer group of the log hands its partitions out anew.
    pub fn rebalance(&self) {
        self.log.rebalance();
    }

    /// The cache forgets every key for which `keep` is false.
    pub async fn evict(&self, keep: impl Fn(&str) -> bool) -> Result<(), Unavailable> {
        self.cache.evict(keep).await.map_err(|error| Unavailable::server(Server::Redis, error))
    }

    /// A server has started anew, at another address perhaps.
    pub async fn moved(&self, server: Server, servers: &Servers) -> Result<(), Unavailable> {
        match server {
            Server::Postgres => self.table.moved_to(servers.database(Some(&self.name))?),
            Server::Redis => {
                self.cache.moved_to(servers.url(server)).await;
                self.pubsub.moved_to(servers.url(server)).await;
            }
            // Log and queue hold connections that find back to where they were, and nowhere else.
            Server::Nats => {}
        }
        Ok(())
    }

    /// Every connection that listens to channels breaks.
    pub fn break_subscriptions(&self) {
        self.pubsub.break_all();
    }

    /// Every message that a queue has handed out and nobody has acknowledged is handed out again.
    pub async fn redeliver(&self) -> Result<(), Unavailable> {
        self.queue.redeliver_all().await.map_err(|error| Unavailable::server(Server::Nats, error))
    }

    /// Everything in stores marked as derived is gone.
    pub async fn wipe_derived(&self) -> Result<(), Unavailable> {
        let table = self.table.wipe_derived(derived::is_marked).await;
        table.map_err(|error| Unavailable::server(Server::Postgres, error))?;
        self.evict(|key| !derived::is_marked(key)).await?;
        let log = self.log.wipe_derived(derived::is_marked).await;
        log.map_err(|error| Unavailable::server(Server::Nats, error))
    }

    /// Removes all that these services hold. What cannot be removed stays: names are never used again.
    pub async fn remove(self, servers: &Servers) {
        self.table.close().await;
        let _ = servers.drop_database(&self.name).await;
        // What stands in a container of ours goes with it.
        if !servers.is_ours(Server::Redis) {
            let _ = self.cache.remove().await;
        }
        let _ = self.log.remove().await;
        let _ = self.queue.remove().await;
        let _ = self.disk.remove();
    }
}

/// Where the disks of one requirement stand.
fn disks(name: &str) -> PathBuf {
    std::env::temp_dir().join(name)
}
