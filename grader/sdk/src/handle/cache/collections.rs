//! Hashes, sets and sorted sets. Each is made with its first field or member and gone with its last.

use super::{Cache, CacheError, decode, encode, unexpected};
use kata_ports::cache::{Command, HashCommand, Reply, SetCommand, SortedCommand, Span};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::pin::Pin;

/// Hashes: fields with values, as JSON.
impl Cache {
    /// Sets a field of a hash and says whether it is new.
    pub async fn hset<T: Serialize + ?Sized>(
        &self,
        key: impl Into<String>,
        field: impl Into<String>,
        value: &T,
    ) -> Result<bool, CacheError> {
        let (key, field) = (key.into(), field.into());
        let value = encode(&key, value)?;
        self.flag(key, Command::Hash(HashCommand::Set { field, value })).await
    }

    /// Reads a field of a hash.
    ///
    /// Errors: [`CacheError::Invalid`] if it is no `T`; else as of [`Cache`].
    pub async fn hget<T: DeserializeOwned>(
        &self,
        key: impl Into<String>,
        field: impl Into<String>,
    ) -> Result<Option<T>, CacheError> {
        let (key, field) = (key.into(), field.into());
        match self.command(key.clone(), Command::Hash(HashCommand::Get { field })).await? {
            Reply::Field(value) => value.map(|value| decode(&key, &value)).transpose(),
            other => unexpected(other),
        }
    }

    /// Reads all fields of a hash, at one moment.
    ///
    /// Errors: [`CacheError::Invalid`] if one is no `T`; else as of [`Cache`].
    pub async fn hgetall<T: DeserializeOwned>(
        &self,
        key: impl Into<String>,
    ) -> Result<BTreeMap<String, T>, CacheError> {
        let key = key.into();
        match self.command(key.clone(), Command::Hash(HashCommand::GetAll)).await? {
            Reply::Fields(fields) => {
                fields.into_iter().map(|(field, value)| Ok((field, decode(&key, &value)?))).collect()
            }
            other => unexpected(other),
        }
    }

    /// Deletes a field of a hash and says whether it was there.
    pub async fn hdel(&self, key: impl Into<String>, field: impl Into<String>) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Hash(HashCommand::Del { field: field.into() })).await
    }

    /// Adds `by` to a field of a hash that is a whole number and returns the sum. None counts as 0 and is made.
    ///
    /// Trying again after unknown trouble may count twice.
    pub async fn hincr(
        &self,
        key: impl Into<String>,
        field: impl Into<String>,
        by: i64,
    ) -> Result<i64, CacheError> {
        self.number(key.into(), Command::Hash(HashCommand::Incr { field: field.into(), by })).await
    }
}

/// Sets of texts.
impl Cache {
    /// Adds a member to a set and says whether it is new.
    pub async fn sadd(&self, key: impl Into<String>, member: impl Into<String>) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Set(SetCommand::Add { member: member.into() })).await
    }

    /// Removes a member from a set and says whether it was there.
    pub async fn srem(&self, key: impl Into<String>, member: impl Into<String>) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Set(SetCommand::Rem { member: member.into() })).await
    }

    /// Says whether a set has that member.
    pub async fn sismember(
        &self,
        key: impl Into<String>,
        member: impl Into<String>,
    ) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Set(SetCommand::IsMember { member: member.into() })).await
    }

    /// Reads all members of a set, at one moment.
    pub async fn smembers(&self, key: impl Into<String>) -> Result<BTreeSet<String>, CacheError> {
        match self.command(key.into(), Command::Set(SetCommand::Members)).await? {
            Reply::Members(members) => Ok(members),
            other => unexpected(other),
        }
    }

    /// Counts the members of a set.
    pub async fn scard(&self, key: impl Into<String>) -> Result<u64, CacheError> {
        self.count(key.into(), Command::Set(SetCommand::Card)).await
    }
}

/// Sorted sets: members ordered by score, and by name where scores are equal. A score is never NaN.
impl Cache {
    /// Adds a member to a sorted set, or gives it another score, and says whether it is new.
    pub async fn zadd(
        &self,
        key: impl Into<String>,
        member: impl Into<String>,
        score: f64,
    ) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Sorted(SortedCommand::Add { member: member.into(), score })).await
    }

    /// Removes a member from a sorted set and says whether it was there.
    pub async fn zrem(&self, key: impl Into<String>, member: impl Into<String>) -> Result<bool, CacheError> {
        self.flag(key.into(), Command::Sorted(SortedCommand::Rem { member: member.into() })).await
    }

    /// Reads a member's score.
    pub async fn zscore(
        &self,
        key: impl Into<String>,
        member: impl Into<String>,
    ) -> Result<Option<f64>, CacheError> {
        match self
            .command(key.into(), Command::Sorted(SortedCommand::Score { member: member.into() }))
            .await?
        {
            Reply::Score(score) => Ok(score),
            other => unexpected(other),
        }
    }

    /// Reads members of a sorted set with their scores, at one moment: all of them, lowest score first, unless the
    /// [`ZRange`] is told otherwise.
    pub fn zrange(&self, key: impl Into<String>) -> ZRange {
        let span = Span::Rank { from: 0, to: -1 };
        ZRange { cache: self.clone(), key: key.into(), span, descending: false, limit: None }
    }

    /// Removes all members with scores from `min` to `max`, both included, and says how many.
    pub async fn zremrangebyscore(
        &self,
        key: impl Into<String>,
        min: f64,
        max: f64,
    ) -> Result<u64, CacheError> {
        self.count(key.into(), Command::Sorted(SortedCommand::RemRangeByScore { min, max })).await
    }

    /// Counts the members of a sorted set.
    pub async fn zcard(&self, key: impl Into<String>) -> Result<u64, CacheError> {
        self.count(key.into(), Command::Sorted(SortedCommand::Card)).await
    }
}

/// A read of a sorted set that has not been sent: await it. Made by [`Cache::zrange`].
///
/// ```ignore
/// let top_ten = cache.zrange("scores").descending().ranks(0, 9).await?;
/// let this_minute = cache.zrange("hits").scores(now - 60.0, f64::INFINITY).await?;
/// ```
#[must_use = "nothing is read before this is awaited"]
pub struct ZRange {
    cache: Cache,
    key: String,
    span: Span,
    descending: bool,
    limit: Option<u32>,
}

impl ZRange {
    /// The members at these places of the order, both included, counted from 0; negative ones from the end: -1 is
    /// the last.
    pub fn ranks(self, from: i64, to: i64) -> ZRange {
        ZRange { span: Span::Rank { from, to }, ..self }
    }

    /// The members with scores from `min` to `max`, both included.
    pub fn scores(self, min: f64, max: f64) -> ZRange {
        ZRange { span: Span::Score { min, max }, ..self }
    }

    /// From the highest score to the lowest; places count from the highest then.
    pub fn descending(self) -> ZRange {
        ZRange { descending: true, ..self }
    }

    /// At most that many.
    pub fn limit(self, members: u32) -> ZRange {
        ZRange { limit: Some(members), ..self }
    }
}

impl IntoFuture for ZRange {
    type Output = Result<Vec<(String, f64)>, CacheError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let ZRange { cache, key, span, descending, limit } = self;
            match cache
                .command(key, Command::Sorted(SortedCommand::Range { span, descending, limit }))
                .await?
            {
                Reply::Scored(members) => Ok(members),
                other => unexpected(other),
            }
        })
    }
}
