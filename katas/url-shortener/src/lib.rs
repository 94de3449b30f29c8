//! The contract of the url-shortener kata: short codes that lead to long URLs, for many owners, through any of several nodes.
//!
//! Every rule that is judged stands in this crate: here and on the items it names. Hidden cases make these rules concrete;
//! they add none.
//!
//! # Time
//!
//! All clocks of the datacentre agree. Where a rule speaks of the moment of a call, that is some moment between the call's
//! leaving its client and its answer's arrival there; the solution chooses it by its clock.
//!
//! # Links
//!
//! - Every successful [`shorten`](UrlShortener::shorten) with a new key makes a new link with a code of its own, also if the
//!   URL has been shortened before.
//! - [`resolve`](UrlShortener::resolve) gives the URL back byte for byte.
//! - Whoever calls `shorten` owns the link ([`kata::Caller::principal`]). Anybody resolves; only the owner reads clicks and deletes.
//! - A link is there as soon as it is acknowledged: a `resolve` that begins afterwards finds it, at any node, even if the same
//!   code was looked up in vain a moment before.
//! - Expiry is exact: a `resolve` that begins at [`Link::expires_at`] or later finds nothing; one that is answered earlier
//!   finds the link.
//! - A deleted link may still be found for a while: a `resolve` that begins [`Config::staleness`] or more after the delete was
//!   acknowledged finds nothing.
//!
//! # Codes and aliases
//!
//! - They share one namespace. A code that was handed out and an alias that was taken are never given to anybody again, not
//!   even to their owner, and not after the link expired or was deleted: what is printed on paper must not lead elsewhere.
//! - Upper and lower case differ: `News` and `news` are two aliases.
//! - Neither is a word of [`Config::reserved`], and for this alone upper and lower case are the same: an alias that is one is
//!   [`ShortenError::ReservedAlias`], and no generated code is one.
//! - An alias has [`ALIAS_CHARS_MIN`] to [`ALIAS_CHARS_MAX`] characters: ASCII letters, digits, `-` and `_`. Else it is
//!   [`ShortenError::InvalidAlias`].
//! - A generated code has exactly [`Config::code_length`] characters, all of [`Config::alphabet`]. Any such code that is no
//!   reserved word and that no link has ever had is *free*. An alias that looks like a code uses that code up.
//! - [`ShortenError::Exhausted`] means that no code is free. While one is free, `shorten` finds it, provided that there are at
//!   most [`KEYSPACE_EXACT_MAX`] codes of that length; where there are more, a solution may give up after that many codes that
//!   it tried and found taken. Aliases can be taken even when no code is free.
//! - A call that makes no link, and each request to a service whose answer is lost, may use up one code for nothing.
//!
//! # URLs
//!
//! [`UrlProblem`] says which URLs are refused. A URL that passes is [`ShortenError::Blocked`] if its host, in lower case and without
//! a dot at its end, is a host of [`Config::blocklist`] or ends with `.` and one. Nothing else of the URL counts.
//!
//! # Repeated requests
//!
//! - [`Shorten::key`] names a request among those of its owner; two owners' keys have nothing to do with each other.
//! - The first request of a key that succeeds uses the key up. A request with the same key, URL, alias and lifetime is then
//!   answered with the very same [`Link`], also while the first is still under way elsewhere, and also after the link expired
//!   or was deleted. Any other request with that key is [`ShortenError::KeyReused`] and has no effect.
//! - A refused request leaves its key unused.
//! - Keys are remembered for at least a day.
//!
//! # The limit
//!
//! - A creation happens at [`Link::created_at`] and counts for [`CREATIONS_WINDOW`], that moment included, the end not. No owner
//!   ever has more than [`Config::creations_max`] creations that count, through whatever nodes.
//! - A request is [`ShortenError::RateLimited`] only if at its moment that many counted.
//! - Every link counts, with or without an alias, deleted or not. Refused requests cost nothing. A request and its
//!   repetitions with the same key cost one creation together.
//!
//! # Clicks
//!
//! - Every `resolve` that answers with a URL is a click on that link, and counts once. One that is refused counts nothing, and
//!   one whose answer never came counts once or not at all.
//! - A click is in [`clicks`](UrlShortener::clicks) at the latest [`Config::click_lag`] after it was acknowledged, or after
//!   everything works again, whichever is later. No count is ever higher than the number of `resolve` calls begun.
//!
//! # When things go wrong
//!
//! - What was acknowledged survives the crash of every node at any moment.
//! - `Refused` promises that the call had no effect and never will. A `shorten` whose outcome is unknown may have made its
//!   link, or may make it up to ten seconds later. Repeating it with the same key gives that link or makes it: never a second.
//! - The cache may forget anything at any moment, be down, or never answer. No call fails because of it, and no answer changes
//!   beyond the staleness bound.
//! - While the log is down or never answers, every method works nevertheless, and every click still counts.
//! - While the table is down or does not answer, calls may fail with [`Failure`]. They fail so for no other reason: not for
//!   the loads below, and not because two requests got into each other's way.
//! - When everything works again, so does the service, by itself. Clients wait ten seconds for an answer.
//!
//! # Load
//!
//! Six nodes run behind a load balancer. The cache has two shards, and every topic sixteen partitions. Clients come when they
//! come, whether or not those before them have been answered. A call takes from the moment its client makes it to the moment
//! its answer arrives there, and one that fails takes for ever. Each of these loads comes by itself and lasts for a few seconds, and
//! 99 of 100 of its calls are quick enough:
//!
//! - *Redirects*: 10,000 `resolve` calls a second, each within [`REDIRECT_P99_MAX`]. They follow 300 links that are there. Either
//!   the n-th of them is followed in proportion to 1/n (Zipf's law), or half of all calls follow one link and the others all the
//!   others alike. The first half second does not count yet. Rate and bound: the system-design cheat sheet, URL Shortener; the shares are this kata's.
//! - *Redirects without the cache*: the same when every node has just restarted and the cache is empty, when the cache loses
//!   everything, and while it refuses everything. Here every call counts.
//! - *Creations*: 2,000 `shorten` calls a second without an alias, each by another owner, each within [`CREATION_P99_MAX`]. The
//!   bound is the cheat sheet's; the rate is this kata's. The first half second does not count yet.
//!
//! All other rules hold under load: links lead where they should, codes are given once, and [`Config::click_lag`] after the last
//! click all are counted.
//!
//! *Cost*: a million redirects cost at most [`MILLION_REDIRECTS_DOLLARS_MAX`], by Zipf's law and with the cache in order. That is
//! everything that services take money for from the first redirect until the last click is counted and owners have looked at their
//! clicks, a few seconds' rent of nodes, shards and partitions included. The cheat sheet says why: such a table is dear where
//! much is written.
//!
//! What services can do stands in `fixtures/capacity.toml`, what they cost in `fixtures/prices.toml` of Kata's repository.
//! The essentials, with medians and 99th percentiles of latencies:
//!
//! | | takes | and serves | costs |
//! |---|---|---|---|
//! | network, one way | 0.25 ms, 0.8 ms | | |
//! | a read of the table | 2.5 ms, 9 ms | 3,000 a second *of one partition key* | $0.125 a million |
//! | a write | 4 ms, 12 ms | 1,000 a second *to one partition key* | $0.625 a million |
//! | a transaction | 8 ms, 25 ms | each of its writes is two | each of its writes is two |
//! | a command of the cache | 0.1 ms, 0.5 ms | 100,000 a second and shard | $0.219 an hour and shard |
//! | an append to the log | 5 ms, 20 ms | 1,000 a second and partition | $0.014 a million, $0.015 an hour and partition |
//! | a poll of the log | 3 ms, 15 ms | 2 MiB a second and partition | |
//! | a node | | 50 µs a call, 8 µs a request, 8 µs its answer, and 3 µs a KiB | $0.049 an hour |
//!
//! Reads are counted in units of 4 KiB and writes in units of 1 KiB. What a node computes between its requests takes no time. A
//! partition of the table with more than 50 ms of work waiting, and one of the log with more than 100 ms, refuses what comes with
//! [`kata::Trouble::Throttled`], which is definite. The loads above stay well within all of this together. It is for the solution to
//! see that no single partition gets too much: a call that fails because of it fails for load, which none may.
//!
//! # Several reasons to refuse
//!
//! If several errors apply to a request, any of them is a right answer. Within [`UrlProblem`] the first that applies is.
//!
//! Start with [`UrlShortener`].

mod problem;
mod script;

pub use problem::UrlProblem;
pub use script::{Script, script_of};

use kata::{Caller, Failure, Time};
use std::time::Duration;

/// The fewest characters of an alias.
pub const ALIAS_CHARS_MIN: usize = 3;
/// The most characters of an alias.
pub const ALIAS_CHARS_MAX: usize = 32;
/// Up to that many codes of the configured length, the last free one must be found.
pub const KEYSPACE_EXACT_MAX: u64 = 64;
/// How long a creation counts towards [`Config::creations_max`].
pub const CREATIONS_WINDOW: Duration = Duration::from_secs(60);
/// How long 99 of 100 redirects take at most under the load that the documentation of this [crate](crate) tells.
pub const REDIRECT_P99_MAX: Duration = Duration::from_millis(50);
/// How long 99 of 100 creations take at most under the load that the documentation of this [crate](crate) tells.
pub const CREATION_P99_MAX: Duration = Duration::from_millis(100);
/// What a million redirects cost at most, in US dollars, as the documentation of this [crate](crate) tells.
pub const MILLION_REDIRECTS_DOLLARS_MAX: f64 = 1.75;
/// The shortest lifetime of a link.
pub const LIFETIME_MIN: Duration = Duration::from_secs(1);

/// What the grader configures a node with.
#[kata::data(Eq)]
pub struct Config {
    /// What generated codes are made of: ASCII letters and digits, at least one, none twice.
    pub alphabet: String,
    /// How many characters every generated code has, 1 to 16.
    pub code_length: u32,
    /// Words that are neither codes nor aliases, in lower case.
    pub reserved: Vec<String>,
    /// Hosts that no link may lead to, nor to any name below them. In lower case, without a dot at the end.
    pub blocklist: Vec<String>,
    /// How many links an owner may make within any [`CREATIONS_WINDOW`]. At least 1.
    pub creations_max: u32,
    /// How long a deleted link may still be found.
    pub staleness: Duration,
    /// How long a click may take to be counted.
    pub click_lag: Duration,
    /// The longest URL, in bytes.
    pub url_bytes_max: u32,
    /// The longest lifetime of a link that has one.
    pub lifetime_max: Duration,
}

impl Default for Config {
    /// Seven characters of base 62 are 62^7, about 3.5 trillion codes.
    fn default() -> Config {
        let words = |words: &[&str]| words.iter().copied().map(str::to_owned).collect();
        Config {
            alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".to_owned(),
            code_length: 7,
            reserved: words(&["admin", "api", "help", "login", "static", "status"]),
            blocklist: words(&["malware.example", "phish.example"]),
            creations_max: 100,
            staleness: Duration::from_secs(10),
            click_lag: Duration::from_secs(10),
            url_bytes_max: 2_048,
            lifetime_max: Duration::from_secs(5 * 365 * 24 * 3_600),
        }
    }
}

/// A link, as a client asks for it.
#[kata::data(Eq)]
pub struct Shorten {
    /// Where the link leads.
    pub url: String,
    /// The code it shall have; a generated one if there is none.
    pub alias: Option<String>,
    /// How long after its creation it expires, [`LIFETIME_MIN`] to [`Config::lifetime_max`]; never if there is none.
    pub lifetime: Option<Duration>,
    /// Names this request among those of its owner. A client draws it at random and uses it for this one request only, but
    /// sends it again as often as it takes to get an answer.
    pub key: u64,
}

/// A link, as it was made.
#[kata::data(Eq)]
pub struct Link {
    /// What [`resolve`](UrlShortener::resolve) takes: the alias, or a generated code.
    pub code: String,
    /// When it was made.
    pub created_at: Time,
    /// When it expires: `created_at` and its lifetime; nothing if it has none.
    pub expires_at: Option<Time>,
}

/// Why no link was made.
#[kata::error(Eq)]
pub enum ShortenError {
    /// The URL is refused.
    InvalidUrl(UrlProblem),
    /// The URL's host is on the blocklist.
    Blocked,
    /// The alias is too short or too long, or has a character that it may not have.
    InvalidAlias,
    /// The alias is a reserved word.
    ReservedAlias,
    /// The alias is or was a link's code.
    AliasTaken,
    /// The lifetime is too short or too long.
    InvalidLifetime,
    /// The owner has used the key for another request.
    KeyReused,
    /// The owner has made too many links lately.
    RateLimited,
    /// No code is left.
    Exhausted,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why a code leads nowhere.
#[kata::error(Eq)]
pub enum ResolveError {
    /// There is no such link, or no longer. Also for a text that no code and no alias can be.
    NotFound,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why an owner's request about a link was refused.
#[kata::error(Eq)]
pub enum OwnerError {
    /// There never was such a link. Also for a text that no code and no alias can be.
    NotFound,
    /// The link is somebody else's.
    NotYours,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Short codes that lead to long URLs. The rules are told in the documentation of this [crate](crate).
#[kata::contract(config = Config, ports(table, cache, log, clock, random))]
pub trait UrlShortener {
    /// Makes a link owned by the caller. `Ok` means that it is there, and stays as long as it may.
    async fn shorten(&self, caller: &Caller, request: Shorten) -> Result<Link, ShortenError>;

    /// Where a code leads. The answer is a click.
    async fn resolve(&self, code: String) -> Result<String, ResolveError>;

    /// How many clicks a link of the caller has had. Goes on working when the link has expired or was deleted.
    async fn clicks(&self, caller: &Caller, code: String) -> Result<u64, OwnerError>;

    /// Deletes a link of the caller, for good. Deleting one that has expired or was deleted is `Ok` and changes nothing.
    async fn delete(&self, caller: &Caller, code: String) -> Result<(), OwnerError>;
}
