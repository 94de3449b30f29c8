//! What a request demands of which places.

use super::figures::Figures;
use crate::draw::hash;
use kata_ports::table::Consistency;
use kata_ports::{NodeId, Port, Reply, Request, cache, disk, log, pubsub, table};
use serde::Serialize;
use std::fmt;

/// One thing that serves one request after the other: the reads of a partition, a shard, a disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The store: `table links`, `cache`, `log clicks`.
    pub(crate) store: String,
    /// Which part of it: a partition key, a shard, a partition.
    pub(crate) part: String,
    /// What it does there.
    pub(crate) what: What,
}

/// What a place does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Reads,
    Writes,
    Requests,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::Reads => "reads",
            What::Writes => "writes",
            What::Requests => "requests",
        })
    }
}

/// Work for one place.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    pub(crate) place: Place,
    pub(crate) work_ns: u64,
    /// What is paid for, in thousandths of a unit.
    pub(crate) milli_units: u64,
}

/// How a request finds its places.
pub(crate) struct Layout<'a> {
    pub(crate) figures: &'a Figures,
    pub(crate) cache_shards: u32,
    pub(crate) log_partitions: u32,
}

impl Layout<'_> {
    /// What a request of a node demands. Before its reply is known, the least it can.
    pub(crate) fn demands(&self, from: NodeId, request: &Request, reply: Option<&Reply>) -> Vec<Demand> {
        match request {
            Request::Table(request) => {
                let reply = match reply {
                    Some(Reply::Table(reply)) => Some(reply),
                    _ => None,
                };
                self.table(request, reply)
            }
            Request::Cache(request) => self.cache(request, reply),
            Request::Log(request) => {
                let reply = match reply {
                    Some(Reply::Log(reply)) => Some(reply),
                    _ => None,
                };
                self.log(request, reply)
            }
            Request::Queue(request) => {
                let store = format!("queue {}", request.store());
                let work_ns = SECOND_NS / self.figures.queue.requests_per_s;
                vec![whole(store, String::new(), What::Requests, work_ns)]
            }
            Request::PubSub(request) => self.pubsub(request, reply),
            Request::Disk(request) => {
                let bytes = match request {
                    disk::Request::File { operation, .. } => match operation {
                        disk::Operation::Append { bytes } | disk::Operation::Write { bytes, .. } => {
                            bytes.len() as u64
                        }
                        _ => reply.map_or(0, bytes),
                    },
                    disk::Request::List => 0,
                };
                let disk = &self.figures.disk;
                let work_ns = (SECOND_NS / disk.operations_per_s).max(bytes * SECOND_NS / disk.bytes_per_s);
                vec![whole(Port::Disk.to_string(), from.to_string(), What::Requests, work_ns)]
            }
            Request::Gateway(_) => Vec::new(),
        }
    }

    fn table(&self, request: &table::Request, reply: Option<&table::Reply>) -> Vec<Demand> {
        let figures = &self.figures.table;
        let reads = |table: &str, partition: &str, bytes: u64, half: bool| {
            let units = bytes.div_ceil(figures.read_unit_bytes).max(1);
            let milli_units = units * if half { 500 } else { 1_000 };
            let work_ns = milli_units * (SECOND_NS / 1_000) / figures.read_units_per_s;
            Demand { place: place_of(table, partition, What::Reads), work_ns, milli_units }
        };
        let writes = |write: &table::Write, factor: u64| {
            let units = bytes(write).div_ceil(figures.write_unit_bytes).max(1) * factor;
            let work_ns = units * SECOND_NS / figures.write_units_per_s;
            let place = place_of(&write.table, &write.key.partition, What::Writes);
            Demand { place, work_ns, milli_units: units * 1_000 }
        };
        match request {
            table::Request::Get { table, key, consistency } => {
                let half = *consistency == Consistency::Eventual;
                vec![reads(table, &key.partition, reply.map_or(0, bytes), half)]
            }
            table::Request::Write(write) => vec![writes(write, 1)],
            table::Request::Query { table, partition, .. } => {
                vec![reads(table, partition, reply.map_or(0, bytes), false)]
            }
            table::Request::Scan { table, .. } => {
                let Some(table::Reply::Page(page)) = reply else { return Vec::new() };
                let mut demands: Vec<Demand> = Vec::new();
                for item in &page.items {
                    match demands.last_mut() {
                        Some(last) if last.place.part == item.key.partition => {
                            let more = reads(table, &item.key.partition, bytes(item), false);
                            last.work_ns += more.work_ns;
                            last.milli_units += more.milli_units;
                        }
                        _ => demands.push(reads(table, &item.key.partition, bytes(item), false)),
                    }
                }
                demands
            }
            table::Request::Transact(all) => {
                all.iter().map(|write| writes(write, figures.transaction_factor)).collect()
            }
        }
    }

    fn cache(&self, request: &cache::Request, reply: Option<&Reply>) -> Vec<Demand> {
        let cache::Request::Key { key, .. } = request else { return Vec::new() };
        let figures = &self.figures.cache;
        let commands = 1 + reply.map_or(0, bytes) / figures.command_bytes;
        let work_ns = commands * SECOND_NS / figures.commands_per_s;
        vec![whole(Port::Cache.to_string(), self.shard(key), What::Requests, work_ns)]
    }

    /// Channels live on the cache's shards, as on a cluster of Redis. To publish takes a command, and so does every delivery.
    fn pubsub(&self, request: &pubsub::Request, reply: Option<&Reply>) -> Vec<Demand> {
        let figures = &self.figures.cache;
        let work = |channel: &str, bytes: u64| {
            let commands = 1 + bytes / figures.command_bytes;
            let work_ns = commands * SECOND_NS / figures.commands_per_s;
            whole(Port::Cache.to_string(), self.shard(channel), What::Requests, work_ns)
        };
        match (request, reply) {
            (pubsub::Request::Next { .. }, Some(Reply::PubSub(pubsub::Reply::Messages(messages)))) => {
                let mut demands: Vec<Demand> = Vec::new();
                for message in messages {
                    let more = work(&message.channel, bytes(message));
                    match demands.iter_mut().find(|demand| demand.place == more.place) {
                        Some(demand) => demand.work_ns += more.work_ns,
                        None => demands.push(more),
                    }
                }
                demands
            }
            _ => request.channel().map(|channel| work(channel, bytes(request))).into_iter().collect(),
        }
    }

    fn shard(&self, name: &str) -> String {
        format!("shard {}", hash(name.as_bytes()) % u64::from(self.cache_shards.max(1)))
    }

    fn log(&self, request: &log::Request, reply: Option<&log::Reply>) -> Vec<Demand> {
        let figures = &self.figures.log;
        let store = || format!("log {}", request.store());
        let part = |partition: u32| format!("partition {partition}");
        match (request, reply) {
            (log::Request::Append { key, .. }, _) => {
                let partition = log::partition_of(key, self.log_partitions.max(1));
                let by_bytes = bytes(request) * SECOND_NS / figures.bytes_in_per_s;
                let work_ns = (SECOND_NS / figures.records_per_s).max(by_bytes);
                vec![whole(store(), part(partition), What::Writes, work_ns)]
            }
            (_, Some(log::Reply::Polled { records, .. } | log::Reply::Records(records))) => {
                let mut demands: Vec<Demand> = Vec::new();
                for record in records {
                    let work_ns = bytes(record) * SECOND_NS / figures.bytes_out_per_s;
                    let read = whole(store(), part(record.partition), What::Reads, work_ns);
                    match demands.last_mut() {
                        Some(last) if last.place == read.place => last.work_ns += read.work_ns,
                        _ => demands.push(read),
                    }
                }
                demands
            }
            _ => Vec::new(),
        }
    }
}

const SECOND_NS: u64 = 1_000_000_000;

fn place_of(table: &str, partition: &str, what: What) -> Place {
    Place { store: format!("table {table}"), part: partition.to_owned(), what }
}

fn whole(store: String, part: String, what: What, work_ns: u64) -> Demand {
    Demand { place: Place { store, part, what }, work_ns, milli_units: 1_000 }
}

/// How many bytes a value takes on the wire.
pub(crate) fn bytes<T: Serialize>(value: &T) -> u64 {
    let size = postcard::serialize_with_flavor(value, postcard::ser_flavors::Size::default());
    size.map_or(0, |bytes| bytes as u64)
}
