//! Worker ids, leased through the table.
//!
//! A row per worker id says who holds it, and which *timestamps* are the holder's: from `from_ms` until before `until_ms`.
//! Whoever takes over gets those from the old `until_ms` on. So two holders never share a timestamp, and no clock has to be
//! right for that: clocks only decide when it is time to take over.

use kata::{Clock, Condition, Key, Random, Table, TableError};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex as Turn;
use unique_id::{Config, Env, MintError};

/// All worker ids are in one partition, so that one query finds the free ones.
const PARTITION: &str = "all";
/// How often a node renews: a thousand nodes are then 500 writes a second, half of what a partition takes.
const RENEW_EVERY: Duration = Duration::from_secs(2);
/// How long a renewal may hang before the next is tried.
const RENEWAL_TAKES: Duration = Duration::from_secs(2);

/// One worker id in the table.
#[kata::data(Eq)]
struct Row {
    /// The life that holds it.
    holder: String,
    /// The holder's first timestamp, in milliseconds since the Unix epoch.
    from_ms: u64,
    /// The first timestamp that is not the holder's.
    until_ms: u64,
}

/// A worker id that this life holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) worker: u16,
    pub(crate) from_ms: u64,
    pub(crate) until_ms: u64,
    version: u64,
}

/// The worker ids as one life of a node sees them.
pub(crate) struct Workers {
    rows: Table<Row>,
    clock: Clock,
    random: Random,
    /// Names this life.
    holder: String,
    count: u16,
    /// For how long a lease is taken.
    lasting: Duration,
    held: Mutex<Option<Lease>>,
    /// Only one task at a time asks the table.
    turn: Turn<()>,
}

impl Workers {
    pub(crate) fn new(env: &Env, config: &Config) -> Workers {
        let random = env.random();
        Workers {
            rows: env.table("workers"),
            clock: env.clock(),
            holder: format!("{:032x}", random.u128()),
            random,
            count: config.workers,
            // A step ahead takes up to twice the error from it.
            lasting: config.autonomy + 2 * config.clock_error + RENEW_EVERY + RENEWAL_TAKES,
            held: Mutex::new(None),
            turn: Turn::new(()),
        }
    }

    /// The lease as it is, perhaps lapsed.
    pub(crate) fn held(&self) -> Option<Lease> {
        *self.slot()
    }

    /// A lease that is not `lapsed`: what this node was told does not do.
    pub(crate) async fn other_than(&self, lapsed: Option<Lease>) -> Result<Lease, MintError> {
        let _turn = self.turn.lock().await;
        // While this call waited for its turn, another may have done the work.
        match self.held() {
            Some(lease) if Some(lease) != lapsed => Ok(lease),
            _ => self.take().await,
        }
    }

    /// Renews the lease, or takes one.
    pub(crate) async fn keep(&self) {
        let _turn = self.turn.lock().await;
        let _ = match self.held() {
            Some(lease) => self.renew(lease).await,
            // If it fails, the next call or the next round tries again.
            None => self.take().await.map(drop),
        };
    }

    /// Waits until it is time to renew.
    pub(crate) async fn pause(&self) {
        self.clock.sleep(RENEW_EVERY).await;
    }

    async fn renew(&self, lease: Lease) -> Result<(), MintError> {
        let until_ms = self.end().max(lease.until_ms);
        let row = Row { holder: self.holder.clone(), from_ms: lease.from_ms, until_ms };
        match self.rows.put(key(lease.worker), &row).when(Condition::Version(lease.version)).await {
            Ok(version) => *self.slot() = Some(Lease { until_ms, version, ..lease }),
            Err(TableError::ConditionFailed { current, .. }) => {
                // Either an earlier renewal arrived after all, or somebody took over.
                let current = current.and_then(|item| Some((item.version, item.decode::<Row>().ok()?)));
                let mine = current.filter(|(_, row)| row.holder == self.holder);
                *self.slot() = mine.map(|(version, row)| lease_of(lease.worker, &row, version));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Takes any worker id that nobody holds any more. One that is this life's already, by a request that nobody heard of
    /// again, comes first.
    async fn take(&self) -> Result<Lease, MintError> {
        loop {
            let rows: BTreeMap<String, _> = (self.rows.query(PARTITION).all().await?.into_iter())
                .map(|item| (item.key.sort, (item.version, item.value)))
                .collect();
            let now_ms = self.clock.now().as_millis();
            let row = |worker: u16| rows.get(&sort_key(worker));
            let mine = |worker: &u16| row(*worker).is_some_and(|(_, row)| row.holder == self.holder);
            let is_free = |worker: &u16| row(*worker).is_none_or(|(_, row)| row.until_ms <= now_ms);
            let free: Vec<u16> = (0..self.count).filter(is_free).collect();
            let Some(worker) = (0..self.count).find(mine).or_else(|| self.random.choose(&free).copied())
            else {
                return Err(MintError::NoWorker);
            };
            let (from_ms, until_ms, condition) = match row(worker) {
                Some((version, row)) if mine(&worker) => {
                    (row.from_ms, row.until_ms, Condition::Version(*version))
                }
                Some((version, row)) => (row.until_ms, 0, Condition::Version(*version)),
                None => (0, 0, Condition::Absent),
            };
            let until_ms = self.end().max(until_ms);
            let row = Row { holder: self.holder.clone(), from_ms, until_ms };
            match self.rows.put(key(worker), &row).when(condition).await {
                Ok(version) => {
                    let lease = lease_of(worker, &row, version);
                    *self.slot() = Some(lease);
                    return Ok(lease);
                }
                // Somebody was quicker: there is one free id less, and another look.
                Err(TableError::ConditionFailed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Where a lease taken now ends.
    fn end(&self) -> u64 {
        (self.clock.now() + self.lasting).as_millis()
    }

    fn slot(&self) -> MutexGuard<'_, Option<Lease>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lease_of(worker: u16, row: &Row, version: u64) -> Lease {
    Lease { worker, from_ms: row.from_ms, until_ms: row.until_ms, version }
}

fn sort_key(worker: u16) -> String {
    format!("{worker:04}")
}

fn key(worker: u16) -> Key {
    (PARTITION.to_owned(), sort_key(worker)).into()
}
