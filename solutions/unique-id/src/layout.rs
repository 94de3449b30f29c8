//! The bits of a Snowflake.

use kata::Time;
use std::time::Duration;
use unique_id::{Config, Parts, SEQUENCE_BITS, TIMESTAMP_BITS, WORKER_BITS};

/// How many ids of one worker a millisecond has room for.
pub(crate) const PER_MILLISECOND: u64 = 1 << SEQUENCE_BITS;

/// Where bits go, and from when milliseconds count.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    epoch_ms: u64,
    workers: u16,
}

impl Layout {
    pub(crate) fn new(config: &Config) -> Layout {
        Layout { epoch_ms: config.epoch.as_millis(), workers: config.workers }
    }

    /// The first id of a worker in a millisecond since the Unix epoch; those behind it are the next numbers. `None` if the
    /// millisecond does not fit.
    pub(crate) fn first(self, ms: u64, worker: u16) -> Option<u64> {
        let timestamp = ms.checked_sub(self.epoch_ms).filter(|timestamp| timestamp >> TIMESTAMP_BITS == 0)?;
        Some((timestamp << WORKER_BITS | u64::from(worker)) << SEQUENCE_BITS)
    }

    pub(crate) fn parse(self, id: u64) -> Option<Parts> {
        let sequence = (id & (PER_MILLISECOND - 1)) as u16;
        let worker = (id >> SEQUENCE_BITS & ((1 << WORKER_BITS) - 1)) as u16;
        let timestamp = id >> (SEQUENCE_BITS + WORKER_BITS);
        let at = Time::from_millis(self.epoch_ms) + Duration::from_millis(timestamp);
        (timestamp >> TIMESTAMP_BITS == 0 && worker < self.workers).then_some(Parts { at, worker, sequence })
    }
}
