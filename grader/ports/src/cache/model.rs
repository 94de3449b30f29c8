//! The cache's behaviour: a pure state machine.

use super::sorted::Sorted;
use super::{CacheError, Cached, Command, OnlyIf, Reply, Request, StringCommand, check_limits, hash};
use crate::{Handled, Json, NodeId, Service, Time, derived};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A cache and all it holds.
#[derive(Clone, Debug, Default)]
pub struct Model {
    now: Time,
    /// The last version given to any string: one counter for all, so that versions are never used again.
    version: u64,
    entries: BTreeMap<String, Entry>,
    /// When which keys expire: exactly those that are there and expire.
    expiries: BTreeSet<(Time, String)>,
}

#[derive(Clone, Debug)]
struct Entry {
    data: Data,
    expires_at: Option<Time>,
}

#[derive(Clone, Debug)]
enum Data {
    String(Cached),
    Hash(BTreeMap<String, Json>),
    Set(BTreeSet<String>),
    Sorted(Sorted),
}

/// Data of one kind that is a key only while it is not empty.
trait Collection: Default + Into<Data> {
    fn of(data: &mut Data) -> Option<&mut Self>;
    fn is_empty(&self) -> bool;
}

impl Model {
    /// An empty cache.
    pub fn new() -> Model {
        Model::default()
    }

    /// All keys there are, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// How many keys are left at `now`, without those that have expired.
    pub fn keys_left(&self, now: Time) -> usize {
        let lasts = |entry: &&Entry| entry.expires_at.is_none_or(|at| at > now);
        self.entries.values().filter(lasts).count()
    }

    /// Drops every key that is not kept, as a cache does that runs out of memory.
    pub fn evict(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.entries.retain(|key, _| keep(key));
        self.expiries.retain(|(_, key)| self.entries.contains_key(key));
    }

    /// Drops everything, as a cache does that restarts.
    pub fn clear(&mut self) {
        self.evict(|_| false);
    }

    /// Drops all keys that were marked as derived.
    pub fn wipe_derived(&mut self) {
        self.evict(|key| !derived::is_marked(key));
    }

    fn command(&mut self, key: &str, command: &Command) -> Result<Reply, CacheError> {
        match command {
            Command::Delete => Ok(Reply::Flag(self.remove(key))),
            Command::Expire { ttl } => Ok(Reply::Flag(self.expire(key, self.end(*ttl)))),
            Command::String(command) => self.string(key, command),
            Command::Hash(command) => self.with(key, |hash| command.apply(key, hash)),
            Command::Set(command) => self.with(key, |set: &mut BTreeSet<String>| Ok(command.apply(set))),
            Command::Sorted(command) => self.with(key, |sorted: &mut Sorted| Ok(command.apply(sorted))),
        }
    }

    fn string(&mut self, key: &str, command: &StringCommand) -> Result<Reply, CacheError> {
        if let StringCommand::Set { value, only_if, ttl } = command {
            let holds = match only_if {
                OnlyIf::Any => true,
                OnlyIf::Absent => !self.entries.contains_key(key),
                OnlyIf::Present => self.entries.contains_key(key),
            };
            return Ok(Reply::Stored(holds.then(|| self.store(key, value.clone(), self.end(*ttl)))));
        }
        let (current, expires_at) = match self.entries.get(key) {
            Some(Entry { data: Data::String(cached), expires_at }) => (Some(cached), Some(*expires_at)),
            Some(entry) => return Err(wrong_type(key, &entry.data)),
            None => (None, None),
        };
        let has = |version: &u64| current.is_some_and(|cached| cached.version == *version);
        Ok(match command {
            StringCommand::Get => Reply::Value(current.cloned()),
            StringCommand::CompareAndSet { version, value, ttl } => {
                Reply::Stored(has(version).then(|| self.store(key, value.clone(), self.end(*ttl))))
            }
            StringCommand::CompareAndDelete { version } => Reply::Flag(has(version) && self.remove(key)),
            StringCommand::Incr { by, ttl } => {
                let sum = hash::add(key, current.map(|cached| &cached.value), *by)?;
                let expires_at = expires_at.unwrap_or_else(|| self.end(*ttl));
                self.store(key, Json::from_text(sum.to_string()), expires_at);
                Reply::Number(sum)
            }
            StringCommand::Set { .. } => unreachable!("answered above"),
        })
    }

    /// When what begins now ends.
    fn end(&self, ttl: Option<Duration>) -> Option<Time> {
        ttl.map(|ttl| self.now + ttl)
    }

    fn store(&mut self, key: &str, value: Json, expires_at: Option<Time>) -> u64 {
        self.version += 1;
        let version = self.version;
        self.remove(key);
        self.entries.insert(
            key.to_owned(),
            Entry { data: Data::String(Cached { value, version }), expires_at: None },
        );
        self.expire(key, expires_at);
        version
    }

    fn remove(&mut self, key: &str) -> bool {
        self.expire(key, None);
        self.entries.remove(key).is_some()
    }

    /// Lets a key end then, and says whether it is there.
    fn expire(&mut self, key: &str, expires_at: Option<Time>) -> bool {
        let Some(entry) = self.entries.get_mut(key) else { return false };
        let before = std::mem::replace(&mut entry.expires_at, expires_at);
        if let Some(before) = before {
            self.expiries.remove(&(before, key.to_owned()));
        }
        if let Some(expires_at) = expires_at {
            self.expiries.insert((expires_at, key.to_owned()));
        }
        true
    }

    /// Applies a command to the collection at `key`, an empty one if there is none. What is empty afterwards goes.
    fn with<C: Collection>(
        &mut self,
        key: &str,
        apply: impl FnOnce(&mut C) -> Result<Reply, CacheError>,
    ) -> Result<Reply, CacheError> {
        match self.entries.get_mut(key) {
            Some(entry) => {
                let Some(collection) = C::of(&mut entry.data) else {
                    return Err(wrong_type(key, &entry.data));
                };
                let reply = apply(collection)?;
                if collection.is_empty() {
                    self.remove(key);
                }
                Ok(reply)
            }
            None => {
                let mut collection = C::default();
                let reply = apply(&mut collection)?;
                if !collection.is_empty() {
                    self.entries.insert(key.to_owned(), Entry { data: collection.into(), expires_at: None });
                }
                Ok(reply)
            }
        }
    }

    /// Goes on to `now`: what has expired is gone. Time never goes back.
    fn go_on(&mut self, now: Time) {
        self.now = self.now.max(now);
        while self.expiries.first().is_some_and(|(at, _)| *at <= self.now) {
            if let Some((_, key)) = self.expiries.pop_first() {
                self.entries.remove(&key);
            }
        }
    }
}

impl Service for Model {
    type Request = Request;
    type Reply = Reply;

    fn handle(&mut self, now: Time, _from: NodeId, request: &Request) -> Handled<Reply> {
        self.go_on(now);
        let reply = check_limits(request).and_then(|()| match request {
            Request::Key { key, command } => self.command(key, command),
            Request::Now => Ok(Reply::Time(self.now)),
        });
        Handled::Reply(reply.unwrap_or_else(Reply::Refused))
    }
}

fn wrong_type(key: &str, data: &Data) -> CacheError {
    let holds = match data {
        Data::String(_) => "string",
        Data::Hash(_) => "hash",
        Data::Set(_) => "set",
        Data::Sorted(_) => "sorted set",
    };
    CacheError::WrongType { key: key.to_owned(), holds: holds.to_owned() }
}

macro_rules! collection {
    ($type:ty, $variant:ident) => {
        impl Collection for $type {
            fn of(data: &mut Data) -> Option<&mut $type> {
                if let Data::$variant(collection) = data { Some(collection) } else { None }
            }

            fn is_empty(&self) -> bool {
                self.is_empty()
            }
        }

        impl From<$type> for Data {
            fn from(collection: $type) -> Data {
                Data::$variant(collection)
            }
        }
    };
}

collection!(BTreeMap<String, Json>, Hash);
collection!(BTreeSet<String>, Set);
collection!(Sorted, Sorted);

#[cfg(test)]
mod tests;
