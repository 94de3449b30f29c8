//! Clicks that come within a few milliseconds are recorded together.
//!
//! A record in the log and an id that counts once cost the same for one click as for fifty. The first click of a batch waits
//! for others, then records all of them, and every visitor is sent on when that is done: nobody is acknowledged early.

use kata::{Clock, Random, TableError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long the first click of a batch waits for others: little against the 50 ms that a redirect may take.
const GATHERED: Duration = Duration::from_millis(4);
/// Clicks on how many links share a batch: with its id they fit twice into a transaction of a hundred writes.
const LINKS_MAX: usize = 49;

/// Clicks that count together, once or not at all.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Batch {
    /// Names the batch.
    pub(super) id: String,
    /// How many clicks there were, by code.
    pub(super) clicks: BTreeMap<String, u64>,
}

/// A batch that may still grow, and how its recording went.
struct Open {
    batch: Mutex<Batch>,
    recorded: OnceCell<Result<(), TableError>>,
}

/// The batch that clicks join.
pub(super) struct Gathering {
    clock: Clock,
    random: Random,
    open: Mutex<Option<Arc<Open>>>,
}

impl Gathering {
    pub(super) fn new(clock: Clock, random: Random) -> Gathering {
        Gathering { clock, random, open: Mutex::default() }
    }

    /// Adds a click to the open batch. Returns when `record` is done with that, which one click of the batch sees to.
    pub(super) async fn join(
        &self,
        code: &str,
        record: impl AsyncFnOnce(Batch) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        let joined = self.add(code);
        let recorded = joined.recorded.get_or_init(async || {
            self.clock.sleep(GATHERED).await;
            self.close(&joined);
            let batch = locked(&joined.batch).clone();
            record(batch).await
        });
        recorded.await.clone()
    }

    fn add(&self, code: &str) -> Arc<Open> {
        let mut open = locked(&self.open);
        let joined = Arc::clone(open.get_or_insert_with(|| {
            let id = format!("{:032x}", self.random.u128());
            let batch = Mutex::new(Batch { id, clicks: BTreeMap::new() });
            Arc::new(Open { batch, recorded: OnceCell::new() })
        }));
        let mut batch = locked(&joined.batch);
        *batch.clicks.entry(code.to_owned()).or_default() += 1;
        if batch.clicks.len() == LINKS_MAX {
            *open = None;
        }
        drop(batch);
        joined
    }

    /// From now on clicks go into another batch.
    fn close(&self, joined: &Arc<Open>) {
        let mut open = locked(&self.open);
        if open.as_ref().is_some_and(|open| Arc::ptr_eq(open, joined)) {
            *open = None;
        }
    }
}

/// Nobody panics with a lock, so nothing is half done.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
