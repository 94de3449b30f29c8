//! Writes of one item, under way to being sent: conditions and expiry are added, then they are awaited.

use super::{Condition, Key, Table, TableError, Written, ask};
use crate::context::Context;
use crate::handle::mismatch;
use kata_ports::Time;
use kata_ports::table::{Change, Reply, Request, Write};
use serde::Serialize;
use std::future::IntoFuture;
use std::pin::Pin;

type Sent<T> = Pin<Box<dyn Future<Output = Result<T, TableError>> + Send>>;

/// A put that has not been sent: await it. Made by [`Table::put`]; yields the item's new version.
#[must_use = "nothing is put before this is awaited"]
pub struct Put(Unsent);

/// A deletion that has not been sent: await it. Made by [`Table::delete`].
#[must_use = "nothing is deleted before this is awaited"]
pub struct Delete(Unsent);

/// An addition that has not been sent: await it. Made by [`Table::add`]; yields the sum.
#[must_use = "nothing is added before this is awaited"]
pub struct Add(Unsent);

struct Unsent {
    context: Context,
    /// Or why it cannot be sent.
    write: Result<Write, TableError>,
}

impl Put {
    pub(super) fn new<T: Serialize>(table: &Table<T>, key: Key, value: &T) -> Put {
        let value = table.encode(&key, value);
        let write =
            value.map(|value| table.write(key, Condition::Any, Change::Put { value, expires_at: None }));
        Put(Unsent { context: table.context.clone(), write })
    }

    /// Puts only if that holds of the item there is; checked and put in one step.
    pub fn when(self, condition: Condition) -> Put {
        Put(self.0.when(condition))
    }

    /// From that time on, by the table's clock, the item is absent: for reads, conditions and queries, at once.
    /// Without this it stays; a put without it takes an earlier expiry back.
    pub fn expires_at(mut self, time: Time) -> Put {
        if let Ok(Write { change: Change::Put { expires_at, .. }, .. }) = &mut self.0.write {
            *expires_at = Some(time);
        }
        self
    }
}

impl Delete {
    pub(super) fn new<T>(table: &Table<T>, key: Key) -> Delete {
        Delete(Unsent {
            context: table.context.clone(),
            write: Ok(table.write(key, Condition::Any, Change::Delete)),
        })
    }

    /// Deletes only if that holds of the item there is; checked and deleted in one step.
    pub fn when(self, condition: Condition) -> Delete {
        Delete(self.0.when(condition))
    }
}

impl Add {
    pub(super) fn new<T>(table: &Table<T>, key: Key, field: String, by: i64) -> Add {
        let write = table.write(key, Condition::Any, Change::Add { field, by });
        Add(Unsent { context: table.context.clone(), write: Ok(write) })
    }

    /// Adds only if that holds of the item there is; checked and added in one step.
    pub fn when(self, condition: Condition) -> Add {
        Add(self.0.when(condition))
    }
}

impl Unsent {
    fn when(mut self, condition: Condition) -> Unsent {
        if let Ok(write) = &mut self.write {
            write.when = condition;
        }
        self
    }

    async fn send(self) -> Result<Written, TableError> {
        match ask(&self.context, Request::Write(self.write?)).await? {
            Reply::Written(written) => Ok(written),
            other => mismatch(&kata_ports::Reply::Table(other)),
        }
    }
}

fn unexpected(written: Written) -> ! {
    mismatch(&kata_ports::Reply::Table(Reply::Written(written)))
}

impl IntoFuture for Put {
    type Output = Result<u64, TableError>;
    type IntoFuture = Sent<u64>;

    fn into_future(self) -> Sent<u64> {
        Box::pin(async {
            match self.0.send().await? {
                Written::Stored { version } => Ok(version),
                other => unexpected(other),
            }
        })
    }
}

impl IntoFuture for Delete {
    type Output = Result<(), TableError>;
    type IntoFuture = Sent<()>;

    fn into_future(self) -> Sent<()> {
        Box::pin(async {
            match self.0.send().await? {
                Written::Deleted => Ok(()),
                other => unexpected(other),
            }
        })
    }
}

impl IntoFuture for Add {
    type Output = Result<i64, TableError>;
    type IntoFuture = Sent<i64>;

    fn into_future(self) -> Sent<i64> {
        Box::pin(async {
            match self.0.send().await? {
                Written::Added { total, .. } => Ok(total),
                other => unexpected(other),
            }
        })
    }
}
