//! The table: a database in the manner of DynamoDB and Cassandra.
//!
//! A table holds *items*. An item is found by its [`Key`] (a partition key and a sort key, which may be empty)
//! and is a JSON value with a version. Items of one partition are kept in the order of their sort keys, compared
//! byte by byte. Writes are conditional ([`Condition`]), alone or up to a hundred at once in a transaction. Reads
//! of one item and of one page are atomic; a scan of several pages is not.
//!
//! Start with [`Request`]; [`Model`] is the behaviour that everything else must match.

mod condition;
#[cfg(feature = "models")]
mod effect;
mod error;
mod field;
mod item;
mod key;
mod limits;
#[cfg(feature = "models")]
mod model;
mod range;
mod reply;
mod request;
#[cfg(feature = "models")]
mod slot;

pub use condition::Condition;
#[cfg(feature = "models")]
pub use effect::Effect;
pub use error::TableError;
pub use item::{Item, Page};
pub use key::Key;
pub use limits::{
    KEY_BYTES_MAX, NAME_BYTES_MAX, PAGE_BYTES_MAX, PAGE_ITEMS_MAX, TRANSACTION_BYTES_MAX,
    TRANSACTION_WRITES_MAX, VALUE_BYTES_MAX, check_limits,
};
#[cfg(feature = "models")]
pub use model::{Model, Settings};
pub use range::{Order, Range};
pub use reply::{Reply, Written};
pub use request::{Change, Consistency, Request, Write};
