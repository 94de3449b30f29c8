//! Who asks for a link that is just being read waits for that read.
//!
//! While the cache has no copy, a famous link is asked for thousands of times a second, and a partition of the table serves
//! only so many reads. This way a node has one read of a link under way at any time, however many visitors wait for it.

use super::links::{Links, Stored};
use kata::{Clock, TableError, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// What a read found, and a moment before the table was asked.
type Read = (Time, Result<Option<Stored>, TableError>);

/// Reads links, each once at a time.
pub(super) struct Sharing {
    clock: Clock,
    staleness: Duration,
    links: Links,
    /// Reads under way, by code.
    reads: Mutex<BTreeMap<String, Arc<OnceCell<Read>>>>,
}

/// What was found out about a link.
pub(super) struct Found {
    pub(super) link: Option<Stored>,
    /// A moment before the table was asked.
    pub(super) read_at: Time,
    /// Whether this caller asked the table itself, so that only one of all who wait looks after the copy.
    pub(super) is_first: bool,
}

impl Sharing {
    pub(super) fn new(clock: Clock, staleness: Duration, links: Links) -> Sharing {
        Sharing { clock, staleness, links, reads: Mutex::default() }
    }

    /// Reads a link, or waits for somebody else's read. That may have begun before this call, and a link may have been made
    /// since: then it finds one that is there, but does not say that there is none.
    pub(super) async fn get(&self, code: &str) -> Result<Found, TableError> {
        let asked_at = self.clock.now();
        loop {
            let shared = Arc::clone(self.reads().entry(code.to_owned()).or_default());
            let mut is_first = false;
            let read = shared.get_or_init(async || {
                is_first = true;
                let read_at = self.clock.now();
                let found = self.links.get(code).await;
                self.reads().remove(code);
                (read_at, found)
            });
            let (read_at, found) = read.await.clone();
            let link = found?;
            let is_fresh = link.is_some() && asked_at < read_at + self.staleness;
            if is_fresh || read_at >= asked_at {
                return Ok(Found { link, read_at, is_first });
            }
        }
    }

    fn reads(&self) -> MutexGuard<'_, BTreeMap<String, Arc<OnceCell<Read>>>> {
        // Nobody panics with the lock, so nothing is half done.
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
