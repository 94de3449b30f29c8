//! Strings: any value, as JSON, with a version.

use super::{Cache, CacheError, decode, encode, unexpected};
use kata_ports::Json;
use kata_ports::cache::{Command, OnlyIf, Reply, StringCommand};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

type Sent<T> = Pin<Box<dyn Future<Output = Result<T, CacheError>> + Send>>;

/// A string of a [`Cache`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached<T> {
    /// What it is.
    pub value: T,
    /// Rises with every write of the key and is never used again. For [`Cache::compare_and_set`].
    pub version: u64,
}

/// A string that has not been stored: await it. Made by [`Cache::set`] and [`Cache::compare_and_set`]; yields its
/// version, or nothing if its condition did not hold.
#[must_use = "nothing is stored before this is awaited"]
pub struct Set {
    cache: Cache,
    key: String,
    /// Or why it cannot be sent.
    value: Result<Json, CacheError>,
    when: When,
    ttl: Option<Duration>,
}

enum When {
    Key(OnlyIf),
    Version(u64),
}

/// An addition that has not been sent: await it. Made by [`Cache::incr`]; yields the sum.
#[must_use = "nothing is added before this is awaited"]
pub struct Incr {
    cache: Cache,
    key: String,
    by: i64,
    ttl: Option<Duration>,
}

impl Cache {
    /// Reads a string with its version.
    ///
    /// Errors: [`CacheError::Invalid`] if it is no `T`; else as of [`Cache`].
    pub async fn get<T: DeserializeOwned>(
        &self,
        key: impl Into<String>,
    ) -> Result<Option<Cached<T>>, CacheError> {
        let key = key.into();
        match self.command(key.clone(), Command::String(StringCommand::Get)).await? {
            Reply::Value(cached) => cached
                .map(|cached| Ok(Cached { value: decode(&key, &cached.value)?, version: cached.version }))
                .transpose(),
            other => unexpected(other),
        }
    }

    /// Stores a string, whatever the key held before, and returns its version. It stays until it is overwritten,
    /// deleted or evicted; see [`Set::ttl`], [`Set::only_if_absent`] and [`Set::only_if_present`].
    pub fn set<T: Serialize + ?Sized>(&self, key: impl Into<String>, value: &T) -> Set {
        self.store(key.into(), value, When::Key(OnlyIf::Any))
    }

    /// Stores a string if the one that is there has that version.
    pub fn compare_and_set<T: Serialize + ?Sized>(
        &self,
        key: impl Into<String>,
        version: u64,
        value: &T,
    ) -> Set {
        self.store(key.into(), value, When::Version(version))
    }

    fn store<T: Serialize + ?Sized>(&self, key: String, value: &T, when: When) -> Set {
        Set { cache: self.clone(), value: encode(&key, value), key, when, ttl: None }
    }

    /// Deletes a string if it has that version, and says whether it did.
    pub async fn compare_and_delete(&self, key: impl Into<String>, version: u64) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::String(StringCommand::CompareAndDelete { version })).await
    }

    /// Adds `by` to a string that is a whole number and returns the sum. None counts as 0 and is made; see
    /// [`Incr::ttl`].
    ///
    /// Trying again after unknown trouble may count twice.
    pub fn incr(&self, key: impl Into<String>, by: i64) -> Incr {
        Incr { cache: self.clone(), key: key.into(), by, ttl: None }
    }
}

impl Set {
    /// It expires that long from now, by the cache's clock; at least a millisecond. Without this it stays, also where
    /// an earlier one was to expire.
    pub fn ttl(self, ttl: Duration) -> Set {
        Set { ttl: Some(ttl), ..self }
    }

    /// Stores only if the key holds nothing.
    pub fn only_if_absent(self) -> Set {
        Set { when: When::Key(OnlyIf::Absent), ..self }
    }

    /// Stores only if the key holds something, of whatever kind.
    pub fn only_if_present(self) -> Set {
        Set { when: When::Key(OnlyIf::Present), ..self }
    }
}

impl IntoFuture for Set {
    type Output = Result<Option<u64>, CacheError>;
    type IntoFuture = Sent<Option<u64>>;

    fn into_future(self) -> Sent<Option<u64>> {
        Box::pin(async move {
            let (value, ttl) = (self.value?, self.ttl);
            let command = match self.when {
                When::Key(only_if) => StringCommand::Set { value, only_if, ttl },
                When::Version(version) => StringCommand::CompareAndSet { version, value, ttl },
            };
            match self.cache.command(self.key, Command::String(command)).await? {
                Reply::Stored(version) => Ok(version),
                other => unexpected(other),
            }
        })
    }
}

impl Incr {
    /// If this makes the key, it expires that long from now, by the cache's clock; at least a millisecond. A key that
    /// is there keeps its time: so a counter of a window ends with the window.
    pub fn ttl(self, ttl: Duration) -> Incr {
        Incr { ttl: Some(ttl), ..self }
    }
}

impl IntoFuture for Incr {
    type Output = Result<i64, CacheError>;
    type IntoFuture = Sent<i64>;

    fn into_future(self) -> Sent<i64> {
        Box::pin(async move {
            let command = StringCommand::Incr { by: self.by, ttl: self.ttl };
            self.cache.number(self.key, Command::String(command)).await
        })
    }
}
