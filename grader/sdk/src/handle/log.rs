//! Topics: a partitioned log in the manner of Kafka and Kinesis.

mod consumer;

pub use consumer::Consumer;
pub use kata_ports::log::LogError;

use super::mismatch;
use crate::context::Context;
use crate::failure::PortError;
use kata_ports::log::{Reply, Request};
use kata_ports::{Json, Time, derived};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

impl PortError for LogError {}

/// A topic of records of type `T`, kept as JSON.
///
/// A record's key decides its partition, and a partition keeps its records in order: what must stay in order
/// shares a key. Records have increasing *offsets* inside their partition; do not count on their being dense. A
/// topic has a fixed number of partitions from its first use on, and forgets records when they are as old as its
/// retention.
///
/// A key has at most 1,024 bytes and a value 1 MiB of JSON.
///
/// ```ignore
/// let clicks: Topic<Click> = env.topic("clicks");
/// clicks.append(&click.ad, &click).await?;
///
/// let mut consumer = clicks.consumer("counters");
/// loop {
///     for record in consumer.poll(100, Duration::from_secs(1)).await? {
///         count(&record.value).await?;        // may come again: count each offset once
///         consumer.commit(&record).await?;
///     }
/// }
/// ```
pub struct Topic<T> {
    context: Context,
    name: Arc<str>,
    of: PhantomData<fn(T) -> T>,
}

/// A record of a [`Topic`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record<T> {
    /// The partition that its key led to.
    pub partition: u32,
    /// Its place there.
    pub offset: u64,
    /// Decides the partition.
    pub key: String,
    /// What it says.
    pub value: T,
    /// When it was appended, by the log's clock.
    pub at: Time,
    /// The group's generation in which it was polled; 0 outside a group.
    generation: u64,
}

impl<T> Topic<T> {
    /// The topic of that name.
    #[doc(hidden)]
    pub fn new(context: Context, name: impl Into<Arc<str>>) -> Topic<T> {
        Topic { context, name: name.into(), of: PhantomData }
    }

    /// Says that this topic can be rebuilt from other stores. A suite may drop its records at any time, and what they
    /// said must come back. Offsets go on where they were.
    ///
    /// A derived topic is another one than the topic of the same name that is not derived: mark every handle on it.
    #[must_use]
    pub fn derived(self) -> Topic<T> {
        Topic { name: derived::mark(&self.name).into(), ..self }
    }

    /// A new member of a consumer group of this topic; see [`Consumer`]. Joins with its first poll.
    pub fn consumer(&self, group: impl Into<Arc<str>>) -> Consumer<T> {
        Consumer::new(self, group.into())
    }

    /// How many partitions the topic has. They are counted from 0.
    ///
    /// Errors: only trouble. A read has no effect.
    pub async fn partitions(&self) -> Result<u32, LogError> {
        Ok(u32::try_from(self.end_offsets().await?.len()).unwrap_or(u32::MAX))
    }

    /// For each partition the offset that its next record will get: greater than those of all its records so far.
    ///
    /// Errors: only trouble. A read has no effect.
    pub async fn end_offsets(&self) -> Result<Vec<u64>, LogError> {
        match ask(&self.context, Request::EndOffsets { topic: self.name.to_string() }).await? {
            Reply::EndOffsets(offsets) => Ok(offsets),
            other => unexpected(other),
        }
    }
}

impl<T: Serialize> Topic<T> {
    /// Appends a record and returns its partition and offset.
    ///
    /// Errors: [`LogError::Invalid`] and definite trouble have no effect. After unknown trouble the record may be
    /// there, or may yet come: appending it again may make two.
    pub async fn append(&self, key: impl Into<String>, value: &T) -> Result<(u32, u64), LogError> {
        let (topic, key) = (self.name.to_string(), key.into());
        let why = |error| LogError::Invalid(format!("the value for {topic}/{key} cannot be JSON: {error}"));
        let value = Json::of(value).map_err(why)?;
        match ask(&self.context, Request::Append { topic, key, value }).await? {
            Reply::Appended { partition, offset } => Ok((partition, offset)),
            other => unexpected(other),
        }
    }
}

impl<T: DeserializeOwned> Topic<T> {
    /// Reads up to `max` (1 to 10,000) records of a partition, those at offset `from` and behind it, without a
    /// group: to replay a topic. An answer may hold fewer although there are more, and ends once it holds 1 MiB; only
    /// none at all means that nothing is there.
    ///
    /// A record that is no `T` ends the answer before it. If it is the first, it is the error
    /// [`LogError::Undecodable`]: read on behind its offset.
    ///
    /// Other errors: [`LogError::Invalid`] for a partition that does not exist or a `max` out of range. A read has
    /// no effect.
    pub async fn read(&self, partition: u32, from: u64, max: u32) -> Result<Vec<Record<T>>, LogError> {
        let request = Request::Read { topic: self.name.to_string(), partition, from, max };
        match ask(&self.context, request).await? {
            Reply::Records(records) => decode(records, 0),
            other => unexpected(other),
        }
    }
}

/// The records up to the first that is no `T`; that one's error if there are none before it.
fn decode<T: DeserializeOwned>(
    records: Vec<kata_ports::log::Record>,
    generation: u64,
) -> Result<Vec<Record<T>>, LogError> {
    let mut decoded = Vec::with_capacity(records.len());
    for record in records {
        let kata_ports::log::Record { partition, offset, key, value, at } = record;
        match value.decode() {
            Ok(value) => decoded.push(Record { partition, offset, key, value, at, generation }),
            Err(error) if decoded.is_empty() => {
                return Err(LogError::Undecodable { partition, offset, why: error.to_string() });
            }
            Err(_) => break,
        }
    }
    Ok(decoded)
}

/// Asks the log service.
async fn ask(context: &Context, request: Request) -> Result<Reply, LogError> {
    match context.ask(kata_ports::Request::Log(request)).await? {
        kata_ports::Reply::Log(Reply::Refused(error)) => Err(error),
        kata_ports::Reply::Log(reply) => Ok(reply),
        other => mismatch(&other),
    }
}

fn unexpected(reply: Reply) -> ! {
    mismatch(&kata_ports::Reply::Log(reply))
}

impl<T> Clone for Topic<T> {
    fn clone(&self) -> Topic<T> {
        Topic { context: self.context.clone(), name: self.name.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for Topic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests;
