//! Who reads which partition of a topic, and how far each group has come.
//!
//! Pure: it knows nothing of records, clocks or connections. The model asks it, and so does every adapter to a real
//! service, so that groups behave the same everywhere.
//!
//! A group's *generation* rises with every change of its members. All partitions are shared out anew then, and not
//! to those who had them: nobody may count on keeping a partition. What belongs to an older generation is
//! [`Fenced`].

use crate::{NodeId, Time};
use std::collections::BTreeMap;
use std::time::Duration;

/// A group: its name and the topic it reads. The same name on another topic is another group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId {
    /// The topic.
    pub topic: String,
    /// The name.
    pub name: String,
}

impl GroupId {
    /// The group of that name on that topic.
    pub fn new(topic: impl Into<String>, name: impl Into<String>) -> GroupId {
        GroupId { topic: topic.into(), name: name.into() }
    }
}

/// A consumer in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Where it runs.
    pub node: NodeId,
    /// Tells the consumers of a node and of its lives apart.
    pub instance: u64,
}

/// When members are taken for gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// How long the partitions of a node that lost its connections stay with it. They go at once when the node
    /// comes back with a new consumer.
    pub timeout: Duration,
    /// How long a consumer may neither poll nor commit before it is taken for stuck.
    pub idle_max: Duration,
}

/// What a member has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The group's generation.
    pub generation: u64,
    /// The member's partitions in it, in order; none if there are more members than partitions.
    pub partitions: Vec<u32>,
}

/// The request belongs to an older generation, or its sender does not have the partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fenced {
    /// The group's generation.
    pub generation: u64,
}

/// All groups of a log.
#[derive(Clone, Debug)]
pub struct Coordinator {
    sessions: Sessions,
    groups: BTreeMap<GroupId, Group>,
}

#[derive(Clone, Debug, Default)]
struct Group {
    /// 0 before anybody has joined.
    generation: u64,
    members: BTreeMap<Member, Session>,
    partitions: u32,
    /// For each partition the first offset that the group is not done with.
    committed: BTreeMap<u32, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    /// When the member last gave a sign of life, or a time up to which it is known to wait.
    seen: Time,
    /// When its node lost its connections, if it has.
    lost: Option<Time>,
}

impl Coordinator {
    /// No groups yet.
    pub fn new(sessions: Sessions) -> Coordinator {
        Coordinator { sessions, groups: BTreeMap::new() }
    }

    /// Takes `member` into the group unless it is in it, and says what it has. To be asked again at every poll.
    /// The member is known to be alive until `seen`: now, or the end of its long poll.
    pub fn join(&mut self, seen: Time, id: &GroupId, member: Member, partitions: u32) -> Assignment {
        let group = match self.groups.get_mut(id) {
            Some(group) => group,
            None => self.groups.entry(id.clone()).or_default(),
        };
        group.partitions = partitions;
        let session = Session { seen, lost: None };
        if group.members.insert(member, session).is_none() {
            group.members.retain(|other, session| other.node != member.node || session.lost.is_none());
            group.rebalance();
        }
        group.assignment(member)
    }

    /// Takes `member` out of the group.
    pub fn leave(&mut self, id: &GroupId, member: Member) {
        if let Some(group) = self.groups.get_mut(id)
            && group.members.remove(&member).is_some()
        {
            group.rebalance();
        }
    }

    /// A node lost its connections. Its members keep their partitions until the session timeout.
    pub fn disconnected(&mut self, now: Time, node: NodeId) {
        for group in self.groups.values_mut() {
            for (_, session) in group.members.iter_mut().filter(|(member, _)| member.node == node) {
                session.lost.get_or_insert(now);
            }
        }
    }

    /// Takes out of all groups who is taken for gone by `now`.
    pub fn go_on(&mut self, now: Time) {
        for group in self.groups.values_mut() {
            let before = group.members.len();
            group.members.retain(|_, session| session.ends(&self.sessions) > now);
            if group.members.len() < before {
                group.rebalance();
            }
        }
    }

    /// When the next member of a group will be taken for gone, unless it gives a sign of life.
    pub fn next_end(&self, id: &GroupId) -> Option<Time> {
        self.groups.get(id)?.members.values().map(|session| session.ends(&self.sessions)).min()
    }

    /// Says that the group is done with everything before `next`. Never goes back: an earlier offset changes nothing.
    pub fn commit(
        &mut self,
        now: Time,
        id: &GroupId,
        member: Member,
        generation: u64,
        partition: u32,
        next: u64,
    ) -> Result<(), Fenced> {
        let Some(group) = self.groups.get_mut(id) else { return Err(Fenced { generation: 0 }) };
        if generation != group.generation || group.owner(partition) != Some(member) {
            return Err(Fenced { generation: group.generation });
        }
        if let Some(session) = group.members.get_mut(&member) {
            session.seen = session.seen.max(now);
        }
        let committed = group.committed.entry(partition).or_default();
        *committed = next.max(*committed);
        Ok(())
    }

    /// For each partition that the group has committed, the first offset that it is not done with.
    pub fn committed(&self, id: &GroupId) -> BTreeMap<u32, u64> {
        self.groups.get(id).map(|group| group.committed.clone()).unwrap_or_default()
    }

    /// Shares the group's partitions out anew, as if a member had come or gone.
    pub fn force_rebalance(&mut self, id: &GroupId) {
        if let Some(group) = self.groups.get_mut(id) {
            group.rebalance();
        }
    }

    /// All groups, in order.
    pub fn groups(&self) -> impl Iterator<Item = &GroupId> {
        self.groups.keys()
    }
}

impl Group {
    fn rebalance(&mut self) {
        self.generation += 1;
    }

    /// The owner follows from the generation, so there is one at most. With the same members, the next generation
    /// moves every partition.
    fn owner(&self, partition: u32) -> Option<Member> {
        let turn = (u64::from(partition) + self.generation).checked_rem(self.members.len() as u64)?;
        if partition < self.partitions { self.members.keys().nth(turn as usize).copied() } else { None }
    }

    fn assignment(&self, member: Member) -> Assignment {
        let partitions =
            (0..self.partitions).filter(|partition| self.owner(*partition) == Some(member)).collect();
        Assignment { generation: self.generation, partitions }
    }
}

impl Session {
    fn ends(&self, sessions: &Sessions) -> Time {
        let idle = self.seen + sessions.idle_max;
        self.lost.map_or(idle, |lost| idle.min(lost + sessions.timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: Member = Member { node: NodeId(0), instance: 1 };
    const ANA_AGAIN: Member = Member { node: NodeId(0), instance: 2 };
    const BO: Member = Member { node: NodeId(1), instance: 3 };

    /// One group on a topic of four partitions.
    struct Asked(Coordinator, GroupId);

    impl Asked {
        fn new() -> Asked {
            let sessions = Sessions { timeout: Duration::from_secs(3), idle_max: Duration::from_secs(30) };
            Asked(Coordinator::new(sessions), GroupId::new("clicks", "counters"))
        }

        #[track_caller]
        fn check_join(&mut self, secs: u64, member: Member, generation: u64, partitions: &[u32]) {
            let now = Time::from_secs(secs);
            self.0.go_on(now);
            let expected = Assignment { generation, partitions: partitions.to_vec() };
            assert_eq!(self.0.join(now, &self.1, member, 4), expected);
        }

        #[track_caller]
        fn check_commit(&mut self, member: Member, generation: u64, next: u64, expected: Result<(), u64>) {
            let found = self.0.commit(Time::EPOCH, &self.1, member, generation, 0, next);
            assert_eq!(found, expected.map_err(|generation| Fenced { generation }));
        }
    }

    #[test]
    fn partitions_are_shared_out_anew_with_every_member() {
        let mut group = Asked::new();
        group.check_join(0, ANA, 1, &[0, 1, 2, 3]);
        group.check_join(1, BO, 2, &[1, 3]);
        group.check_join(1, ANA, 2, &[0, 2]);
        group.0.leave(&group.1.clone(), BO);
        group.check_join(2, ANA, 3, &[0, 1, 2, 3]);
    }

    #[test]
    fn a_forced_rebalance_moves_every_partition() {
        let mut group = Asked::new();
        group.check_join(0, ANA, 1, &[0, 1, 2, 3]);
        group.check_join(0, BO, 2, &[1, 3]);
        group.0.force_rebalance(&group.1.clone());
        group.check_join(0, BO, 3, &[0, 2]);
        group.check_join(0, ANA, 3, &[1, 3]);
    }

    #[test]
    fn a_lost_node_keeps_its_partitions_until_its_session_ends() {
        let mut group = Asked::new();
        group.check_join(0, ANA, 1, &[0, 1, 2, 3]);
        group.check_join(0, BO, 2, &[1, 3]);
        group.0.disconnected(Time::from_secs(10), NodeId(0));
        assert_eq!(group.0.next_end(&group.1), Some(Time::from_secs(13)));
        group.check_join(12, BO, 2, &[1, 3]);
        group.check_join(13, BO, 3, &[0, 1, 2, 3]);
    }

    #[test]
    fn a_node_that_comes_back_ends_its_old_session() {
        let mut group = Asked::new();
        group.check_join(0, ANA, 1, &[0, 1, 2, 3]);
        group.0.disconnected(Time::from_secs(1), NodeId(0));
        group.check_join(1, ANA_AGAIN, 2, &[0, 1, 2, 3]);
    }

    #[test]
    fn two_consumers_of_one_node_share() {
        let mut group = Asked::new();
        group.check_join(0, ANA, 1, &[0, 1, 2, 3]);
        group.check_join(0, ANA_AGAIN, 2, &[1, 3]);
        group.check_join(0, ANA, 2, &[0, 2]);
    }

    #[test]
    fn an_idle_consumer_is_taken_for_stuck() {
        let mut group = Asked::new();
        group.check_join(0, ANA, 1, &[0, 1, 2, 3]);
        group.check_join(20, BO, 2, &[1, 3]);
        group.check_join(30, BO, 3, &[0, 1, 2, 3]);
    }

    #[test]
    fn older_generations_are_fenced() {
        let mut group = Asked::new();
        group.check_commit(ANA, 0, 5, Err(0));
        group.check_join(0, ANA, 1, &[0, 1, 2, 3]);
        group.check_commit(ANA, 1, 5, Ok(()));
        group.check_commit(BO, 1, 6, Err(1));
        group.check_join(0, BO, 2, &[1, 3]);
        group.check_commit(ANA, 1, 6, Err(2));
        group.check_commit(ANA, 2, 7, Ok(()));
        group.check_commit(ANA, 2, 6, Ok(()));
        assert_eq!(group.0.committed(&group.1), BTreeMap::from([(0, 7)]));
    }
}
