//! The log's handles on the log's model.

use super::*;
use crate::handle::rig::Rig;
use std::collections::BTreeMap;
use std::time::Duration;

fn topic(rig: &Rig) -> Topic<u32> {
    Topic::new(rig.context.clone(), "t")
}

fn fill(rig: &mut Rig, count: u32) -> Topic<u32> {
    let topic = topic(rig);
    for value in 0..count {
        rig.run(topic.append(format!("k{value}"), &value)).unwrap();
    }
    topic
}

fn values(records: &[Record<u32>]) -> Vec<u32> {
    let mut values: Vec<u32> = records.iter().map(|record| record.value).collect();
    values.sort_unstable();
    values
}

const NOW: Duration = Duration::ZERO;

#[test]
fn appends_and_reads() {
    let mut rig = Rig::new();
    let topic = topic(&rig);
    let (partition, first) = rig.run(topic.append("ana", &7)).unwrap();
    let (same, second) = rig.run(topic.append("ana", &8)).unwrap();
    assert!(same == partition && second > first);
    assert_eq!(values(&rig.run(topic.read(partition, first, 10)).unwrap()), [7, 8]);
    assert_eq!(values(&rig.run(topic.read(partition, first + 1, 10)).unwrap()), [8]);
    assert!(rig.run(topic.end_offsets()).unwrap()[partition as usize] > second);
    assert_eq!(rig.run(topic.partitions()), Ok(4));
    assert!(matches!(rig.run(topic.read(9, 0, 10)), Err(LogError::Invalid(_))));
}

#[test]
fn a_consumer_reads_on() {
    let mut rig = Rig::new();
    let topic = fill(&mut rig, 20);
    let mut consumer = topic.consumer("g");
    let mut all = Vec::new();
    for _ in 0..7 {
        all.extend(rig.run(consumer.poll(3, NOW)).unwrap());
    }
    assert_eq!(values(&all), (0..20).collect::<Vec<_>>());
    assert_eq!(consumer.assigned(), [0, 1, 2, 3]);
}

#[test]
fn what_is_not_committed_comes_again() {
    let mut rig = Rig::new();
    let topic = fill(&mut rig, 20);
    let mut first = topic.consumer("g");
    let records = rig.run(first.poll(100, NOW)).unwrap();
    let last = records.iter().rfind(|record| record.partition == 1).unwrap();
    rig.run(first.commit(last)).unwrap();
    assert_eq!(rig.run(first.committed()).unwrap(), BTreeMap::from([(1, last.offset + 1)]));
    rig.run(first.leave()).unwrap();
    let mut second = topic.consumer("g");
    let again = rig.run(second.poll(100, NOW)).unwrap();
    assert_eq!(again.len(), records.iter().filter(|record| record.partition != 1).count());
}

#[test]
fn a_rebalance_fences_commits() {
    let mut rig = Rig::new();
    let topic = fill(&mut rig, 20);
    let mut first = topic.consumer("g");
    let records = rig.run(first.poll(100, NOW)).unwrap();
    let mut second = topic.consumer("g");
    rig.run(second.poll(1, NOW)).unwrap();
    assert_eq!(rig.run(first.commit(&records[0])), Err(LogError::Fenced { generation: 2 }));
    let again = rig.run(first.poll(100, NOW)).unwrap();
    assert_eq!(first.assigned(), [0, 2]);
    assert!(again.iter().all(|record| [0, 2].contains(&record.partition)));
    assert_eq!(rig.run(first.commit(&records[0])), Err(LogError::Fenced { generation: 2 }), "polled before");
    assert_eq!(rig.run(first.commit(&again[0])), Ok(()));
}

#[test]
fn a_lost_answer_loses_no_records() {
    let mut rig = Rig::new();
    let topic = fill(&mut rig, 5);
    let mut consumer = topic.consumer("g");
    rig.answers_to_lose = 1;
    assert!(rig.run(consumer.poll(100, NOW)).is_err());
    assert_eq!(rig.run(consumer.poll(100, NOW)).unwrap().len(), 5);
}

#[test]
fn seeking_reads_again() {
    let mut rig = Rig::new();
    let topic = topic(&rig);
    let (partition, offset) = rig.run(topic.append("ana", &7)).unwrap();
    let mut consumer = topic.consumer("g");
    assert!(matches!(consumer.seek(partition, offset), Err(LogError::Invalid(_))));
    assert_eq!(rig.run(consumer.poll(9, NOW)).unwrap().len(), 1);
    assert_eq!(rig.run(consumer.poll(9, NOW)).unwrap().len(), 0);
    consumer.seek(partition, offset).unwrap();
    assert_eq!(rig.run(consumer.poll(9, NOW)).unwrap().len(), 1);
}

#[test]
fn poison_does_not_stop_a_consumer() {
    let mut rig = Rig::new();
    let topic = topic(&rig);
    let poison: Topic<String> = Topic::new(rig.context.clone(), "t");
    rig.run(topic.append("ana", &1)).unwrap();
    let (partition, offset) = rig.run(poison.append("ana", &"poison".to_owned())).unwrap();
    rig.run(topic.append("ana", &2)).unwrap();
    let mut consumer = topic.consumer("g");
    assert_eq!(values(&rig.run(consumer.poll(9, NOW)).unwrap()), [1]);
    let error = rig.run(consumer.poll(9, NOW)).unwrap_err();
    assert!(
        matches!(error, LogError::Undecodable { partition: p, offset: o, .. } if (p, o) == (partition, offset))
    );
    rig.run(consumer.commit_through(partition, offset)).unwrap();
    assert_eq!(values(&rig.run(consumer.poll(9, NOW)).unwrap()), [2]);
}
