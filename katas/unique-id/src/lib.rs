//! The contract of the unique-id kata: names for things, minted by many nodes at once, that never repeat and sort by time.
//!
//! Every rule that is judged stands in this crate: here and on the items it names. Hidden cases make these rules concrete;
//! they add none.
//!
//! # Three forms
//!
//! **Snowflakes** are whole numbers of 64 bits, the highest of them 0. From high to low:
//!
//! | bits | hold |
//! |---|---|
//! | 1 | 0, so that the number is positive where numbers have signs |
//! | 41 | the *timestamp*: whole milliseconds since [`Config::epoch`] |
//! | 10 | the *worker id*: 0 or more, below [`Config::workers`] |
//! | 12 | the *sequence*: which of up to 4,096 ids of this worker in this millisecond |
//!
//! **UUIDs** are of version 7 as RFC 9562 says, written in lower case with hyphens: 48 bits of milliseconds since the Unix
//! epoch, the version 7, 12 bits, the variant `10`, 62 bits. **ULIDs** are as the ULID specification says, in upper case:
//! 48 bits of the same milliseconds and 80 more, in 26 characters of Crockford's base 32. What is not timestamp, version or
//! variant is for the solution to choose; nodes know nothing that tells them from each other, so randomness has to.
//!
//! # What holds of all of them
//!
//! - **Unique.** No form's id is given out twice: not by two nodes, not by two lives of one node, not by two clients'
//!   calls, whatever crashes, whatever clocks do.
//! - **Rising.** Every id is greater than all ids of its form that the same node, in the same life, answered before the
//!   call began. Within one answer ids rise, too. UUIDs and ULIDs are compared as text. (A life ends with a crash. Of calls
//!   that overlap, either may have the greater ids.)
//! - **On time.** An id's timestamp differs from the true time at some moment between the call's beginning and its end by
//!   at most [`Config::clock_error`] and [`Config::slack`] together. So ids sort by time, across nodes, once they are more
//!   than twice that apart.
//!
//! # Clocks
//!
//! The table's clock is right: it is the true time. Each node's clock differs from it by at most [`Config::clock_error`],
//! ahead or behind, and how far may change at any moment: a clock may step ahead, or *back*, also while the node is down. A
//! sleep takes as long as it was to take when it began; a step in between does not change that.
//!
//! A step is no reason to fail: a call may wait until the clock is where it was (at most twice the error), and then
//! answers.
//!
//! # Worker ids
//!
//! - Nodes agree on worker ids through the table. In one life, a node holds one worker id at a time, but may change it.
//! - [`MintError::NoWorker`] means that each of the [`Config::workers`] ids was held by some life of some node within the
//!   last [`Config::reclaim_after`]. So a worker id whose node has crashed, or cannot reach the table, can be had by
//!   another node that long afterwards at the latest. A request to the table that failed or got no answer may use up one
//!   worker id for that long.
//! - As long as the table is in order, a node that mints goes on minting: it does not lose its worker id to another.
//! - UUIDs and ULIDs need no worker id.
//! - `open` succeeds also if no worker id is free. It may fail while the table fails.
//!
//! The times in a configuration always leave room for a lease: [`Config::reclaim_after`] is at least [`Config::autonomy`],
//! four times [`Config::clock_error`] and ten seconds more.
//!
//! # When things go wrong
//!
//! - While the table is down, or does not answer, a node that has been up for ten seconds with the table in order goes on
//!   minting for [`Config::autonomy`] at least, provided that its clock does not step in that time. After that, calls may
//!   fail with [`Failure`]; they fail so for no other reason. UUIDs and ULIDs do not fail at all.
//! - [`RECOVERY`] after the table works again, every node mints again, in the same life, with the worker ids there are.
//! - An id that was minted but whose answer got lost is gone, and nobody misses it: any failed call may just be made again.
//!
//! # Load
//!
//! Each of these loads comes by itself for a second or two, at random times, and 99 of 100 of its calls are answered in
//! time, measured where the client is:
//!
//! - *Single ids*: 12,000 [`mint`](UniqueId::mint) calls a second for one id, through six nodes behind a load balancer,
//!   each within [`MINT_P99_MAX`].
//! - *Batches*: for each of two nodes 500 `mint` calls a second for 4,096 ids, each within [`BATCH_P99_MAX`]. That is half
//!   of what the layout has room for: 4,096 ids a millisecond and machine, as the system-design cheat sheet says.
//!
//! The first half second does not count yet. What services can do stands in `fixtures/capacity.toml` of Kata's repository:
//! one way through the network takes 0.25 ms (0.8 ms at the 99th percentile), a write to the table 4 ms (12 ms), 1,000 a
//! second to one partition key. A node's core takes 50 µs a call and 3 µs a KiB; what it computes in between takes no time.
//!
//! # Several reasons to refuse
//!
//! If several errors apply to a request, any of them is a right answer.
//!
//! Start with [`UniqueId`].

use kata::{Failure, Time};
use std::time::Duration;

/// How many bits of a Snowflake hold the timestamp, in milliseconds: enough for 69 years.
pub const TIMESTAMP_BITS: u32 = 41;
/// How many bits of a Snowflake hold the worker id.
pub const WORKER_BITS: u32 = 10;
/// How many bits of a Snowflake hold the sequence.
pub const SEQUENCE_BITS: u32 = 12;

/// How long after the table works again every node mints again.
pub const RECOVERY: Duration = Duration::from_secs(5);
/// Within what 99 of 100 clients have a single id. Ours: twice through the network, and no time for a table.
pub const MINT_P99_MAX: Duration = Duration::from_millis(4);
/// Within what 99 of 100 clients have a batch of 4,096 ids. Ours: a few milliseconds of waiting for room in one.
pub const BATCH_P99_MAX: Duration = Duration::from_millis(15);

/// What the grader configures a node with; all nodes alike.
#[kata::data(Copy)]
pub struct Config {
    /// Timestamp 0 of Snowflakes. Whole milliseconds.
    pub epoch: Time,
    /// How many worker ids there are, 1 to 1,024.
    pub workers: u16,
    /// How far any node's clock is from the true time, ahead or behind, at most. Whole milliseconds.
    pub clock_error: Duration,
    /// What a timestamp may be off besides the clock's error. At least 20 ms.
    pub slack: Duration,
    /// How long a node that has been up for a while goes on minting without the table.
    pub autonomy: Duration,
    /// How long after its holder went away a worker id can be had by another, at the latest.
    pub reclaim_after: Duration,
    /// The most ids of one call.
    pub count_max: u32,
}

impl Default for Config {
    /// The epoch is 2025-01-01; a clock may be a second off, as one that is badly looked after.
    fn default() -> Config {
        Config {
            epoch: Time::from_secs(1_735_689_600),
            workers: 1 << WORKER_BITS,
            clock_error: Duration::from_secs(1),
            slack: Duration::from_millis(50),
            autonomy: Duration::from_secs(5),
            reclaim_after: Duration::from_secs(20),
            count_max: 50_000,
        }
    }
}

/// What a Snowflake says.
#[kata::data(Copy, Eq)]
pub struct Parts {
    /// When it was minted: the epoch and the timestamp together.
    pub at: Time,
    /// By which worker.
    pub worker: u16,
    /// Which of that worker's ids in that millisecond.
    pub sequence: u16,
}

/// Why no Snowflake was minted. All of them are definite: an id that was not answered is nobody's.
#[kata::error(Eq)]
pub enum MintError {
    /// The count is 0 or more than [`Config::count_max`].
    InvalidCount,
    /// All worker ids are taken.
    NoWorker,
    /// The time is before the epoch, or so long after it that [`TIMESTAMP_BITS`] bits do not hold it. This is what a call
    /// is told whose beginning and end are beyond that by more than the clock's error and the slack.
    OutsideEpoch,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why no UUIDs or ULIDs were made.
#[kata::error(Eq)]
pub enum TextError {
    /// The count is 0 or more than [`Config::count_max`].
    InvalidCount,
    /// Infrastructure failed. They need none, so this is never the right answer.
    Failed(Failure),
}

/// Names for things.
#[kata::contract(config = Config, ports(table, clock, random))]
pub trait UniqueId {
    /// Mints `count` Snowflakes, 1 to [`Config::count_max`].
    ///
    /// There is room for 4,096 in a millisecond of one worker. Who wants more waits for the next, or borrows from
    /// milliseconds to come; how far ahead that may be, "on time" says.
    async fn mint(&self, count: u32) -> Result<Vec<u64>, MintError>;

    /// What a Snowflake says, whoever minted it and whenever, under this configuration's epoch. `None` if it is none: the
    /// highest bit is 1, or the worker id is not below [`Config::workers`].
    fn parse(&self, id: u64) -> Option<Parts>;

    /// Makes `count` UUIDs of version 7, 1 to [`Config::count_max`].
    async fn uuids(&self, count: u32) -> Result<Vec<String>, TextError>;

    /// Makes `count` ULIDs, 1 to [`Config::count_max`].
    async fn ulids(&self, count: u32) -> Result<Vec<String>, TextError>;
}
