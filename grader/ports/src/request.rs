//! One request to, and one reply from, any port: what travels between a node and the datacentre.

use crate::{cache, disk, log, pubsub, queue, table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Which service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Port {
    /// The database.
    Table,
    /// The cache.
    Cache,
    /// The partitioned log.
    Log,
    /// The work queue.
    Queue,
    /// Publish and subscribe.
    PubSub,
    /// The node's own disk.
    Disk,
    /// An outside service of one kata, by its trait's name in snake case.
    Gateway(String),
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Port::Table => "table",
            Port::Cache => "cache",
            Port::Log => "log",
            Port::Queue => "queue",
            Port::PubSub => "pubsub",
            Port::Disk => "disk",
            Port::Gateway(name) => name,
        })
    }
}

/// A request to any port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// To the database.
    Table(table::Request),
    /// To the cache.
    Cache(cache::Request),
    /// To the log.
    Log(log::Request),
    /// To the queue.
    Queue(queue::Request),
    /// To publish/subscribe.
    PubSub(pubsub::Request),
    /// To the node's disk.
    Disk(disk::Request),
    /// To a gateway.
    Gateway(GatewayRequest),
}

/// A call of an outside service that the suite plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatewayRequest {
    /// The gateway's name: its trait in snake case.
    pub gateway: String,
    /// Which method, by position in the trait.
    pub method: u16,
    /// The arguments, encoded with postcard as a tuple.
    pub args: Vec<u8>,
}

impl Request {
    /// The service it goes to.
    pub fn port(&self) -> Port {
        match self {
            Request::Table(_) => Port::Table,
            Request::Cache(_) => Port::Cache,
            Request::Log(_) => Port::Log,
            Request::Queue(_) => Port::Queue,
            Request::PubSub(_) => Port::PubSub,
            Request::Disk(_) => Port::Disk,
            Request::Gateway(request) => Port::Gateway(request.gateway.clone()),
        }
    }

    /// The stores it goes to, of which a transaction may have several: `table links`, `cache`, `log clicks`.
    pub fn stores(&self) -> BTreeSet<String> {
        match self {
            Request::Table(request) => {
                request.stores().into_iter().map(|table| format!("table {table}")).collect()
            }
            Request::Log(request) => [format!("log {}", request.store())].into(),
            Request::Queue(request) => [format!("queue {}", request.store())].into(),
            Request::Cache(_) | Request::PubSub(_) | Request::Disk(_) | Request::Gateway(_) => {
                [self.port().to_string()].into()
            }
        }
    }

    /// What it does there, in a word.
    pub fn verb(&self) -> &'static str {
        match self {
            Request::Table(request) => request.verb(),
            Request::Cache(request) => request.verb(),
            Request::Log(request) => request.verb(),
            Request::Queue(request) => request.verb(),
            Request::PubSub(request) => request.verb(),
            Request::Disk(request) => request.verb(),
            Request::Gateway(_) => "call",
        }
    }
}

/// The request in a few words for histories, such as `get seats/A1`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Table(request) => request.fmt(f),
            Request::Cache(request) => request.fmt(f),
            Request::Log(request) => request.fmt(f),
            Request::Queue(request) => request.fmt(f),
            Request::PubSub(request) => request.fmt(f),
            Request::Disk(request) => request.fmt(f),
            Request::Gateway(request) => write!(f, "{} #{}", request.gateway, request.method),
        }
    }
}

/// A reply from any port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// From the database.
    Table(table::Reply),
    /// From the cache.
    Cache(cache::Reply),
    /// From the log.
    Log(log::Reply),
    /// From the queue.
    Queue(queue::Reply),
    /// From publish/subscribe.
    PubSub(pubsub::Reply),
    /// From the node's disk.
    Disk(disk::Reply),
    /// From a gateway: the method's result, encoded with postcard.
    Gateway(Vec<u8>),
}

/// The reply in a few words for histories, such as `ok` or `condition failed`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Table(reply) => reply.fmt(f),
            Reply::Cache(reply) => reply.fmt(f),
            Reply::Log(reply) => reply.fmt(f),
            Reply::Queue(reply) => reply.fmt(f),
            Reply::PubSub(reply) => reply.fmt(f),
            Reply::Disk(reply) => reply.fmt(f),
            Reply::Gateway(_) => f.write_str("answered"),
        }
    }
}
