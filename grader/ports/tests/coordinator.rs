//! What groups promise, whatever comes and goes: one owner per partition and generation, and commits that never go back.

use kata_ports::log::{Coordinator, GroupId, Member, Sessions};
use kata_ports::{NodeId, Time};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const PARTITIONS: u32 = 5;

#[derive(Clone, Debug)]
enum Step {
    Join(Member),
    Leave(Member),
    Disconnect(NodeId),
    Pass(u64),
    Rebalance,
    /// With the generation that this member last heard of.
    Commit {
        member: Member,
        partition: u32,
        next: u64,
    },
}

fn member() -> impl Strategy<Value = Member> {
    (0..3u16, 0..2u64).prop_map(|(node, instance)| Member { node: NodeId(node), instance })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => member().prop_map(Step::Join),
        1 => member().prop_map(Step::Leave),
        1 => (0..3u16).prop_map(|node| Step::Disconnect(NodeId(node))),
        1 => (0..5u64).prop_map(Step::Pass),
        1 => Just(Step::Rebalance),
        4 => (member(), 0..PARTITIONS, 0..100u64)
            .prop_map(|(member, partition, next)| Step::Commit { member, partition, next }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_owner_and_no_way_back(steps in vec(step(), 1..80)) {
        let sessions = Sessions { timeout: Duration::from_secs(3), idle_max: Duration::from_secs(9) };
        let mut coordinator = Coordinator::new(sessions);
        let group = GroupId::new("topic", "group");
        let mut now = Time::from_secs(1);
        let mut owners: BTreeMap<(u64, u32), Member> = BTreeMap::new();
        let mut heard: BTreeMap<Member, u64> = BTreeMap::new();
        let mut latest = 0;
        for step in steps {
            let before = coordinator.committed(&group);
            coordinator.go_on(now);
            match step {
                Step::Join(member) => {
                    let assignment = coordinator.join(now, &group, member, PARTITIONS);
                    prop_assert!(assignment.generation >= latest, "generations never fall");
                    latest = assignment.generation;
                    heard.insert(member, latest);
                    for partition in assignment.partitions {
                        let owner = *owners.entry((latest, partition)).or_insert(member);
                        prop_assert_eq!(owner, member, "partition {} in generation {}", partition, latest);
                    }
                }
                Step::Leave(member) => coordinator.leave(&group, member),
                Step::Disconnect(node) => coordinator.disconnected(now, node),
                Step::Pass(secs) => now = now + Duration::from_secs(secs),
                Step::Rebalance => coordinator.force_rebalance(&group),
                Step::Commit { member, partition, next } => {
                    let generation = heard.get(&member).copied().unwrap_or(0);
                    let committed = coordinator.commit(now, &group, member, generation, partition, next);
                    if committed.is_ok() {
                        prop_assert_eq!(owners.get(&(generation, partition)), Some(&member), "only owners commit");
                        prop_assert!(coordinator.committed(&group)[&partition] >= next);
                    } else {
                        prop_assert_eq!(&coordinator.committed(&group), &before);
                    }
                }
            }
            for (partition, next) in before {
                prop_assert!(coordinator.committed(&group)[&partition] >= next, "commits never go back");
            }
        }
    }

    /// Once everybody has polled, every partition is read by somebody.
    #[test]
    fn nothing_is_left_unread(steps in vec(step(), 1..40), members in vec(member(), 1..6)) {
        let sessions = Sessions { timeout: Duration::from_secs(3), idle_max: Duration::from_secs(9) };
        let mut coordinator = Coordinator::new(sessions);
        let group = GroupId::new("topic", "group");
        let mut now = Time::from_secs(1);
        for step in steps {
            coordinator.go_on(now);
            match step {
                Step::Join(member) => drop(coordinator.join(now, &group, member, PARTITIONS)),
                Step::Leave(member) => coordinator.leave(&group, member),
                Step::Disconnect(node) => coordinator.disconnected(now, node),
                Step::Pass(secs) => now = now + Duration::from_secs(secs),
                Step::Rebalance => coordinator.force_rebalance(&group),
                Step::Commit { .. } => {}
            }
        }
        now = now + Duration::from_secs(9);
        coordinator.go_on(now);
        members.iter().for_each(|member| drop(coordinator.join(now, &group, *member, PARTITIONS)));
        let members: std::collections::BTreeSet<Member> = members.into_iter().collect();
        let mut read: Vec<u32> = members
            .iter()
            .flat_map(|member| coordinator.join(now, &group, *member, PARTITIONS).partitions)
            .collect();
        read.sort_unstable();
        prop_assert_eq!(read, (0..PARTITIONS).collect::<Vec<_>>());
    }
}
