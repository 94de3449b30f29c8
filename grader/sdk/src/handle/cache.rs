//! The cache: shared memory in the manner of Redis.

mod collections;
mod string;

pub use collections::ZRange;
pub use kata_ports::cache::CacheError;
pub use string::{Cached, Incr, Set};

use super::mismatch;
use crate::context::Context;
use crate::failure::PortError;
use kata_ports::cache::{Command, Reply, Request};
use kata_ports::{Json, Time, derived};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

impl PortError for CacheError {}

/// A cache that all nodes share. Every command is atomic.
///
/// A key holds a string (here: any value, as JSON), a hash, a set or a sorted set. Commands carry Redis's names;
/// one that meets another kind of value is refused with [`CacheError::WrongType`]. Keys, fields and members have 1
/// to 1,024 bytes, values at most 1 MiB of JSON.
///
/// What a cache holds may vanish at any time, a key or all of it, and its time to live is counted by its own clock.
/// Do not keep the truth here, and do not trust a lock here with it.
///
/// Errors of every method: [`CacheError::WrongType`], [`CacheError::NotANumber`], [`CacheError::Overflow`],
/// [`CacheError::Invalid`] and definite trouble have no effect; after unknown trouble a write may have happened, or may
/// yet happen. Reads have no effect.
///
/// ```ignore
/// let cache = env.cache().derived();
/// if let Some(cached) = cache.get::<Url>(&alias).await? {
///     return Ok(cached.value);
/// }
/// let url = links.get(&alias).await?.ok_or(NotFound)?.value;
/// cache.set(&alias, &url).ttl(Duration::from_secs(60)).await?;
/// ```
#[derive(Clone)]
pub struct Cache {
    context: Context,
    derived: bool,
}

impl Cache {
    /// The cache.
    #[doc(hidden)]
    pub fn new(context: Context) -> Cache {
        Cache { context, derived: false }
    }

    /// Says that what this handle writes can be rebuilt from other stores. A suite may drop it at any time, as it
    /// may drop anything in a cache, and it must come back.
    ///
    /// A derived key is another one than the key of the same name that is not derived: use one handle for both
    /// writing and reading.
    #[must_use]
    pub fn derived(self) -> Cache {
        Cache { derived: true, ..self }
    }

    /// Deletes a key, whatever it holds, and says whether it was there.
    pub async fn delete(&self, key: impl Into<String>) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Delete).await
    }

    /// Lets a key expire `ttl` from now, whatever it holds, or never if there is none. Says whether it was there.
    pub async fn expire(&self, key: impl Into<String>, ttl: Option<Duration>) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Expire { ttl }).await
    }

    /// What the cache's clock says: one clock for all nodes, however much theirs differ.
    pub async fn now(&self) -> Result<Time, CacheError> {
        match self.ask(Request::Now).await? {
            Reply::Time(time) => Ok(time),
            other => unexpected(other),
        }
    }

    async fn ask(&self, request: Request) -> Result<Reply, CacheError> {
        match self.context.ask(kata_ports::Request::Cache(request)).await? {
            kata_ports::Reply::Cache(Reply::Refused(error)) => Err(error),
            kata_ports::Reply::Cache(reply) => Ok(reply),
            other => mismatch(&other),
        }
    }

    async fn command(&self, key: String, command: Command) -> Result<Reply, CacheError> {
        let key = if self.derived { derived::mark(&key) } else { key };
        self.ask(Request::Key { key, command }).await
    }

    async fn flag(&self, key: String, command: Command) -> Result<bool, CacheError> {
        match self.command(key, command).await? {
            Reply::Flag(yes) => Ok(yes),
            other => unexpected(other),
        }
    }

    async fn number(&self, key: String, command: Command) -> Result<i64, CacheError> {
        match self.command(key, command).await? {
            Reply::Number(number) => Ok(number),
            other => unexpected(other),
        }
    }

    async fn count(&self, key: String, command: Command) -> Result<u64, CacheError> {
        match self.command(key, command).await? {
            Reply::Count(count) => Ok(count),
            other => unexpected(other),
        }
    }
}

fn encode<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<Json, CacheError> {
    Json::of(value)
        .map_err(|error| CacheError::Invalid(format!("the value for {key} cannot be JSON: {error}")))
}

fn decode<T: DeserializeOwned>(key: &str, value: &Json) -> Result<T, CacheError> {
    value
        .decode()
        .map_err(|error| CacheError::Invalid(format!("the value of {key} does not decode: {error}")))
}

fn unexpected(reply: Reply) -> ! {
    mismatch(&kata_ports::Reply::Cache(reply))
}

#[cfg(test)]
mod tests;
