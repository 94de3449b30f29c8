//! One partition of a topic: records in order.

use super::{PAGE_BYTES_MAX, Record};
use crate::{Json, Time};
use std::collections::VecDeque;

/// The partition that a key leads to, the same for ever and everywhere.
///
/// # Panics
///
/// If there are no partitions.
pub fn partition_of(key: &str, partitions: u32) -> u32 {
    (hash(key.as_bytes()) % u64::from(partitions)) as u32
}

/// FNV-1a, then SplitMix64's finaliser, for alike keys leave FNV's upper bits alike. Short, and written down where
/// every adapter can find it.
fn hash(bytes: &[u8]) -> u64 {
    let fnv1a = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, fnv1a);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Records in order of their offsets.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    index: u32,
    /// The offset that the next record gets.
    next: u64,
    records: VecDeque<Record>,
}

impl Partition {
    pub(super) fn new(index: u32) -> Partition {
        // Offsets of different partitions have nothing to do with each other.
        let next = gap(index, u64::MAX);
        Partition { index, next, records: VecDeque::new() }
    }

    /// Appends a record and returns its offset.
    pub(super) fn append(&mut self, now: Time, key: &str, value: &Json) -> u64 {
        let offset = self.next;
        self.next += 1 + gap(self.index, offset);
        let (key, value) = (key.to_owned(), value.clone());
        self.records.push_back(Record { partition: self.index, offset, key, value, at: now });
        offset
    }

    /// Records at `from` and behind it.
    pub(super) fn from(&self, from: u64) -> impl Iterator<Item = &Record> {
        self.records.range(self.records.partition_point(|record| record.offset < from)..)
    }

    /// The offset that the next record gets.
    pub(super) fn end(&self) -> u64 {
        self.next
    }

    /// Drops the records of `oldest` and before.
    pub(super) fn forget(&mut self, oldest: Time) {
        while self.records.front().is_some_and(|record| record.at <= oldest) {
            self.records.pop_front();
        }
    }

    /// Drops all records. Offsets go on where they were.
    pub(super) fn wipe(&mut self) {
        self.records.clear();
    }
}

/// How many offsets are left out behind `offset`: none mostly, but often enough that nobody counts on density.
/// (Kafka's compaction and transaction markers leave such holes.)
fn gap(partition: u32, offset: u64) -> u64 {
    let hash = hash(&(offset ^ (u64::from(partition) << 48)).to_be_bytes());
    [0, 0, 0, 0, 1, 0, 3, 0][(hash >> 61) as usize]
}

/// Takes records until there are `max` of them or they are large enough for one answer.
pub(super) struct Page {
    pub(super) records: Vec<Record>,
    max: usize,
    bytes: usize,
}

impl Page {
    pub(super) fn new(max: u32) -> Page {
        Page { records: Vec::new(), max: max as usize, bytes: 0 }
    }

    pub(super) fn take<'a>(&mut self, records: impl Iterator<Item = &'a Record>) {
        for record in records {
            if self.records.len() >= self.max || self.bytes >= PAGE_BYTES_MAX {
                return;
            }
            self.bytes += record.key.len() + record.value.text().len();
            self.records.push(record.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_increase_and_are_not_dense() {
        for index in 0..4 {
            let mut partition = Partition::new(index);
            let offsets: Vec<u64> =
                (0..100).map(|_| partition.append(Time::EPOCH, "k", &Json::from_text("1"))).collect();
            assert!(offsets.is_sorted_by(|a, b| a < b));
            assert!(offsets[99] - offsets[0] > 110, "partition {index}: {offsets:?}");
            assert!(partition.end() > offsets[99]);
        }
    }

    #[test]
    fn keys_spread_over_the_partitions() {
        let mut counts = [0; 4];
        for i in 0..4_000 {
            counts[partition_of(&format!("user-{i}"), 4) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_key_keeps_its_partition() {
        // Written down, because adapters and stored data depend on it.
        assert_eq!(["", "a", "b", "ana"].map(|key| partition_of(key, 16)), [11, 8, 5, 10]);
    }

    #[test]
    fn an_answer_is_limited_in_records_and_bytes() {
        let mut partition = Partition::new(0);
        for _ in 0..5 {
            partition.append(Time::EPOCH, "k", &Json::from_text("x".repeat(400 << 10)));
        }
        let taken = |max| {
            let mut page = Page::new(max);
            page.take(partition.from(0));
            page.records.len()
        };
        assert_eq!((taken(2), taken(9)), (2, 3));
    }
}
