//! How large a request may be. Models and adapters refuse the same.

use super::{Change, Condition, Key, Request, TableError, Write};
use std::collections::BTreeSet;

/// The longest name of a table, in bytes: what file systems and databases have in common.
pub const NAME_BYTES_MAX: usize = 255;
/// The longest key, partition and sort key together, in bytes: DynamoDB's limit of a sort key.
pub const KEY_BYTES_MAX: usize = 1024;
/// The longest value, as JSON text in bytes: DynamoDB's limit of an item.
pub const VALUE_BYTES_MAX: usize = 400 << 10;
/// The most items that a page may be asked for.
pub const PAGE_ITEMS_MAX: u32 = 1_000;
/// A page ends with the item that takes it to this many bytes: DynamoDB's limit of a page.
pub const PAGE_BYTES_MAX: usize = 1 << 20;
/// The most writes of a transaction: DynamoDB's limit.
pub const TRANSACTION_WRITES_MAX: usize = 100;
/// The most bytes of keys and values of a transaction: DynamoDB's limit.
pub const TRANSACTION_BYTES_MAX: usize = 4 << 20;

/// Refuses a request that breaks a limit with [`TableError::Invalid`].
pub fn check_limits(request: &Request) -> Result<(), TableError> {
    match request {
        Request::Get { table, key, .. } => name(table).and_then(|()| check_key(key)),
        Request::Write(write) => check_write(write),
        Request::Query { table, partition, limit, after, .. } => {
            name(table)?;
            check_key(&Key::from(partition))?;
            page(*limit)?;
            match after {
                Some(after) if after.partition != *partition => {
                    invalid(format!("a query of partition {partition} cannot go on after {after}"))
                }
                after => after.as_ref().map_or(Ok(()), check_key),
            }
        }
        Request::Scan { table, limit, after } => {
            name(table)?;
            page(*limit)?;
            after.as_ref().map_or(Ok(()), check_key)
        }
        Request::Transact(writes) => transaction(writes),
    }
}

/// Refuses a value that is too long.
pub(super) fn check_value(bytes: usize) -> Result<(), TableError> {
    if bytes > VALUE_BYTES_MAX {
        return invalid(format!("a value of {bytes} bytes is over the limit of {VALUE_BYTES_MAX}"));
    }
    Ok(())
}

fn transaction(writes: &[Write]) -> Result<(), TableError> {
    if writes.is_empty() || writes.len() > TRANSACTION_WRITES_MAX {
        return invalid(format!(
            "a transaction has 1 to {TRANSACTION_WRITES_MAX} writes, not {}",
            writes.len()
        ));
    }
    let mut items = BTreeSet::new();
    let mut bytes = 0;
    for write in writes {
        check_write(write)?;
        if !items.insert((&write.table, &write.key)) {
            return invalid(format!("{}/{} occurs twice in a transaction", write.table, write.key));
        }
        bytes += write.bytes();
    }
    if bytes > TRANSACTION_BYTES_MAX {
        return invalid(format!(
            "a transaction of {bytes} bytes is over the limit of {TRANSACTION_BYTES_MAX}"
        ));
    }
    Ok(())
}

fn check_write(write: &Write) -> Result<(), TableError> {
    name(&write.table)?;
    check_key(&write.key)?;
    if let Condition::Field { field, .. } = &write.when {
        check_path(field)?;
    }
    match &write.change {
        Change::Put { value, .. } => check_value(value.text().len()),
        Change::Add { field, .. } => check_path(field),
        Change::Delete | Change::Check => Ok(()),
    }
}

impl Write {
    /// The bytes of its key and value.
    fn bytes(&self) -> usize {
        let value = match &self.change {
            Change::Put { value, .. } => value.text().len(),
            _ => 0,
        };
        self.key.partition.len() + self.key.sort.len() + value
    }
}

fn name(table: &str) -> Result<(), TableError> {
    if table.is_empty() || table.len() > NAME_BYTES_MAX || table.contains('\0') {
        return invalid(format!("a table's name has 1 to {NAME_BYTES_MAX} bytes and no NUL"));
    }
    Ok(())
}

fn check_key(key: &Key) -> Result<(), TableError> {
    let bytes = key.partition.len() + key.sort.len();
    if bytes > KEY_BYTES_MAX {
        return invalid(format!("a key of {bytes} bytes is over the limit of {KEY_BYTES_MAX}"));
    }
    if key.partition.is_empty() {
        return invalid("a partition key must not be empty".to_owned());
    }
    if key.partition.contains('\0') || key.sort.contains('\0') {
        return invalid("a key must not hold a NUL character".to_owned());
    }
    Ok(())
}

fn check_path(field: &str) -> Result<(), TableError> {
    if !field.is_empty() && field.split('.').any(str::is_empty) {
        return invalid(format!("`{field}` does not name a field"));
    }
    Ok(())
}

fn page(limit: u32) -> Result<(), TableError> {
    if limit == 0 || limit > PAGE_ITEMS_MAX {
        return invalid(format!("a page has 1 to {PAGE_ITEMS_MAX} items, not {limit}"));
    }
    Ok(())
}

fn invalid(why: String) -> Result<(), TableError> {
    Err(TableError::Invalid(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    fn put(key: Key, bytes: usize) -> Write {
        let change = Change::Put { value: Json::from_text("x".repeat(bytes)), expires_at: None };
        Write { table: "t".into(), key, when: Condition::Any, change }
    }

    #[track_caller]
    fn check(request: Request, why: &str) {
        let found = check_limits(&request).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(found, if why.is_empty() { String::new() } else { format!("invalid: {why} (no effect)") });
    }

    #[test]
    fn keys_and_values() {
        check(Request::Write(put(Key::new("p".repeat(24), "s".repeat(1000)), VALUE_BYTES_MAX)), "");
        check(
            Request::Write(put(Key::new("p".repeat(25), "s".repeat(1000)), 1)),
            "a key of 1025 bytes is over the limit of 1024",
        );
        check(
            Request::Write(put(Key::from("p"), VALUE_BYTES_MAX + 1)),
            "a value of 409601 bytes is over the limit of 409600",
        );
        check(Request::Write(put(Key::new("", "s"), 1)), "a partition key must not be empty");
        check(Request::Write(put(Key::from("a\0"), 1)), "a key must not hold a NUL character");
        let mut write = put(Key::from("p"), 1);
        write.when = Condition::field("a..b", 1);
        check(Request::Write(write), "`a..b` does not name a field");
    }

    #[test]
    fn transactions() {
        let writes = |count: usize, bytes: usize| {
            Request::Transact((0..count).map(|i| put(Key::from(i.to_string()), bytes)).collect())
        };
        check(writes(100, 10), "");
        check(writes(0, 10), "a transaction has 1 to 100 writes, not 0");
        check(writes(101, 10), "a transaction has 1 to 100 writes, not 101");
        check(writes(50, 100_000), "a transaction of 5000090 bytes is over the limit of 4194304");
        check(
            Request::Transact(vec![put(Key::from("a"), 1), put(Key::from("a"), 2)]),
            "t/a occurs twice in a transaction",
        );
    }

    #[test]
    fn pages() {
        let scan = |limit| Request::Scan { table: "t".into(), limit, after: None };
        check(scan(1), "");
        check(scan(1_000), "");
        check(scan(0), "a page has 1 to 1000 items, not 0");
        check(scan(1_001), "a page has 1 to 1000 items, not 1001");
    }
}
