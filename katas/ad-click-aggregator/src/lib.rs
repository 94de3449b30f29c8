//! The contract of the ad-click-aggregator kata: clicks on ads, each counted once, in the minute in which it happened.
//!
//! An advertiser registers an ad. A page that shows it has it *placed* and gets an impression id, which goes into the link.
//! A visitor's click brings the id back, is sent on to the advertiser's page, and counts once per impression, however
//! often it comes. The advertiser reads how many clicks each minute had, and pays for them.
//!
//! Words that the rules rest on:
//!
//! - **Accepted**: a click answered `Ok` is accepted, at a moment between its call and its answer. From then on it counts,
//!   whatever crashes or is delivered again. A click answered with an error other than `Failed(Unknown)` is not accepted,
//!   now or later. One without an answer, or answered `Failed(Unknown)`, was accepted or was not, or may be soon.
//! - **A click's minute** is the one in which its impression was *first* accepted, by the clock of the datacentre (nodes'
//!   clocks agree with it). It is not the minute in which some worker came to count it. Clicks may be counted late
//!   and in another order than they happened; they still belong to their minute, up to [`Config::horizon`].
//! - **Raw and derived**: what was accepted must last. Whatever can be computed from it again may stand in stores marked
//!   with `derived()`. Those may be emptied at any moment; [`reconcile`](AdClickAggregator::reconcile) brings them
//!   back. What is in the cache may vanish at any moment, marked or not.
//!
//! # Load
//!
//! At level `scale` many come at once, at random, at these rates on average; they come however long others wait. A latency
//! is counted from a client's call to its answer. A call that fails, or is never answered, counts as one that never ends.
//!
//! | what | must be | while | nodes, log partitions | source |
//! |---|---|---|---|---|
//! | a click's answer | 99 of 100 within 100 ms | 10,000 clicks a second: a billion a day is 11,600 a second on the mean | 6, 32 | system-design cheat sheet, Ad Click Aggregator |
//! | | the same | 100,000 clicks a second, for some tenths of a second | 16, 256 | the same |
//! | a report's answer | 99 of 100 within 500 ms | 10,000 reports and 2,000 clicks a second | 6, 32 | the same |
//! | [`Config::freshness`] | 1 s, configured so | all of these | | ours |
//! | a table partition, a log partition | refuses no more than 1 of 100 requests | 10,000 and 100,000 clicks a second, and the second after them | | ours |
//! | a million clicks | cost 3.50 dollars at most, everything included | 10,000 clicks a second | 6, 32 | ours |
//!
//! There are a hundred ads of one advertiser. Half of all clicks and half of all reports are about the same one, the rest is spread
//! evenly. Impressions are placed before the clicks come. About one click in a hundred is the second of an impression that was
//! clicked a moment before. Reports ask for the hour that ends with the present minute. Two cache shards are rented.
//! Nothing crashes and no service fails, but each has its capacity, as `fixtures/capacity.toml` of Kata's repository says:
//!
//! | place | serves in a second | takes (median) |
//! |---|---|---|
//! | a table's partition (all items with one partition key) | 3,000 reads of 4 KiB; 1,000 writes of 1 KiB, of which each write of a transaction is two | 2.5 ms a read, 4 ms a write, 8 ms a transaction |
//! | a log partition | 1,000 records; 1 MiB in, 2 MiB out | 5 ms an append, 3 ms a poll or commit |
//! | a cache shard | 100,000 commands | 0.1 ms |
//! | a node | 1 s of its core: 50 µs a call, 16 µs a request to a service with its answer, 3 µs a KiB; what a program computes in between costs nothing | 0.25 ms from one machine to another |
//!
//! What comes faster waits. Where more than 50 ms of work (a table) or 100 ms (a log) wait already, a request is refused with
//! [`Trouble::Throttled`](kata::Trouble), which is definite; a click that cannot be accepted for that is
//! [`ClickError::Failed`] with `Failure::Refused`. A partition is as fast as it is whatever else is rented: one key that is asked for too
//! much stays slow. Prices are those of `fixtures/prices.toml`, list prices of a public cloud in 2025: 0.625 dollars for a million
//! units written, 0.125 for a million read, 0.014 for a million appends; 0.049 for an hour of a node, 0.015 of a log partition,
//! 0.219 of a cache shard.
//!
//! Start with [`AdClickAggregator`].

use kata::{Caller, Failure, Time};
use std::time::Duration;

/// What the grader configures a node with. The same on every node.
#[kata::data]
pub struct Config {
    /// The longest ad id, in bytes.
    pub ad_bytes_max: u32,
    /// The longest redirect URL, in bytes.
    pub url_bytes_max: u32,
    /// How long an impression can be clicked, counted from a moment between the call of `place` and its answer.
    pub impression_valid_for: Duration,
    /// A report holds every click that was accepted at least that long before the report was called, if throughout that time
    /// every service worked and at least one node did.
    pub freshness: Duration,
    /// A click that waits no longer than this to be counted lands in its minute. One that waits longer may be dropped, but
    /// never lands in another minute.
    pub horizon: Duration,
    /// How long a topic keeps its records, and so how far back `reconcile` must reach: clicks accepted longer ago need not
    /// come back. What is not lost stays counted, however long ago it was.
    pub retention: Duration,
    /// The most minutes that one report covers.
    pub report_minutes_max: u32,
    /// A secret of all nodes, which nobody else knows, for those who sign impression ids.
    pub signing_key: String,
}

impl Default for Config {
    /// A week of raw events, as in the system-design cheat sheet; the other numbers are ours.
    fn default() -> Config {
        Config {
            ad_bytes_max: 64,
            url_bytes_max: 2_048,
            impression_valid_for: Duration::from_secs(24 * 3_600),
            freshness: Duration::from_secs(60),
            horizon: Duration::from_secs(3_600),
            retention: Duration::from_secs(7 * 24 * 3_600),
            report_minutes_max: 1_440,
            signing_key: "5d8a60c7 not for production".to_owned(),
        }
    }
}

/// A minute: how many whole minutes after 1970-01-01T00:00:00Z it begins.
#[kata::data(Copy, Ord)]
pub struct Minute(pub u64);

impl Minute {
    /// The minute that a moment lies in.
    pub fn of(time: Time) -> Minute {
        Minute(time.as_secs() / 60)
    }
}

/// An ad, as its advertiser registers it.
#[kata::data(Eq)]
pub struct Ad {
    /// The ad's id, which the advertiser chooses: any text of 1 to [`Config::ad_bytes_max`] bytes without control
    /// characters (Unicode's: `char::is_control`).
    pub id: String,
    /// Where a click leads: `http://` or `https://` and at least one more character, [`Config::url_bytes_max`] bytes at
    /// most, without white space and control characters (Unicode's: `char::is_whitespace`, `char::is_control`).
    pub redirect_url: String,
}

/// A visitor's click.
#[kata::data(Eq)]
pub struct Click {
    /// The ad that was shown.
    pub ad: String,
    /// The impression id that came with it. It went through a browser: it may be any text of any length.
    pub impression: String,
}

/// Which minutes of which ad an advertiser asks about.
#[kata::data(Eq)]
pub struct Range {
    /// The ad.
    pub ad: String,
    /// The first minute.
    pub from: Minute,
    /// The minute behind the last one. Later than `from`, by [`Config::report_minutes_max`] at most.
    pub to: Minute,
}

/// How many clicks a minute had.
#[kata::data(Copy, Eq)]
pub struct MinuteClicks {
    /// The minute.
    pub minute: Minute,
    /// Its clicks, each impression once; at least 1.
    pub clicks: u64,
}

/// Why an ad was not registered.
#[kata::error(Eq)]
pub enum RegisterError {
    /// The ad's id is not one that [`Ad::id`] allows.
    InvalidId,
    /// The redirect URL is not one that [`Ad::redirect_url`] allows.
    InvalidUrl,
    /// Another ad has that id: another advertiser's, or the caller's with another URL.
    Taken,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why an ad was not placed.
#[kata::error(Eq)]
pub enum PlaceError {
    /// There is no such ad.
    UnknownAd,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why a click was not accepted.
#[kata::error(Eq)]
pub enum ClickError {
    /// `place` never issued that id for that ad, or too long ago.
    UnknownImpression,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why there is no report.
#[kata::error(Eq)]
pub enum ReportError {
    /// The caller has no such ad. Nobody learns whether somebody else has.
    UnknownAd,
    /// The range is empty, or too long.
    InvalidRange,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why the reports may not be whole again.
#[kata::error(Eq)]
pub enum ReconcileError {
    /// Infrastructure failed.
    Failed(Failure),
}

/// Counts clicks on ads.
#[kata::contract(config = Config, ports(table, cache, log, clock, random))]
pub trait AdClickAggregator {
    /// Registers an ad of the advertiser who calls (`caller.principal`). An id belongs to whoever registers it first, and an
    /// ad never changes; registering the same ad again changes nothing and is `Ok`. From the answer on the ad can be
    /// placed through every node, whoever asked for it before.
    ///
    /// A registration that is answered with an error other than `Failed(Unknown)` has no effect: the id is as free as it was.
    async fn register_ad(&self, caller: &Caller, ad: Ad) -> Result<(), RegisterError>;

    /// Issues an impression id for an ad: a text that was never issued before and that nobody can guess, not even who knows
    /// others. Who calls does not matter. From the answer on it can be clicked through every node, for
    /// [`Config::impression_valid_for`].
    async fn place(&self, ad: String) -> Result<String, PlaceError>;

    /// Accepts a click and says where to send the visitor: the ad's redirect URL. Who calls does not matter.
    ///
    /// An impression counts once. Its second click, and every further one while the impression is valid, leads to the same
    /// URL (a visitor who clicks twice wants to arrive), but counts nothing and moves nothing: the impression stays in
    /// the minute of its first click. If several clicks of an impression overlap, or earlier ones have no known outcome,
    /// its minute may be that of any of them.
    ///
    /// An id is only good letter by letter as `place` issued it, and only for the ad that it was issued for. Everything else is
    /// [`ClickError::UnknownImpression`], an ad that does not exist included. So is an id that is no longer valid.
    async fn click(&self, click: Click) -> Result<String, ClickError>;

    /// How many clicks the minutes of an ad had: those that had any, in order. Only for the advertiser who registered the ad
    /// (`caller.principal`). The caller's right comes first: who has no such ad learns nothing of a bad range.
    ///
    /// [`Config::freshness`] says which clicks must be in it; younger ones may be. At no time does a report count
    /// what was not clicked, or an impression twice.
    async fn report(&self, caller: &Caller, range: Range) -> Result<Vec<MinuteClicks>, ReportError>;

    /// Makes the reports right again from the raw events, whatever was lost of stores marked `derived()`. The datacentre's
    /// own scheduler calls it: at any time, through any node, also while clicks come in, several times at once, and again
    /// when it failed.
    ///
    /// After `Ok`, reports are as if nothing had ever been lost: they hold every click, once and in its minute, that was
    /// accepted at least [`Config::freshness`] before `reconcile` was called. If nothing was lost, nothing changes, not
    /// even for a while.
    /// Between a loss and this answer, reports may miss clicks, and an impression that is clicked again meanwhile may show in
    /// the minute of that click.
    async fn reconcile(&self) -> Result<(), ReconcileError>;
}
