//! What a run of level `scale` measured: loads in virtual time, the same figures to the last digit wherever it runs, and
//! speeds in real time.

use serde::{Deserialize, Serialize};

/// What a run of level `scale` measured, from the end of the first load's warm-up to the end of its last load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// How long was measured, in milliseconds of virtual time.
    pub millis: u64,
    /// What clients asked for, and how it went.
    pub loads: Vec<Load>,
    /// How many nodes there were.
    pub nodes: u16,
    /// The traffic between clients, nodes and services, by what was asked.
    pub arrows: Vec<Arrow>,
    /// Everything that serves one request after the other, the busiest first; only the busiest of each store.
    pub places: Vec<Place>,
    /// Strings that were looked up in the cache, if any were.
    pub lookups: Option<Lookups>,
    /// What it costs.
    pub bill: Bill,
    /// How fast the solution is in real time beside yardsticks. Not part of what must repeat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speeds: Vec<Speed>,
}

impl Measured {
    /// Whether there was a load; otherwise it is about speed alone.
    pub fn is_under_load(&self) -> bool {
        !self.loads.is_empty()
    }
}

/// How fast a solution does something in real time, beside a yardstick that does the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// What was done, in the plural: `inserts and look-ups`.
    pub name: String,
    /// What the solution stands beside: a crate and its version, or a stated primitive.
    pub yardstick: String,
    /// How many threads did it at once.
    pub threads: u16,
    /// How many operations a round has, those of all threads together.
    pub operations: u64,
    /// How many rounds there were.
    pub rounds: u32,
    /// How many times as long as the yardstick the solution took: the median of all rounds.
    pub ratio: f64,
    /// Where the ratio is at least.
    pub ratio_low: f64,
    /// Where the ratio is at most.
    pub ratio_high: f64,
    /// What it may be.
    pub ratio_max: f64,
    /// How many operations the solution did in a second.
    pub per_second: u64,
    /// How many the yardstick did.
    pub yardstick_per_second: u64,
}

/// One load: many clients doing the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// What they do, in the plural: `redirects`.
    pub name: String,
    /// How long they came, without the warm-up, in milliseconds.
    pub millis: u64,
    /// How many there were, without those of the warm-up.
    pub offered: u64,
    /// How many of them got no answer or a failure.
    pub failed: u64,
    /// How long they took, those that failed as if they never ended.
    pub latency: Latency,
    /// The same quantile by quantile, for plots.
    pub quantiles: Vec<Quantile>,
    /// The same over time, for plots: slices of equal length, by when clients came.
    pub slices: Vec<Slice>,
    /// How long a slice is, in milliseconds; the one in which the last client may come ends when no more come.
    pub slice_millis: u64,
}

/// Latencies in microseconds; nothing where the request of that rank never ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// The mean of those that ended.
    pub mean_us: u64,
    /// Half of them were as fast.
    pub p50_us: Option<u64>,
    /// 90 of 100 were as fast.
    pub p90_us: Option<u64>,
    /// 99 of 100 were as fast.
    pub p99_us: Option<u64>,
    /// 999 of 1,000 were as fast.
    pub p999_us: Option<u64>,
    /// All were as fast.
    pub max_us: Option<u64>,
}

/// One point of a latency distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantile {
    /// How many of 100,000 were as fast.
    pub of_100_000: u32,
    /// In microseconds; nothing if the request of that rank never ended.
    pub us: Option<u64>,
}

/// A short while of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// How many clients came.
    pub offered: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many ended well in this while, whenever they came.
    pub served: u64,
    /// The median of those that came.
    pub p50_us: Option<u64>,
    /// 99 of 100 of those that came were as fast.
    pub p99_us: Option<u64>,
}

/// Requests of one kind from one party to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrow {
    /// Who asked: `clients` or `nodes`.
    pub from: String,
    /// Who was asked: `nodes`, `table links`, `cache`, `log clicks`, a gateway.
    pub to: String,
    /// What, in a word: a method, `get`, `append`.
    pub verb: String,
    /// How many.
    pub requests: u64,
    /// How many of them were refused for capacity, or not answered in time.
    pub failed: u64,
    /// The median, in microseconds, as the asking side saw it.
    pub p50_us: u64,
    /// 99 of 100 were as fast, in microseconds.
    pub p99_us: u64,
}

/// Something that serves one request after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The store or node: `table links`, `cache`, `node-0`.
    pub store: String,
    /// Which part of it: a partition key, a shard; empty if there are no parts.
    pub part: String,
    /// What it does there: `reads`, `writes`, `requests`, `core`.
    pub what: String,
    /// How many requests it took.
    pub served: u64,
    /// How many it refused, having too much to do.
    pub refused: u64,
    /// How much of the time it worked, in thousandths.
    pub busy_per_mille: u64,
    /// How many plain requests it serves in a second, if that is a figure of the service.
    pub per_second: Option<u64>,
    /// How many places of its store do the same, itself among them, also those that are not kept.
    pub of: u64,
}

/// Look-ups in a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookups {
    /// How many there were.
    pub all: u64,
    /// How many found something.
    pub found: u64,
}

/// What a measured while costs, at list prices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// Where the prices are from, and when they were read.
    pub source: String,
    /// What is paid for, the dearest first.
    pub lines: Vec<BillLine>,
    /// Dollars for a million of the loads' requests.
    pub per_million: f64,
    /// Dollars for a month (730 hours) at the measured rate.
    pub per_month: f64,
}

impl Bill {
    /// Whether nothing was billed, as on services of one's own.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// One thing that is paid for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BillLine {
    /// What: `put` to `table links`, `2 cache shards`.
    pub what: String,
    /// Dollars for a month at the measured rate.
    pub per_month: f64,
}
