//! The cache: shared memory in the manner of Redis.
//!
//! A key holds a string (any JSON value here), a hash, a set or a sorted set, and may expire. Every command is
//! atomic. What a cache holds may vanish at any time: it is no database.
//!
//! Start with [`Request`]; each kind of value has its commands in a file of its own.

mod error;
mod hash;
mod limits;
#[cfg(feature = "models")]
mod model;
mod reply;
mod request;
mod set;
mod sorted;
mod string;

pub use error::CacheError;
pub use hash::HashCommand;
pub use limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX, check_limits};
#[cfg(feature = "models")]
pub use model::Model;
pub use reply::{Cached, Reply};
pub use request::{Command, Request};
pub use set::SetCommand;
pub use sorted::{SortedCommand, Span};
pub use string::{OnlyIf, StringCommand};
