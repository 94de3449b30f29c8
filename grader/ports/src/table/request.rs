//! What nodes ask of a table.

use super::{Condition, Key, Order, Range};
use crate::{Json, Time, brief::write_brief};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What nodes ask of a table. A table exists as soon as it is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Reads one item.
    Get {
        /// The table.
        table: String,
        /// The item.
        key: Key,
        /// How fresh the answer must be.
        consistency: Consistency,
    },
    /// Writes one item.
    Write(Write),
    /// Reads a page of one partition as it is now.
    Query {
        /// The table.
        table: String,
        /// The partition.
        partition: String,
        /// Which sort keys.
        range: Range,
        /// In which order.
        order: Order,
        /// At most how many items: 1 to 1,000. A page may end sooner, and does once it holds 1 MiB.
        limit: u32,
        /// Goes on behind that key, which need not exist.
        after: Option<Key>,
    },
    /// Reads a page of all partitions, in the order of keys, as it is now.
    Scan {
        /// The table.
        table: String,
        /// At most how many items: 1 to 1,000. A page may end sooner, and does once it holds 1 MiB.
        limit: u32,
        /// Goes on behind that key, which need not exist.
        after: Option<Key>,
    },
    /// Does all of 1 to 100 writes, or none of them. Conditions see the items as they were before the transaction.
    /// No item may occur twice.
    Transact(Vec<Write>),
}

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consistency {
    /// It sees every write that was answered before it was asked.
    #[default]
    Strong,
    /// It may miss the writes of the last moments.
    Eventual,
}

/// A write of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// The table.
    pub table: String,
    /// The item.
    pub key: Key,
    /// What must hold for the write to happen.
    pub when: Condition,
    /// What to do.
    pub change: Change,
}

/// What a write does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// Puts the item, replacing the one there may be.
    Put {
        /// The new value.
        value: Json,
        /// From that time on, by the table's clock, the item is absent.
        expires_at: Option<Time>,
    },
    /// Deletes the item if there is one.
    Delete,
    /// Adds to a whole number in a field. A missing item or field counts as 0 and is made; an item that is there
    /// keeps its time of expiry.
    Add {
        /// The field's name; names of nested objects are joined with dots. Empty means the whole value.
        field: String,
        /// How much to add.
        by: i64,
    },
    /// Changes nothing. For transactions that depend on an item they do not write.
    Check,
}

/// The request in a few words: `put seats/A1 if absent  {"held_by":"ana"}`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_brief(f, &self.words())
    }
}

impl Request {
    /// The tables it goes to, of which a transaction may have several.
    pub fn stores(&self) -> BTreeSet<&str> {
        match self {
            Request::Get { table, .. } | Request::Query { table, .. } | Request::Scan { table, .. } => {
                [table.as_str()].into()
            }
            Request::Write(write) => [write.table.as_str()].into(),
            Request::Transact(writes) => writes.iter().map(|write| write.table.as_str()).collect(),
        }
    }

    /// What it does, in a word.
    pub fn verb(&self) -> &'static str {
        match self {
            Request::Get { consistency: Consistency::Strong, .. } => "get",
            Request::Get { consistency: Consistency::Eventual, .. } => "get eventual",
            Request::Write(write) => match write.change {
                Change::Put { .. } => "put",
                Change::Delete => "delete",
                Change::Add { .. } => "add",
                Change::Check => "check",
            },
            Request::Query { .. } => "query",
            Request::Scan { .. } => "scan",
            Request::Transact(_) => "transact",
        }
    }

    fn words(&self) -> String {
        match self {
            Request::Get { table, key, consistency: Consistency::Strong } => format!("get {table}/{key}"),
            Request::Get { table, key, consistency: Consistency::Eventual } => {
                format!("get {table}/{key} eventual")
            }
            Request::Write(write) => write.to_string(),
            Request::Query { table, partition, range, order, limit, after } => {
                let order = if *order == Order::Descending { " descending" } else { "" };
                let after = after.as_ref().map(|after| format!(" after {}", after.sort)).unwrap_or_default();
                format!("query {table}/{partition}{range}{order} limit {limit}{after}")
            }
            Request::Scan { table, limit, after } => {
                let after = after.as_ref().map(|after| format!(" after {after}")).unwrap_or_default();
                format!("scan {table} limit {limit}{after}")
            }
            Request::Transact(writes) => {
                let writes: Vec<String> = writes.iter().map(Write::to_string).collect();
                format!("transact {}", writes.join("; "))
            }
        }
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Write { table, key, when, change } = self;
        match change {
            Change::Put { value, expires_at: None } => write!(f, "put {table}/{key}{when}  {value}"),
            Change::Put { value, expires_at: Some(time) } => {
                write!(f, "put {table}/{key}{when} until {time}  {value}")
            }
            Change::Delete => write!(f, "delete {table}/{key}{when}"),
            Change::Add { field, by } => write!(f, "add {table}/{key}{when}  {field} {by:+}"),
            Change::Check => write!(f, "check {table}/{key}{when}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(sort: &str, when: Condition) -> Write {
        let value = Json::from_text(r#"{"held_by":"ana"}"#);
        Write {
            table: "seats".into(),
            key: Key::new("e1", sort),
            when,
            change: Change::Put { value, expires_at: None },
        }
    }

    #[track_caller]
    fn check(request: Request, expected: &str) {
        assert_eq!(request.to_string(), expected);
    }

    #[test]
    fn a_transaction_goes_to_all_its_tables_once() {
        let elsewhere = Write { table: "holds".into(), ..put("A1", Condition::Absent) };
        let both = [put("A1", Condition::Absent), put("A2", Condition::Absent), elsewhere].to_vec();
        assert_eq!(Request::Transact(both).stores(), ["holds", "seats"].into());
    }

    #[test]
    fn a_few_words() {
        let get = |consistency| Request::Get { table: "seats".into(), key: Key::from("A1"), consistency };
        check(get(Consistency::Strong), "get seats/A1");
        check(get(Consistency::Eventual), "get seats/A1 eventual");
        check(
            Request::Write(put("A1", Condition::Absent)),
            r#"put seats/e1/A1 if absent  {"held_by":"ana"}"#,
        );
        check(
            Request::Query {
                table: "seats".into(),
                partition: "e1".into(),
                range: Range::Prefix("A".into()),
                order: Order::Descending,
                limit: 10,
                after: Some(Key::new("e1", "A7")),
            },
            "query seats/e1 A* descending limit 10 after A7",
        );
        check(Request::Scan { table: "seats".into(), limit: 5, after: None }, "scan seats limit 5");
    }

    #[test]
    fn long_requests_are_cut() {
        check(
            Request::Transact(vec![put("A1", Condition::Version(3)), put("A2", Condition::Any)]),
            r#"transact put seats/e1/A1 if v3  {"held_by":"ana"}; put seats…"#,
        );
    }
}
