//! The reference solution of the first-steps kata: one transaction counts an addition and remembers its request id.

use first_steps::{AddError, Addition, Config, Counter, Env, GetError};
use kata::{Condition, Failure, OpenError, Table, TableError};

/// Counters in a table.
pub struct Counters {
    env: Env,
    config: Config,
    /// The sum of each counter, by its name.
    totals: Table<i64>,
    /// The additions counted, by request id; the value is the counter's name, for people who look.
    counted: Table<String>,
}

impl Counter for Counters {
    async fn open(env: Env, config: Config) -> Result<Counters, OpenError> {
        let (totals, counted) = (env.table("totals"), env.table("counted"));
        Ok(Counters { env, config, totals, counted })
    }

    async fn add(&self, addition: Addition) -> Result<(), AddError> {
        let Addition { key, by, request_id } = addition;
        if !self.is_key(&key) {
            return Err(AddError::InvalidKey);
        }
        if by < 1 || by > self.config.by_max {
            return Err(AddError::InvalidAmount);
        }
        let written = self
            .env
            .transaction()
            .put(&self.counted, request_id.to_string(), &key, Condition::Absent)
            .add(&self.totals, &key, "", by)
            .commit()
            .await;
        match written {
            Ok(_) => Ok(()),
            // An earlier attempt was counted, and this one therefore not.
            Err(TableError::ConditionFailed { .. }) => Ok(()),
            Err(error) if error.is_definite() => Err(AddError::Failed(Failure::Refused)),
            Err(error) => Err(error.into()),
        }
    }

    async fn get(&self, key: String) -> Result<i64, GetError> {
        if !self.is_key(&key) {
            return Err(GetError::InvalidKey);
        }
        let total = self.totals.get(key).await?;
        Ok(total.map_or(0, |item| item.value))
    }
}

impl Counters {
    fn is_key(&self, key: &str) -> bool {
        !key.is_empty() && key.len() <= self.config.key_bytes_max as usize
    }
}
