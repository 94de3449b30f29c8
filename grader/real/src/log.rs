//! The log on NATS JetStream.
//!
//! JetStream keeps the records: one stream, a subject for each partition of each topic, and a record's offset is its place in the
//! stream. Who reads what is decided by the same [`Coordinator`] that the model asks.

use crate::nats::{is_connected, jetstream, now, time, token, unknown};
use async_nats::Client;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{Config, DirectGetErrorKind, StorageType, Stream};
use async_nats::jetstream::{Context, Message};
use futures_util::StreamExt;
use kata_ports::log::{
    Assignment, Coordinator, Fenced, GroupId, LogError, Member, PAGE_BYTES_MAX, Poll, Record, Reply, Request,
    Settings, check_limits, partition_of,
};
use kata_ports::{Json, NodeId, Time, Trouble};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A reader that nobody asks any more goes after that time.
const READER_IDLE: Duration = Duration::from_secs(5);

/// A log service.
#[derive(Clone)]
pub struct Log {
    context: Context,
    stream: Stream,
    prefix: String,
    settings: Settings,
    shared: Arc<Shared>,
}

/// What all requests share.
struct Shared {
    groups: Mutex<Groups>,
    /// Rises with everything that a poll may wait for.
    changes: watch::Sender<u64>,
}

struct Groups {
    coordinator: Coordinator,
    topics: BTreeSet<String>,
    /// How often each node has crashed: polls of an earlier life are over.
    crashes: BTreeMap<NodeId, u64>,
}

/// Records under way to whoever asked.
struct Page {
    records: Vec<Record>,
    max: usize,
    bytes: usize,
}

impl Page {
    fn is_full(&self) -> bool {
        self.records.len() >= self.max || self.bytes >= PAGE_BYTES_MAX
    }
}

impl Log {
    /// A log of its own on that server, behind `prefix` (letters, digits and underscores).
    pub async fn create(client: Client, prefix: &str, settings: Settings) -> Result<Log, async_nats::Error> {
        let context = jetstream(client);
        let stream = context
            .create_stream(Config {
                name: format!("{prefix}_log"),
                subjects: vec![format!("{prefix}.log.>")],
                storage: StorageType::File,
                max_age: settings.retention.unwrap_or_default(),
                allow_direct: true,
                ..Config::default()
            })
            .await?;
        let groups = Groups {
            coordinator: Coordinator::new(settings.sessions.clone()),
            topics: BTreeSet::new(),
            crashes: BTreeMap::new(),
        };
        let shared = Arc::new(Shared { groups: Mutex::new(groups), changes: watch::Sender::new(0) });
        Ok(Log { context, stream, prefix: prefix.to_owned(), settings, shared })
    }

    /// Deletes all records for good.
    pub async fn remove(&self) -> Result<(), async_nats::Error> {
        self.context.delete_stream(format!("{}_log", self.prefix)).await?;
        Ok(())
    }

    /// A node crashed: its consumers keep their partitions until their session ends, its polls are over.
    pub fn disconnected(&self, node: NodeId) {
        let mut groups = self.groups();
        groups.coordinator.disconnected(now(), node);
        *groups.crashes.entry(node).or_default() += 1;
        drop(groups);
        self.changed();
    }

    /// Shares out the partitions of all groups anew.
    pub fn rebalance(&self) {
        let mut groups = self.groups();
        let ids: Vec<GroupId> = groups.coordinator.groups().cloned().collect();
        ids.iter().for_each(|id| groups.coordinator.force_rebalance(id));
        drop(groups);
        self.changed();
    }

    /// Drops all records of derived topics; offsets and commits stay as they are.
    pub async fn wipe_derived(&self, is_derived: impl Fn(&str) -> bool) -> Result<(), async_nats::Error> {
        let derived: Vec<String> = {
            let groups = self.groups();
            groups.topics.iter().filter(|topic| is_derived(topic)).cloned().collect()
        };
        for topic in derived {
            self.stream.purge().filter(format!("{}.log.{}.>", self.prefix, token(&topic))).await?;
        }
        Ok(())
    }

    /// Answers one request.
    pub async fn handle(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        if let Err(error) = check_limits(request) {
            return Ok(Reply::Refused(error));
        }
        is_connected(&self.context)?;
        match request {
            Request::Append { topic, key, value } => self.append(topic, key, value).await,
            Request::Poll(poll) => self.poll(from, poll).await,
            Request::Commit { topic, group, instance, generation, partition, next } => {
                let member = Member { node: from, instance: *instance };
                let id = GroupId::new(topic, group);
                let mut groups = self.groups();
                let now = now();
                groups.coordinator.go_on(now);
                Ok(match groups.coordinator.commit(now, &id, member, *generation, *partition, *next) {
                    Ok(()) => Reply::Done,
                    Err(Fenced { generation }) => Reply::Refused(LogError::Fenced { generation }),
                })
            }
            Request::Committed { topic, group } => {
                Ok(Reply::Committed(self.groups().coordinator.committed(&GroupId::new(topic, group))))
            }
            Request::Leave { topic, group, instance } => {
                let member = Member { node: from, instance: *instance };
                self.groups().coordinator.leave(&GroupId::new(topic, group), member);
                self.changed();
                Ok(Reply::Done)
            }
            Request::Read { topic, partition, from, max } => self.read(topic, *partition, *from, *max).await,
            Request::EndOffsets { topic } => {
                self.groups().topics.insert(topic.clone());
                let info = self.stream.get_info().await.map_err(unknown)?;
                Ok(Reply::EndOffsets(vec![info.state.last_sequence + 1; self.partitions() as usize]))
            }
        }
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.shared.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.shared.changes.send_modify(|changes| *changes += 1);
    }

    fn partitions(&self) -> u32 {
        self.settings.partitions.max(1)
    }

    fn subject(&self, topic: &str, partition: u32) -> String {
        format!("{}.log.{}.{partition}", self.prefix, token(topic))
    }

    async fn append(&self, topic: &str, key: &str, value: &Json) -> Result<Reply, Trouble> {
        self.groups().topics.insert(topic.to_owned());
        let partition = partition_of(key, self.partitions());
        let record = serde_json::to_vec(&(key, value.text())).map_err(unknown)?;
        if record.len() > self.context.client().server_info().max_payload {
            let why = format!("a record of {} bytes is more than this server takes", record.len());
            return Ok(Reply::Refused(LogError::Invalid(why)));
        }
        let sent = self.context.publish(self.subject(topic, partition), record.into()).await;
        let kept = sent.map_err(unknown)?.await;
        // Also where nobody knows: it may be there.
        self.changed();
        Ok(Reply::Appended { partition, offset: kept.map_err(unknown)?.sequence })
    }

    async fn read(&self, topic: &str, partition: u32, from: u64, max: u32) -> Result<Reply, Trouble> {
        self.groups().topics.insert(topic.to_owned());
        if partition >= self.partitions() {
            return Ok(Reply::Refused(LogError::Invalid(format!("{topic} has no partition {partition}"))));
        }
        let mut page = Page { records: Vec::new(), max: max as usize, bytes: 0 };
        self.take(&mut page, topic, partition, from).await?;
        Ok(Reply::Records(page.records))
    }

    /// Answers a poll at once, or when there is something, or when its time is up.
    async fn poll(&self, node: NodeId, poll: &Poll) -> Result<Reply, Trouble> {
        let id = GroupId::new(&poll.topic, &poll.group);
        let member = Member { node, instance: poll.instance };
        let deadline = now() + poll.wait;
        let mut changes = self.shared.changes.subscribe();
        let mut promised: Option<Time> = None;
        let life = self.life(node);
        loop {
            changes.mark_unchanged();
            let (assignment, committed, until) = {
                let mut groups = self.groups();
                if groups.crashes.get(&node).copied() != life {
                    return Err(Trouble::TimedOut);
                }
                groups.topics.insert(poll.topic.clone());
                groups.coordinator.go_on(now());
                let seen = promised.unwrap_or(deadline);
                let assignment = groups.coordinator.join(seen, &id, member, self.partitions());
                let next_end = groups.coordinator.next_end(&id).unwrap_or(Time::MAX);
                let until = *promised.get_or_insert(deadline.min(next_end));
                (assignment, groups.coordinator.committed(&id), until)
            };
            let records = self.records(poll, &assignment, &committed).await?;
            let left = until.since(now());
            if !records.is_empty() || left.is_zero() {
                let Assignment { generation, partitions: assigned } = assignment;
                return Ok(Reply::Polled { generation, assigned, records });
            }
            // Nothing but a change or the end of its time is worth another look.
            let _ = tokio::time::timeout(left, changes.changed()).await;
        }
    }

    fn life(&self, node: NodeId) -> Option<u64> {
        self.groups().crashes.get(&node).copied()
    }

    /// What there is for a consumer to read.
    async fn records(
        &self,
        poll: &Poll,
        assignment: &Assignment,
        committed: &BTreeMap<u32, u64>,
    ) -> Result<Vec<Record>, Trouble> {
        let is_current = poll.generation == assignment.generation;
        let position = |partition: &u32| {
            let polled = if is_current { poll.positions.get(partition) } else { None };
            polled.or_else(|| committed.get(partition)).copied().unwrap_or(0)
        };
        // Every poll begins with another partition, so that a busy one does not starve the rest.
        let mut turns = assignment.partitions.clone();
        if !turns.is_empty() {
            let first = (poll.poll % turns.len() as u64) as usize;
            turns.rotate_left(first);
        }
        let mut page = Page { records: Vec::new(), max: poll.max as usize, bytes: 0 };
        for partition in turns {
            if !page.is_full() {
                self.take(&mut page, &poll.topic, partition, position(&partition)).await?;
            }
        }
        Ok(page.records)
    }

    /// Reads a partition on until its end, or until the page is full.
    async fn take(&self, page: &mut Page, topic: &str, partition: u32, from: u64) -> Result<(), Trouble> {
        let subject = self.subject(topic, partition);
        let from = from.max(1);
        // Most often there is nothing; a reader costs more than a look.
        match self.stream.direct_get_next_for_subject(subject.clone(), Some(from)).await {
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unknown(error)),
            Ok(_) => {}
        }
        let reader: PullConsumer = self
            .stream
            .create_consumer(pull::Config {
                filter_subject: subject,
                deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from },
                ack_policy: AckPolicy::None,
                inactive_threshold: READER_IDLE,
                memory_storage: true,
                ..pull::Config::default()
            })
            .await
            .map_err(unknown)?;
        let mut messages =
            reader.fetch().max_messages(page.max - page.records.len()).messages().await.map_err(unknown)?;
        while let Some(message) = messages.next().await {
            let message = message.map_err(unknown)?;
            let info = message.info().map_err(unknown)?;
            let is_last = info.pending == 0;
            let record = record(
                &message,
                partition,
                info.stream_sequence,
                time(info.published.unix_timestamp_nanos()),
            )?;
            page.bytes += record.key.len() + record.value.text().len();
            page.records.push(record);
            if is_last || page.is_full() {
                break;
            }
        }
        let (stream, name) = (self.stream.clone(), reader.cached_info().name.clone());
        // Nobody waits for it, and it would go by itself.
        tokio::spawn(async move { stream.delete_consumer(&name).await });
        Ok(())
    }
}

fn record(message: &Message, partition: u32, offset: u64, at: Time) -> Result<Record, Trouble> {
    let (key, value): (String, String) = serde_json::from_slice(&message.payload).map_err(unknown)?;
    Ok(Record { partition, offset, key, value: Json::from_text(value), at })
}
