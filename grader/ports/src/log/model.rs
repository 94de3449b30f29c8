//! The log's behaviour: a pure state machine.

use super::coordinator::{Assignment, Coordinator, Fenced, GroupId, Member, Sessions};
use super::partition::{Page, Partition, partition_of};
use super::{LogError, Poll, Reply, Request, check_limits};
use crate::{Handled, NodeId, Service, Time, derived};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a log can be set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many partitions a topic has that is made from now on; at least one.
    pub partitions: u32,
    /// How old records get; nothing keeps them for ever.
    pub retention: Option<Duration>,
    /// When consumers are taken for gone.
    pub sessions: Sessions,
}

impl Default for Settings {
    /// Four partitions; a week, as Kafka keeps records; three seconds, the shortest session Kafka's guide advises
    /// for quick failover; half a minute without a sign of life.
    fn default() -> Settings {
        let sessions = Sessions { timeout: Duration::from_secs(3), idle_max: Duration::from_secs(30) };
        Settings { partitions: 4, retention: Some(Duration::from_secs(7 * 24 * 3_600)), sessions }
    }
}

/// All topics of a datacentre and their groups.
#[derive(Clone, Debug)]
pub struct Model {
    settings: Settings,
    now: Time,
    topics: BTreeMap<String, Vec<Partition>>,
    coordinator: Coordinator,
    /// Polls without an answer yet, and when the answer was promised.
    waiting: BTreeMap<(Member, u64), Time>,
}

impl Model {
    /// No topics yet.
    pub fn new(settings: Settings) -> Model {
        let coordinator = Coordinator::new(settings.sessions.clone());
        Model { settings, now: Time::EPOCH, topics: BTreeMap::new(), coordinator, waiting: BTreeMap::new() }
    }

    /// Shares out the partitions of all groups of that name anew, as if a member had come or gone.
    pub fn force_rebalance(&mut self, group: &str) {
        let groups: Vec<GroupId> = self.coordinator.groups().filter(|id| id.name == group).cloned().collect();
        groups.iter().for_each(|id| self.coordinator.force_rebalance(id));
    }

    /// The names of all groups there are, each once.
    pub fn groups(&self) -> Vec<String> {
        let mut names: Vec<String> = self.coordinator.groups().map(|id| id.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Drops all records of derived topics. Offsets and commits stay as they are.
    pub fn wipe_derived(&mut self) {
        let derived = self.topics.iter_mut().filter(|(name, _)| derived::is_marked(name));
        derived.flat_map(|(_, partitions)| partitions).for_each(Partition::wipe);
    }

    /// The topic of that name as it is now, made if it is new.
    fn topic(&mut self, name: &str) -> &mut Vec<Partition> {
        let count = self.settings.partitions.max(1);
        let partitions =
            self.topics.entry(name.to_owned()).or_insert_with(|| (0..count).map(Partition::new).collect());
        if let Some(retention) = self.settings.retention
            && self.now >= Time::EPOCH + retention
        {
            let oldest = self.now - retention;
            partitions.iter_mut().for_each(|partition| partition.forget(oldest));
        }
        partitions
    }

    /// The partitions of a topic as a number; there are never more than `u32` can count.
    fn count(&mut self, topic: &str) -> u32 {
        self.topic(topic).len() as u32
    }

    fn poll(&mut self, node: NodeId, poll: &Poll) -> Handled<Reply> {
        let id = GroupId::new(&poll.topic, &poll.group);
        let member = Member { node, instance: poll.instance };
        let partitions = self.count(&poll.topic);
        let deadline = self.now + poll.wait;
        let promised = self.waiting.get(&(member, poll.poll)).copied();
        let seen = promised.unwrap_or(deadline);
        let assignment = self.coordinator.join(seen, &id, member, partitions);

        let committed = self.coordinator.committed(&id);
        let current = poll.generation == assignment.generation;
        let position = |partition: &u32| {
            let polled = if current { poll.positions.get(partition) } else { None };
            polled.or_else(|| committed.get(partition)).copied().unwrap_or(0)
        };
        // Every poll begins with another partition, so that a busy one does not starve the rest.
        let mut turns = assignment.partitions.clone();
        if !turns.is_empty() {
            let first = (poll.poll % turns.len() as u64) as usize;
            turns.rotate_left(first);
        }
        let mut page = Page::new(poll.max);
        let topic = self.topic(&poll.topic);
        for partition in turns {
            page.take(topic[partition as usize].from(position(&partition)));
        }

        let next_end = self.coordinator.next_end(&id).unwrap_or(Time::MAX);
        let until = promised.unwrap_or(deadline.min(next_end));
        if page.records.is_empty() && until > self.now {
            self.waiting.insert((member, poll.poll), until);
            return Handled::Wait { until };
        }
        self.waiting.remove(&(member, poll.poll));
        let Assignment { generation, partitions: assigned } = assignment;
        Handled::Reply(Reply::Polled { generation, assigned, records: page.records })
    }

    fn answer(&mut self, node: NodeId, request: &Request) -> Result<Reply, LogError> {
        let now = self.now;
        Ok(match request {
            Request::Append { topic, key, value } => {
                let partitions = self.topic(topic);
                let partition = partition_of(key, partitions.len() as u32);
                let offset = partitions[partition as usize].append(now, key, value);
                Reply::Appended { partition, offset }
            }
            Request::Commit { topic, group, instance, generation, partition, next } => {
                let member = Member { node, instance: *instance };
                let id = GroupId::new(topic, group);
                self.coordinator.commit(now, &id, member, *generation, *partition, *next)?;
                Reply::Done
            }
            Request::Committed { topic, group } => {
                Reply::Committed(self.coordinator.committed(&GroupId::new(topic, group)))
            }
            Request::Leave { topic, group, instance } => {
                self.coordinator.leave(&GroupId::new(topic, group), Member { node, instance: *instance });
                Reply::Done
            }
            Request::Read { topic, partition, from, max } => {
                let partitions = self.topic(topic);
                let missing = || LogError::Invalid(format!("{topic} has no partition {partition}"));
                let mut page = Page::new(*max);
                page.take(partitions.get(*partition as usize).ok_or_else(missing)?.from(*from));
                Reply::Records(page.records)
            }
            Request::EndOffsets { topic } => {
                Reply::EndOffsets(self.topic(topic).iter().map(Partition::end).collect())
            }
            Request::Poll(_) => unreachable!("polls may wait"),
        })
    }
}

impl Service for Model {
    type Request = Request;
    type Reply = Reply;

    fn handle(&mut self, now: Time, from: NodeId, request: &Request) -> Handled<Reply> {
        self.now = self.now.max(now);
        self.coordinator.go_on(self.now);
        match (check_limits(request), request) {
            (Err(error), _) => Handled::Reply(Reply::Refused(error)),
            (Ok(()), Request::Poll(poll)) => self.poll(from, poll),
            (Ok(()), request) => Handled::Reply(self.answer(from, request).unwrap_or_else(Reply::Refused)),
        }
    }

    fn disconnected(&mut self, now: Time, node: NodeId) {
        self.now = self.now.max(now);
        self.coordinator.disconnected(self.now, node);
        self.waiting.retain(|(member, _), _| member.node != node);
    }
}

impl From<Fenced> for LogError {
    fn from(Fenced { generation }: Fenced) -> LogError {
        LogError::Fenced { generation }
    }
}

#[cfg(test)]
mod tests;
