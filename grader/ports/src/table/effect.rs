//! What a write will do to an item, once it is known what the item holds: the same for the model and for every adapter, which
//! differ in how they make sure that nobody comes between.

use super::{Change, Item, TableError, Write, field, limits};
use crate::{Json, Time};

/// What a write whose condition holds does.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The item holds this from now on.
    Put {
        /// Its new value.
        value: Json,
        /// When it expires; nothing keeps it.
        expires_at: Option<Time>,
    },
    /// The item holds this from now on, and keeps its time of expiry if it was there.
    Add {
        /// Its new value.
        value: Json,
        /// The field's number in it.
        total: i64,
    },
    /// There is no such item from now on.
    Delete,
    /// Nothing.
    Check,
}

impl Write {
    /// What this write, number `index` of its transaction, does to an item that is `current` now; or why it does nothing.
    pub fn effect(&self, index: usize, current: Option<&Item>) -> Result<Effect, TableError> {
        if !self.when.holds(current) {
            return Err(TableError::ConditionFailed { write: index, current: current.cloned() });
        }
        Ok(match &self.change {
            Change::Put { value, expires_at } => {
                Effect::Put { value: value.clone(), expires_at: *expires_at }
            }
            Change::Add { field, by } => {
                let (value, total) = field::add(current.map(|item| &item.value), field, *by)?;
                limits::check_value(value.text().len())?;
                Effect::Add { value, total }
            }
            Change::Delete => Effect::Delete,
            Change::Check => Effect::Check,
        })
    }
}
