//! Tables: a database in the manner of DynamoDB and Cassandra.

mod query;
mod transaction;
mod write;

pub use kata_ports::table::{Condition, Key, TableError, Written};
pub use query::{Page, Query, Scan};
pub use transaction::Transaction;
pub use write::{Add, Delete, Put};

use super::mismatch;
use crate::context::Context;
use crate::failure::PortError;
use kata_ports::table::{Change, Consistency, Reply, Request};
use kata_ports::{Json, derived};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

impl PortError for TableError {}

/// A table of items of type `T`, kept as JSON.
///
/// An item is found by its [`Key`]: a partition, or a partition and a sort key. Anything that is `Into<Key>` will
/// do: `"ana"`, `("event-1", "A1")`, a `String`, a pair of `String`s. A key has at most 1,024 bytes and a value 400
/// KiB of JSON. Items of a partition are ordered by their sort keys, byte by byte: pad numbers with zeros.
///
/// Two writers that read, decide and write will overwrite each other. Let the table decide: say what must hold with
/// [`Put::when`], and several writes at once with `env.transaction()`.
///
/// ```ignore
/// let seats: Table<Seat> = env.table("seats");
/// match seats.put(("event-1", "A1"), &Seat::held_by("ana")).when(Condition::Absent).await {
///     Ok(version) => println!("held, version {version}"),
///     Err(TableError::ConditionFailed { current: Some(item), .. }) => println!("taken: {:?}", item.decode::<Seat>()?),
///     Err(error) if error.is_definite() => println!("not held: {error}"),
///     Err(error) => println!("held or not, who knows: {error}"),
/// }
/// ```
pub struct Table<T> {
    context: Context,
    name: Arc<str>,
    of: PhantomData<fn(T) -> T>,
}

/// An item of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<T> {
    /// Where it is.
    pub key: Key,
    /// What it is.
    pub value: T,
    /// Rises with every write of the item and is never used again, not even after the item was deleted and written
    /// anew. For [`Condition::Version`].
    pub version: u64,
}

impl<T> Table<T> {
    /// The table of that name.
    #[doc(hidden)]
    pub fn new(context: Context, name: impl Into<Arc<str>>) -> Table<T> {
        Table { context, name: name.into(), of: PhantomData }
    }

    /// Says that this table can be rebuilt from other stores. A suite may empty it at any time, and what it held must
    /// come back.
    ///
    /// A derived table is another one than the table of the same name that is not derived: mark every handle on it.
    #[must_use]
    pub fn derived(self) -> Table<T> {
        Table { name: derived::mark(&self.name).into(), ..self }
    }

    /// Deletes an item. Nothing happens if there is none. Without effect unless its condition holds; see
    /// [`Delete::when`].
    ///
    /// Errors: [`TableError::ConditionFailed`], [`TableError::Invalid`] and definite trouble have no effect; after
    /// unknown trouble the item may be deleted, or may yet be.
    pub fn delete(&self, key: impl Into<Key>) -> Delete {
        Delete::new(self, key.into())
    }

    /// Adds `by` to a whole number in a field of an item, atomically, and returns the sum. A missing item or field
    /// counts as 0 and is made. An item that is there keeps its time of expiry.
    ///
    /// Names of nested objects are joined with dots; the empty name is the whole value, for a `Table<i64>`.
    ///
    /// Errors: [`TableError::NotANumber`], [`TableError::Overflow`], [`TableError::ConditionFailed`],
    /// [`TableError::Invalid`] and definite trouble have no effect. After unknown trouble the addition may have
    /// happened or may yet happen: trying again may count twice.
    pub fn add(&self, key: impl Into<Key>, field: impl Into<String>, by: i64) -> Add {
        Add::new(self, key.into(), field.into(), by)
    }

    /// Reads items of one partition in the order of their sort keys; see [`Query`].
    pub fn query(&self, partition: impl Into<String>) -> Query<T> {
        Query::new(self, partition.into())
    }

    /// Reads items of all partitions in the order of their keys; see [`Scan`].
    pub fn scan(&self) -> Scan<T> {
        Scan::new(self)
    }

    fn write(&self, key: Key, when: Condition, change: Change) -> kata_ports::table::Write {
        kata_ports::table::Write { table: self.name.to_string(), key, when, change }
    }
}

impl<T: Serialize> Table<T> {
    /// Puts an item, replacing the one there may be, and returns its new version. Without effect unless its
    /// condition holds; see [`Put::when`] and [`Put::expires_at`].
    ///
    /// Errors: [`TableError::ConditionFailed`], [`TableError::Invalid`] and definite trouble have no effect; after
    /// unknown trouble the item may be put, or may yet be.
    pub fn put(&self, key: impl Into<Key>, value: &T) -> Put {
        Put::new(self, key.into(), value)
    }

    fn encode(&self, key: &Key, value: &T) -> Result<Json, TableError> {
        let why =
            |error| TableError::Invalid(format!("the value for {}/{key} cannot be JSON: {error}", self.name));
        Json::of(value).map_err(why)
    }
}

impl<T: DeserializeOwned> Table<T> {
    /// Reads an item as it is now: every write that was answered before is seen.
    ///
    /// Errors: [`TableError::Invalid`] if the value is no `T`, naming the key. A read has no effect.
    pub async fn get(&self, key: impl Into<Key>) -> Result<Option<Item<T>>, TableError> {
        self.read(key.into(), Consistency::Strong).await
    }

    /// Reads an item as it was a moment ago: cheaper than [`get`](Table::get), but the writes of the last moments
    /// may be missing, your own too. How long a moment is at most, the contract says.
    ///
    /// Errors: as of [`get`](Table::get).
    pub async fn get_eventual(&self, key: impl Into<Key>) -> Result<Option<Item<T>>, TableError> {
        self.read(key.into(), Consistency::Eventual).await
    }

    async fn read(&self, key: Key, consistency: Consistency) -> Result<Option<Item<T>>, TableError> {
        let request = Request::Get { table: self.name.to_string(), key, consistency };
        match ask(&self.context, request).await? {
            Reply::Got(item) => item.map(decode).transpose(),
            other => mismatch(&kata_ports::Reply::Table(other)),
        }
    }
}

/// Asks the table service.
async fn ask(context: &Context, request: Request) -> Result<Reply, TableError> {
    match context.ask(kata_ports::Request::Table(request)).await? {
        kata_ports::Reply::Table(Reply::Refused(error)) => Err(error),
        kata_ports::Reply::Table(reply) => Ok(reply),
        other => mismatch(&other),
    }
}

fn decode<T: DeserializeOwned>(item: kata_ports::table::Item) -> Result<Item<T>, TableError> {
    Ok(Item { value: item.decode()?, key: item.key, version: item.version })
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Table<T> {
        Table { context: self.context.clone(), name: self.name.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests;
