//! What nodes ask of a log.

use crate::{Json, brief::write_brief};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What nodes ask of a log. A topic is made when it is first named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Appends a record.
    Append {
        /// The topic.
        topic: String,
        /// Decides the partition.
        key: String,
        /// What the record says.
        value: Json,
    },
    /// Joins a group if need be, and reads from the partitions it assigns.
    Poll(Poll),
    /// Says that a group is done with everything before an offset. Never goes back: an earlier offset than the
    /// committed one changes nothing.
    Commit {
        /// The topic.
        topic: String,
        /// The group.
        group: String,
        /// The consumer, as in [`Poll::instance`].
        instance: u64,
        /// The generation in which it polled what it commits; an old one is refused.
        generation: u64,
        /// The partition.
        partition: u32,
        /// The first offset that the group is not done with.
        next: u64,
    },
    /// Asks how far a group has committed.
    Committed {
        /// The topic.
        topic: String,
        /// The group.
        group: String,
    },
    /// Leaves a group, whose other members get the partitions.
    Leave {
        /// The topic.
        topic: String,
        /// The group.
        group: String,
        /// The consumer, as in [`Poll::instance`].
        instance: u64,
    },
    /// Reads a partition without a group.
    Read {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Records at this offset and behind it.
        from: u64,
        /// At most how many: 1 to 10,000. An answer may end sooner, and does once it holds 1 MiB; it holds at least one
        /// record if there are any.
        max: u32,
    },
    /// Asks for the offset that the next record would get, for each partition.
    EndOffsets {
        /// The topic.
        topic: String,
    },
}

/// A long poll by a consumer of a group.
///
/// The consumer keeps its own position, so that an answer that is lost loses no records: the next poll asks for them
/// again. Positions count only in the generation they belong to. After a rebalance reading goes on at what the
/// group has committed, and from the oldest record where nothing is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    /// The topic.
    pub topic: String,
    /// The group.
    pub group: String,
    /// The consumer: with its node the name of a group's member. No two lives of a node use the same.
    pub instance: u64,
    /// Tells the polls of one consumer apart.
    pub poll: u64,
    /// The generation that the consumer last heard of; 0 at first.
    pub generation: u64,
    /// Where to read on, for partitions it has read from in that generation.
    pub positions: BTreeMap<u32, u64>,
    /// At most how many records: 1 to 10,000. An answer may end sooner, and does once it holds 1 MiB.
    pub max: u32,
    /// How long to wait for a first record: at most a minute. The answer may come earlier, without records.
    pub wait: Duration,
}

impl Request {
    /// True for requests that are bound to their connection: a node that dies takes them with it, even those on
    /// their way. A poll of a dead node must not join a group in its name.
    pub fn dies_with_its_node(&self) -> bool {
        matches!(self, Request::Poll(_))
    }

    /// The topic it goes to.
    pub fn store(&self) -> &str {
        match self {
            Request::Poll(poll) => &poll.topic,
            Request::Append { topic, .. }
            | Request::Commit { topic, .. }
            | Request::Committed { topic, .. }
            | Request::Leave { topic, .. }
            | Request::Read { topic, .. }
            | Request::EndOffsets { topic } => topic,
        }
    }

    /// What it does, in a word.
    pub fn verb(&self) -> &'static str {
        match self {
            Request::Append { .. } => "append",
            Request::Poll(_) => "poll",
            Request::Commit { .. } => "commit",
            Request::Committed { .. } => "committed",
            Request::Leave { .. } => "leave",
            Request::Read { .. } => "read",
            Request::EndOffsets { .. } => "ends",
        }
    }

    fn words(&self) -> String {
        match self {
            Request::Append { topic, key, value } => format!("append {topic}/{key}  {value}"),
            Request::Poll(Poll { topic, group, max, wait, .. }) => {
                format!("poll {topic} as {group} max {max} wait {wait:?}")
            }
            Request::Commit { topic, group, generation, partition, next, .. } => {
                format!("commit {topic} as {group} before {partition}@{next} generation {generation}")
            }
            Request::Committed { topic, group } => format!("committed {topic} as {group}"),
            Request::Leave { topic, group, .. } => format!("leave {topic} as {group}"),
            Request::Read { topic, partition, from, max } => {
                format!("read {topic} {partition}@{from} max {max}")
            }
            Request::EndOffsets { topic } => format!("ends of {topic}"),
        }
    }
}

/// The request in a few words: `append clicks/a1  {"by":"ana"}`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(request: Request, expected: &str) {
        assert_eq!(request.to_string(), expected);
    }

    #[test]
    fn a_few_words() {
        let (topic, group) = (|| "clicks".to_owned(), || "counters".to_owned());
        let value = Json::from_text(r#"{"by":"ana"}"#);
        check(
            Request::Append { topic: topic(), key: "a1".into(), value },
            r#"append clicks/a1  {"by":"ana"}"#,
        );
        check(
            Request::Poll(Poll {
                topic: topic(),
                group: group(),
                instance: 1,
                poll: 1,
                generation: 0,
                positions: BTreeMap::new(),
                max: 100,
                wait: Duration::from_millis(500),
            }),
            "poll clicks as counters max 100 wait 500ms",
        );
        check(
            Request::Commit {
                topic: topic(),
                group: group(),
                instance: 1,
                generation: 2,
                partition: 3,
                next: 17,
            },
            "commit clicks as counters before 3@17 generation 2",
        );
        check(Request::Read { topic: topic(), partition: 3, from: 17, max: 10 }, "read clicks 3@17 max 10");
    }
}
