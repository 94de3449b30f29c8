//! What a table answers.

use super::{Item, Page, TableError};
use crate::brief::write_brief;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a table answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// To a get: the item, if there is one.
    Got(Option<Item>),
    /// To a write.
    Written(Written),
    /// To a query or scan.
    Page(Page),
    /// To a transaction: what became of its writes, in their order.
    Transacted(Vec<Written>),
    /// It did nothing. Never [`TableError::Trouble`].
    Refused(TableError),
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Written {
    /// The item was put.
    Stored {
        /// Its version now.
        version: u64,
    },
    /// There is no such item (any more).
    Deleted,
    /// A field was added to.
    Added {
        /// The field's value now.
        total: i64,
        /// The item's version now.
        version: u64,
    },
    /// The condition held.
    Checked,
}

/// The reply in a few words: `v3 {"held_by":"ana"}`, `none`, `condition failed`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Got(Some(item)) => write_brief(f, &item.to_string()),
            Reply::Got(None) => f.write_str("none"),
            Reply::Written(written) => written.fmt(f),
            Reply::Page(page) => write_brief(f, &page.to_string()),
            Reply::Transacted(_) => f.write_str("ok"),
            Reply::Refused(TableError::ConditionFailed { write: 0, .. }) => f.write_str("condition failed"),
            Reply::Refused(TableError::ConditionFailed { write, .. }) => {
                write!(f, "condition of writes[{write}] failed")
            }
            Reply::Refused(error) => write_brief(f, &error.to_string()),
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Written::Stored { version } => write!(f, "ok v{version}"),
            Written::Deleted | Written::Checked => f.write_str("ok"),
            Written::Added { total, version } => write!(f, "ok v{version} = {total}"),
        }
    }
}

/// `A1 v3 {..}, A2 v5 {..}, more`.
impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.items.is_empty() && self.next.is_none() {
            return f.write_str("none");
        }
        for (index, item) in self.items.iter().enumerate() {
            let name = if item.key.sort.is_empty() { &item.key.partition } else { &item.key.sort };
            write!(f, "{}{name} {item}", if index == 0 { "" } else { ", " })?;
        }
        if self.next.is_some() { f.write_str(", more") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;
    use crate::table::Key;

    #[track_caller]
    fn check(reply: Reply, expected: &str) {
        assert_eq!(reply.to_string(), expected);
    }

    fn item(sort: &str) -> Item {
        Item { key: Key::new("e1", sort), value: Json::from_text(r#"{"held_by":"ana"}"#), version: 3 }
    }

    #[test]
    fn a_few_words() {
        check(Reply::Got(Some(item("A1"))), r#"v3 {"held_by":"ana"}"#);
        check(Reply::Got(None), "none");
        check(Reply::Written(Written::Stored { version: 4 }), "ok v4");
        check(Reply::Written(Written::Added { total: -1, version: 4 }), "ok v4 = -1");
        check(Reply::Page(Page { items: vec![], next: None }), "none");
        check(
            Reply::Page(Page { items: vec![item("A1")], next: Some(Key::new("e1", "A1")) }),
            r#"A1 v3 {"held_by":"ana"}, more"#,
        );
        check(Reply::Refused(TableError::ConditionFailed { write: 0, current: None }), "condition failed");
        check(
            Reply::Refused(TableError::ConditionFailed { write: 2, current: None }),
            "condition of writes[2] failed",
        );
    }
}
