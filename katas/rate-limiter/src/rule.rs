//! Rules: for whom they hold, and what they admit.

use std::time::Duration;

/// A limit for every subject of a kind.
#[kata::data(Eq)]
pub struct Rule {
    /// Its name, unlike that of any other rule: 1 to 32 letters, digits and `-`.
    pub name: String,
    /// The kind of subject that it holds for.
    pub kind: String,
    /// What it admits of each of them.
    pub limit: Limit,
    /// How many units may be kept from a subject: a check may be refused if less than this would be left. Zero demands
    /// exactness. Else it is at most half of the limit, so that a node may take a share in advance and admit from
    /// memory. No cost is then more than what the slack leaves.
    pub slack: u64,
}

/// How much work is admitted in what time. Amounts are 1 to 1,000,000, times whole milliseconds up to a day.
#[kata::data(Copy, Eq)]
pub enum Limit {
    /// Bursts, and a steady rate in the long run. A bucket holds `capacity` tokens and is full at first. A check takes as many as it
    /// costs, and is refused if there are not enough. A token comes back every `interval`, evenly: half of one in half the time. A
    /// full bucket stays as full as it is.
    TokenBucket {
        /// The most tokens.
        capacity: u64,
        /// The time of one token.
        interval: Duration,
    },
    /// A queue that is worked off at a steady rate. Each unit takes `interval`, one after the other; a check joins the queue with as
    /// many as it costs, and its work waits until those ahead are done ([`Decision::Admitted`](crate::Decision::Admitted)). It is refused if
    /// the queue would then hold more than `capacity`, counting what is left of a unit that has begun.
    LeakyBucket {
        /// The most units in the queue.
        capacity: u64,
        /// The time of one unit.
        interval: Duration,
    },
    /// At most `limit` in each window. Windows follow each other without a gap, the first from the Unix epoch; the first moment is
    /// part of a window, the end is not. Simple, and up to twice the limit around an edge.
    FixedWindow {
        /// The most in a window.
        limit: u64,
        /// How long each is.
        window: Duration,
    },
    /// At most `limit` in any time of the length of `window`, wherever it begins. What is admitted counts for `window`, that moment
    /// included, the end not.
    SlidingLog {
        /// The most at any time.
        limit: u64,
        /// How long each unit counts.
        window: Duration,
    },
    /// An estimate of [`SlidingLog`](Limit::SlidingLog) from two counts of [`FixedWindow`](Limit::FixedWindow). When `passed` of the
    /// window has passed, `current` has been admitted in it and `previous` in the one before, a check is admitted if
    /// `previous * (window - passed) + (current + cost) * window <= limit * window`.
    SlidingCounter {
        /// The most, by that estimate.
        limit: u64,
        /// How long each window is.
        window: Duration,
    },
}

impl Limit {
    /// The most that it ever admits at once.
    pub const fn most(&self) -> u64 {
        match *self {
            Limit::TokenBucket { capacity, .. } | Limit::LeakyBucket { capacity, .. } => capacity,
            Limit::FixedWindow { limit, .. }
            | Limit::SlidingLog { limit, .. }
            | Limit::SlidingCounter { limit, .. } => limit,
        }
    }
}
