//! A member of a consumer group.

use super::{LogError, Record, Topic, ask, decode, unexpected};
use kata_ports::log::{Poll, Reply, Request};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A member of a consumer group of a topic. Made by [`Topic::consumer`].
///
/// The members of a group, on whatever nodes, share the topic's partitions: each partition is read by one of them.
/// Whenever a member comes or goes, all partitions are shared out anew (the group's *generation* rises). Reading
/// then goes on behind what the group has *committed*, so records that were polled but not committed come again,
/// perhaps to another member, perhaps while the first is still busy with them. Without any commit a group begins at
/// the oldest record.
///
/// A node that crashes keeps its partitions for a few seconds, or until it comes back and polls with a new consumer.
/// A consumer that neither polls nor commits for half a minute is taken for stuck.
pub struct Consumer<T> {
    topic: Topic<T>,
    group: Arc<str>,
    instance: u64,
    polls: u64,
    /// The group's generation as of the last poll; 0 before the first.
    generation: u64,
    assigned: Vec<u32>,
    /// Where to read on in this generation, for partitions that were read or sought in it.
    positions: BTreeMap<u32, u64>,
}

impl<T> Consumer<T> {
    pub(super) fn new(topic: &Topic<T>, group: Arc<str>) -> Consumer<T> {
        let instance = topic.context.random();
        let (assigned, positions) = (Vec::new(), BTreeMap::new());
        Consumer { topic: topic.clone(), group, instance, polls: 0, generation: 0, assigned, positions }
    }

    /// The partitions that the last poll read from, in order; none before the first.
    pub fn assigned(&self) -> &[u32] {
        &self.assigned
    }

    /// Says that the group is done with `record` and everything before it in its partition. A commit never goes back:
    /// an earlier one than the last has no effect.
    ///
    /// Errors: [`LogError::Fenced`] if the group has been rebalanced since the record was polled: it will come again,
    /// here or elsewhere; poll on. It and definite trouble have no effect; after unknown trouble the commit may have
    /// happened or may yet happen, and may be repeated.
    pub async fn commit(&self, record: &Record<T>) -> Result<(), LogError> {
        self.commit_before(record.generation, record.partition, record.offset.saturating_add(1)).await
    }

    /// Says that the group is done with everything in `partition` up to and including `offset`, as of the last poll.
    /// For getting past a record that does not decode; else use [`commit`](Consumer::commit).
    ///
    /// Errors: as of [`commit`](Consumer::commit).
    pub async fn commit_through(&self, partition: u32, offset: u64) -> Result<(), LogError> {
        self.commit_before(self.generation, partition, offset.saturating_add(1)).await
    }

    async fn commit_before(&self, generation: u64, partition: u32, next: u64) -> Result<(), LogError> {
        let (topic, group) = self.names();
        let instance = self.instance;
        self.done(Request::Commit { topic, group, instance, generation, partition, next }).await
    }

    /// For each partition that the group has committed, the first offset that it is not done with.
    ///
    /// Errors: only trouble. A read has no effect.
    pub async fn committed(&self) -> Result<BTreeMap<u32, u64>, LogError> {
        let (topic, group) = self.names();
        match ask(&self.topic.context, Request::Committed { topic, group }).await? {
            Reply::Committed(offsets) => Ok(offsets),
            other => unexpected(other),
        }
    }

    /// Lets the next poll read `partition` from `offset` on, forwards or backwards. Asks nobody; forgotten with the
    /// next rebalance.
    ///
    /// Errors: [`LogError::Invalid`] if the last poll did not read from that partition.
    pub fn seek(&mut self, partition: u32, offset: u64) -> Result<(), LogError> {
        if !self.assigned.contains(&partition) {
            return Err(LogError::Invalid(format!("partition {partition} is not assigned to this consumer")));
        }
        self.positions.insert(partition, offset);
        Ok(())
    }

    /// Leaves the group, whose other members get the partitions at once. Merely dropping a consumer leaves them
    /// with it for half a minute.
    ///
    /// Errors: only trouble. After unknown trouble it may have left, or may yet leave.
    pub async fn leave(self) -> Result<(), LogError> {
        let (topic, group) = self.names();
        self.done(Request::Leave { topic, group, instance: self.instance }).await
    }

    async fn done(&self, request: Request) -> Result<(), LogError> {
        match ask(&self.topic.context, request).await? {
            Reply::Done => Ok(()),
            other => unexpected(other),
        }
    }

    fn names(&self) -> (String, String) {
        (self.topic.name.to_string(), self.group.to_string())
    }

    fn next_poll(&mut self, max: u32, wait: Duration) -> Request {
        self.polls += 1;
        let (topic, group) = self.names();
        let (instance, poll, generation) = (self.instance, self.polls, self.generation);
        Request::Poll(Poll {
            topic,
            group,
            instance,
            poll,
            generation,
            positions: self.positions.clone(),
            max,
            wait,
        })
    }
}

impl<T: DeserializeOwned> Consumer<T> {
    /// Reads up to `max` (1 to 10,000) records behind those polled before, joining the group if need be. Waits up to
    /// `wait` (at most a minute) for a first one; the answer may be empty, also before that time, when the group
    /// changes. It may hold fewer although there are more, and ends once it holds 1 MiB. Each partition's records are
    /// in order.
    ///
    /// A poll that fails or is dropped loses nothing: the next one reads the same records.
    ///
    /// Errors: a record that is no `T` ends the answer before it; if it is the first, it is the error
    /// [`LogError::Undecodable`], and the next poll goes on behind it. [`LogError::Invalid`] for a `max` or `wait` out
    /// of range. After trouble the consumer may have joined the group.
    pub async fn poll(&mut self, max: u32, wait: Duration) -> Result<Vec<Record<T>>, LogError> {
        let request = self.next_poll(max, wait);
        let (generation, assigned, records) = match ask(&self.topic.context, request).await? {
            Reply::Polled { generation, assigned, records } => (generation, assigned, records),
            other => unexpected(other),
        };
        if generation != self.generation {
            self.positions.clear();
        }
        self.generation = generation;
        self.assigned = assigned;
        let decoded = decode(records, generation);
        match &decoded {
            Ok(records) => {
                self.positions
                    .extend(records.iter().map(|record| (record.partition, record.offset.saturating_add(1))));
            }
            Err(LogError::Undecodable { partition, offset, .. }) => {
                self.positions.insert(*partition, offset.saturating_add(1));
            }
            Err(_) => {}
        }
        decoded
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Consumer");
        debug.field("topic", &self.topic.name).field("group", &self.group);
        debug.field("generation", &self.generation).field("assigned", &self.assigned).finish_non_exhaustive()
    }
}
