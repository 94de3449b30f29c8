//! The log: named topics of partitioned, ordered records, in the manner of Kafka and Kinesis.
//!
//! A topic is made on first use, with a number of partitions that never changes. A record's key decides its
//! partition; inside a partition records have increasing offsets, which are *not* dense. Consumers of a *group*
//! share the partitions of a topic among them and commit how far they have come; [`Coordinator`] decides who has
//! which partition, for the model as for adapters to real services.
//!
//! Start with [`Request`], then read [`Coordinator`].

#[cfg(feature = "models")]
mod coordinator;
mod error;
mod limits;
#[cfg(feature = "models")]
mod model;
#[cfg(feature = "models")]
mod partition;
mod record;
mod reply;
mod request;

#[cfg(feature = "models")]
pub use coordinator::{Assignment, Coordinator, Fenced, GroupId, Member, Sessions};
pub use error::LogError;
pub use limits::{
    KEY_BYTES_MAX, NAME_BYTES_MAX, PAGE_BYTES_MAX, PAGE_RECORDS_MAX, VALUE_BYTES_MAX, WAIT_MAX, check_limits,
};
#[cfg(feature = "models")]
pub use model::{Model, Settings};
#[cfg(feature = "models")]
pub use partition::partition_of;
pub use record::Record;
pub use reply::Reply;
pub use request::{Poll, Request};
