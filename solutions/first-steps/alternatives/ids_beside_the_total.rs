//! Another right solution of the first-steps kata: a row per counter, with the request ids counted beside the sum. Whoever
//! finds the row changed since it was read tries again.

use first_steps::{AddError, Addition, Config, Counter, Env, GetError};
use kata::{Condition, Failure, OpenError, Table, TableError};
use std::collections::BTreeSet;

/// Counters in a table.
pub struct Counters {
    config: Config,
    counters: Table<Row>,
}

/// A counter.
#[kata::data(Default)]
struct Row {
    total: i64,
    /// The request ids of the additions in it.
    counted: BTreeSet<u64>,
}

impl Counter for Counters {
    async fn open(env: Env, config: Config) -> Result<Counters, OpenError> {
        Ok(Counters { config, counters: env.table("counters") })
    }

    async fn add(&self, addition: Addition) -> Result<(), AddError> {
        let Addition { key, by, request_id } = addition;
        if !self.is_key(&key) {
            return Err(AddError::InvalidKey);
        }
        if by < 1 || by > self.config.by_max {
            return Err(AddError::InvalidAmount);
        }
        let mut unknown = false;
        loop {
            let (mut row, unchanged) = match self.counters.get(&key).await {
                Ok(Some(item)) => (item.value, Condition::Version(item.version)),
                Ok(None) => (Row::default(), Condition::Absent),
                Err(error) => return Err(failed(&error, unknown)),
            };
            if !row.counted.insert(request_id) {
                return Ok(());
            }
            row.total += by;
            match self.counters.put(&key, &row).when(unchanged).await {
                Ok(_) => return Ok(()),
                // Somebody was faster; their row may hold this very addition.
                Err(TableError::ConditionFailed { .. }) => {}
                Err(error) if error.is_definite() => return Err(failed(&error, unknown)),
                // Perhaps it is written. If so, the row has changed and holds the id.
                Err(_) if !unknown => unknown = true,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn get(&self, key: String) -> Result<i64, GetError> {
        if !self.is_key(&key) {
            return Err(GetError::InvalidKey);
        }
        let row = self.counters.get(key).await?;
        Ok(row.map_or(0, |item| item.value.total))
    }
}

/// A refusal is final only if no earlier attempt may have its effect yet.
fn failed(error: &TableError, unknown: bool) -> AddError {
    let refused = error.is_definite() && !unknown;
    AddError::Failed(if refused { Failure::Refused } else { Failure::Unknown })
}

impl Counters {
    fn is_key(&self, key: &str) -> bool {
        !key.is_empty() && key.len() <= self.config.key_bytes_max as usize
    }
}
