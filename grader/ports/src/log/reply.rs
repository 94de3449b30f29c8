//! What a log answers.

use super::{LogError, Record};
use crate::brief::write_brief;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a log answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The record was appended.
    Appended {
        /// The partition that its key led to.
        partition: u32,
        /// Its place there.
        offset: u64,
    },
    /// To a poll.
    Polled {
        /// The group's generation.
        generation: u64,
        /// The partitions that the consumer has in that generation.
        assigned: Vec<u32>,
        /// Records of these partitions, each partition's in order.
        records: Vec<Record>,
    },
    /// The commit or leave took effect, or had nothing to do.
    Done,
    /// What a group has committed: for each partition the first offset that it is not done with.
    Committed(BTreeMap<u32, u64>),
    /// To a read.
    Records(Vec<Record>),
    /// For each partition the offset that the next record would get.
    EndOffsets(Vec<u64>),
    /// It did nothing. Never [`LogError::Trouble`].
    Refused(LogError),
}

impl Reply {
    fn words(&self) -> String {
        match self {
            Reply::Appended { partition, offset } => format!("ok {partition}@{offset}"),
            Reply::Polled { generation, records, .. } => {
                format!("generation {generation}: {}", list(records))
            }
            Reply::Done => "ok".to_owned(),
            Reply::Committed(offsets) => {
                let offsets: Vec<String> = offsets.iter().map(|(p, next)| format!("{p}@{next}")).collect();
                if offsets.is_empty() { "none".to_owned() } else { format!("before {}", offsets.join(", ")) }
            }
            Reply::Records(records) => list(records),
            Reply::EndOffsets(offsets) => {
                let offsets: Vec<String> =
                    offsets.iter().enumerate().map(|(p, end)| format!("{p}@{end}")).collect();
                offsets.join(", ")
            }
            Reply::Refused(LogError::Fenced { generation }) => format!("fenced by generation {generation}"),
            Reply::Refused(error) => error.to_string(),
        }
    }
}

fn list(records: &[Record]) -> String {
    let records: Vec<String> = records.iter().map(Record::to_string).collect();
    if records.is_empty() { "none".to_owned() } else { records.join(", ") }
}

/// The reply in a few words: `generation 2: 0@5 {"by":"ana"}`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Json, Time};

    #[track_caller]
    fn check(reply: Reply, expected: &str) {
        assert_eq!(reply.to_string(), expected);
    }

    #[test]
    fn a_few_words() {
        let record =
            Record { partition: 0, offset: 5, key: "k".into(), value: Json::from_text("7"), at: Time::EPOCH };
        check(Reply::Appended { partition: 2, offset: 17 }, "ok 2@17");
        check(
            Reply::Polled { generation: 2, assigned: vec![0], records: vec![record] },
            "generation 2: 0@5 7",
        );
        check(Reply::Polled { generation: 2, assigned: vec![0], records: vec![] }, "generation 2: none");
        check(Reply::Committed(BTreeMap::from([(0, 5), (3, 9)])), "before 0@5, 3@9");
        check(Reply::EndOffsets(vec![4, 0]), "0@4, 1@0");
        check(Reply::Refused(LogError::Fenced { generation: 3 }), "fenced by generation 3");
    }
}
