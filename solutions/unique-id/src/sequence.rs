//! Which ids have been given out: the last millisecond, and how far it is used up.

use super::layout::{Layout, PER_MILLISECOND};
use super::workers::Lease;

/// The ids that one life of a node has minted so far.
#[derive(Default)]
pub(crate) struct Sequence {
    /// The worker and the millisecond of the latest ids. The millisecond never falls, whatever the clock does.
    worker: u16,
    last_ms: u64,
    /// How many ids of it are given out.
    used: u64,
}

/// What became of a wish for ids.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// All are there.
    All,
    /// Not all: there is room again when the clock has reached that millisecond.
    Until(u64),
    /// Not all: the lease ends before that.
    Lapsed,
    /// The millisecond does not fit into an id.
    OutsideEpoch,
}

impl Sequence {
    /// Adds ids to `ids` until there are `count`, as far as there is room at `now_ms`.
    pub(crate) fn take(
        &mut self,
        layout: Layout,
        lease: &Lease,
        now_ms: u64,
        count: usize,
        ids: &mut Vec<u64>,
    ) -> Taken {
        if self.worker != lease.worker {
            // Ids must rise, and the new worker's number may be the lower one: its ids begin in a later millisecond.
            (self.worker, self.used) = (lease.worker, PER_MILLISECOND);
        }
        // Before that, the worker id was another's.
        let ms = now_ms.max(lease.from_ms);
        if ms > self.last_ms {
            (self.last_ms, self.used) = (ms, 0);
        }
        if self.last_ms >= lease.until_ms {
            return Taken::Lapsed;
        }
        let Some(first) = layout.first(self.last_ms, lease.worker) else { return Taken::OutsideEpoch };
        let more = (PER_MILLISECOND - self.used).min((count - ids.len()) as u64);
        ids.extend(first + self.used..first + self.used + more);
        self.used += more;
        if ids.len() == count { Taken::All } else { Taken::Until(self.last_ms + 1) }
    }
}
