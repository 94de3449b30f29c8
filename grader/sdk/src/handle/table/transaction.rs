//! Several writes as one.

use super::{Condition, Key, Table, TableError, Written, ask};
use crate::context::Context;
use crate::handle::mismatch;
use kata_ports::Time;
use kata_ports::table::{Change, Reply, Request, Write};
use serde::Serialize;

/// Up to 100 writes of items in any tables and partitions that happen together or not at all. Made by
/// `env.transaction()`.
///
/// All conditions see the items as they were before the transaction. No item may occur twice, and keys and values
/// hold at most 4 MiB together.
///
/// ```ignore
/// env.transaction()
///     .put(&seats, ("event-1", "A1"), &Seat::sold_to("ana"), Condition::field("held_by", "ana"))
///     .delete(&holds, hold_id, Condition::Present)
///     .add(&sales, "event-1", "sold", 1)
///     .commit()
///     .await?;
/// ```
#[must_use = "nothing is written before `commit` is awaited"]
pub struct Transaction {
    context: Context,
    /// Or why it cannot be sent.
    writes: Result<Vec<Write>, TableError>,
}

impl Transaction {
    /// An empty transaction.
    #[doc(hidden)]
    pub fn new(context: Context) -> Transaction {
        Transaction { context, writes: Ok(Vec::new()) }
    }

    /// Puts an item, as [`Table::put`] does.
    pub fn put<T: Serialize>(
        self,
        table: &Table<T>,
        key: impl Into<Key>,
        value: &T,
        when: Condition,
    ) -> Transaction {
        self.put_value(table, key.into(), value, when, None)
    }

    /// Puts an item that is absent from `expires_at` on, as [`Put::expires_at`](super::Put::expires_at) says.
    pub fn put_until<T: Serialize>(
        self,
        table: &Table<T>,
        key: impl Into<Key>,
        value: &T,
        when: Condition,
        expires_at: Time,
    ) -> Transaction {
        self.put_value(table, key.into(), value, when, Some(expires_at))
    }

    /// Deletes an item, as [`Table::delete`] does.
    pub fn delete<T>(self, table: &Table<T>, key: impl Into<Key>, when: Condition) -> Transaction {
        self.with(table.write(key.into(), when, Change::Delete))
    }

    /// Adds to a field of an item, as [`Table::add`] does.
    pub fn add<T>(
        self,
        table: &Table<T>,
        key: impl Into<Key>,
        field: impl Into<String>,
        by: i64,
    ) -> Transaction {
        self.with(table.write(key.into(), Condition::Any, Change::Add { field: field.into(), by }))
    }

    /// Writes nothing, but demands that something holds of an item.
    pub fn check<T>(self, table: &Table<T>, key: impl Into<Key>, when: Condition) -> Transaction {
        self.with(table.write(key.into(), when, Change::Check))
    }

    /// Does all the writes or none, and says what became of each, in their order.
    ///
    /// Errors: [`TableError::ConditionFailed`] says which write's condition was the first to fail, counted from 0,
    /// and brings that item. It, [`TableError::NotANumber`], [`TableError::Overflow`], [`TableError::Invalid`] and
    /// definite trouble have no effect; after unknown trouble all of it may have happened or may yet happen.
    pub async fn commit(self) -> Result<Vec<Written>, TableError> {
        match ask(&self.context, Request::Transact(self.writes?)).await? {
            Reply::Transacted(written) => Ok(written),
            other => mismatch(&kata_ports::Reply::Table(other)),
        }
    }

    fn put_value<T: Serialize>(
        mut self,
        table: &Table<T>,
        key: Key,
        value: &T,
        when: Condition,
        expires_at: Option<Time>,
    ) -> Transaction {
        match table.encode(&key, value) {
            Ok(value) => self.with(table.write(key, when, Change::Put { value, expires_at })),
            Err(error) => {
                self.writes = self.writes.and(Err(error));
                self
            }
        }
    }

    fn with(mut self, write: Write) -> Transaction {
        if let Ok(writes) = &mut self.writes {
            writes.push(write);
        }
        self
    }
}
