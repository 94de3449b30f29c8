//! The contract of the rate-limiter kata: rules that hold for everybody who asks, through any of several nodes.
//!
//! Every rule that is judged stands in this crate: here and on the items it names. Hidden cases make these rules concrete;
//! they add none.
//!
//! # Checks
//!
//! - A service asks [`check`](RateLimiter::check) before it does work for somebody. The [`Check`] names its subjects (a user,
//!   an address, an API key) and what the work costs.
//! - A [`Rule`] applies to a check that names a subject of its kind, and holds for each such subject by itself: `ana` and
//!   `bo` have a quota each, and so have the user `7` and the address `7`. Two rules of one kind are two quotas.
//! - A check is admitted if all rules that apply admit it, and then costs its cost under each of them. If none applies, it is
//!   admitted.
//! - If one of them refuses, the check is [`Decision::Refused`] and costs nothing under any of them from its answer on. While it is
//!   under way it may hold back its cost, so that others under way at the same time are refused early; and where others were
//!   charged meanwhile, a bucket may keep what drains from it in the time that the check took.
//! - Of several checks for one and the same single rule, all at the same time and of cost 1 each, as many are admitted as fit.
//!
//! # Limits
//!
//! What each [`Limit`] admits is told there, in whole units and without rounding. A limit never admits more. It refuses a check
//! that it could admit only
//!
//! - where [`Rule::slack`] allows it: if less than the slack would be left,
//! - while other checks of the same subject are under way, as told above,
//! - if a check before it was never answered, or the cache failed it: that may cost its cost or not (where its answer is not
//!   [`Failure::Refused`]), and
//! - if a node with a share of the slack has crashed since.
//!
//! # Time
//!
//! - A check happens at one moment between its leaving the client and the answer's arrival there, by the clock of its node.
//! - That clock differs from the others, and from that of the cache, by at most [`Config::clock_skew_max`] in all. So a moment is known
//!   to that much: a rule may look broken by what clocks differ, and by no more, however often nodes take turns.
//! - As long as nothing fails, a check is answered within [`ANSWER_MAX`].
//! - [`Decision::Refused`] says how long to wait. A check of the same cost that leaves a millisecond after that much time,
//!   counted from the answer's arrival, is admitted if nobody else was admitted meanwhile. It says at most [`RETRY_LATE_MAX`] more
//!   than is needed, counted from the moment of the check; whole seconds, rounded up, are fine. (Both if clocks agree.)
//!
//! # When things go wrong
//!
//! - The nodes share nothing but the cache. They crash at any moment and come back with empty memory; limits hold all the same.
//! - The cache may forget anything at any moment. What it forgot has not happened; nothing else changes, and no check fails
//!   because of it.
//! - If the cache fails a check (it is down, or does not answer in time) and the check cannot be decided,
//!   [`Config::when_cache_fails`] decides: [`Fallback::Admit`] gives [`Decision::Unmetered`], [`Fallback::Refuse`] gives
//!   [`CheckError::Failed`]. Neither is ever given for another reason, and the answer comes within [`FALLBACK_MAX`].
//! - When the cache is back, so are the limits, at once and by themselves.
//! - Nothing is remembered for good: [`FORGOTTEN_AFTER`] after the limits of a subject have recovered, the cache holds nothing about
//!   it. A bucket has recovered when it has drained, a window when it and the next one are over.
//!
//! # Load
//!
//! Thirty-two nodes run behind a load balancer; the cache has sixteen shards, of 100,000 commands a second each. The network takes
//! 0.25 ms one way (99 of 100: 0.8 ms), a command 0.1 ms (0.5 ms); a call costs a node's core 50 µs, a request and its answer 8 µs
//! each, and 3 µs a KiB. Clients come when they come. Each of these loads comes by itself and lasts for a fraction of a second;
//! 99 of 100 checks are answered within [`CHECK_P99_MAX`], and all limits hold:
//!
//! - *Checks*: 100,000 a second, by ten thousand users from a thousand addresses, with a rule for users and one for addresses.
//!   Rate and bound: the system-design cheat sheet, Rate Limiter.
//! - *A flood*: 40,000 a second with a rule for users, half of them by one user whose quota is used up already.
//!
//! # Several reasons to refuse
//!
//! If several errors apply to a check, any of them is a right answer; if several rules refuse it, [`Decision::Refused`] names
//! any of them and says when all will admit it.
//!
//! Start with [`RateLimiter`].

mod rule;

pub use rule::{Limit, Rule};

use kata::Failure;
use std::time::Duration;

/// The most that one check costs. The least is 1.
pub const COST_MAX: u64 = 1_000_000;
/// The longest kind or name of a subject, in bytes. Neither is empty.
pub const SUBJECT_BYTES_MAX: usize = 128;
/// The most subjects of one check.
pub const SUBJECTS_MAX: usize = 8;
/// How long a check takes at most while nothing fails.
pub const ANSWER_MAX: Duration = Duration::from_secs(2);
/// How much longer than needed [`Decision::Refused`] tells clients to wait, at most.
pub const RETRY_LATE_MAX: Duration = Duration::from_secs(1);
/// How long a check takes at most while the cache is down or does not answer.
pub const FALLBACK_MAX: Duration = Duration::from_secs(5);
/// How long after its limits have recovered a subject may still be in the cache.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(10);
/// How long 99 of 100 checks take at most under the loads that the documentation of this [crate](crate) tells.
pub const CHECK_P99_MAX: Duration = Duration::from_millis(10);

/// What the grader configures a node with.
#[kata::data(Eq)]
pub struct Config {
    /// The rules, each with a name of its own.
    pub rules: Vec<Rule>,
    /// What becomes of a check that the cache fails.
    pub when_cache_fails: Fallback,
    /// By how much any two clocks differ, at most.
    pub clock_skew_max: Duration,
    /// How many nodes there are, at most: 1 or more.
    pub nodes_max: u32,
}

impl Default for Config {
    /// Ten requests at once and one more a second, for each user.
    fn default() -> Config {
        let limit = Limit::TokenBucket { capacity: 10, interval: Duration::from_secs(1) };
        Config {
            rules: vec![Rule { name: "per-user".to_owned(), kind: "user".to_owned(), limit, slack: 0 }],
            when_cache_fails: Fallback::Admit,
            clock_skew_max: Duration::ZERO,
            nodes_max: 3,
        }
    }
}

/// What becomes of a check that the cache fails.
#[kata::data(Copy, Eq)]
pub enum Fallback {
    /// It is [`Decision::Unmetered`]: rather too much work than none. (Fail open.)
    Admit,
    /// It is [`CheckError::Failed`]: rather no work than too much. (Fail closed.)
    Refuse,
}

/// Who wants work done, and how much.
#[kata::data(Eq)]
pub struct Check {
    /// On whose account, at most one of a kind.
    pub subjects: Vec<Subject>,
    /// What the work costs, 1 to [`COST_MAX`].
    pub cost: u64,
}

/// Somebody or something that rules limit. Compared byte for byte.
#[kata::data(Eq)]
pub struct Subject {
    /// What it is: `user`, `ip`, `key`. One to [`SUBJECT_BYTES_MAX`] bytes.
    pub kind: String,
    /// Which one. One to [`SUBJECT_BYTES_MAX`] bytes, whatever they are.
    pub name: String,
}

/// What is decided about a check.
#[kata::data(Eq)]
pub enum Decision {
    /// All rules that apply admit it, and it has cost its cost.
    Admitted {
        /// How long the work must wait for its turn: the longest that a [`Limit::LeakyBucket`] asks for; else zero.
        wait: Duration,
    },
    /// A rule refuses it. It costs nothing.
    Refused {
        /// The name of the rule.
        rule: String,
        /// After how long a check of the same cost will be admitted by all rules, if nobody else comes first.
        retry_after: Duration,
    },
    /// The cache failed, and [`Fallback::Admit`] is configured. It may have cost its cost or not.
    Unmetered,
}

/// Why a check was not decided.
#[kata::error(Eq)]
pub enum CheckError {
    /// The cost is 0 or more than [`COST_MAX`].
    InvalidCost,
    /// A kind or a name is empty or too long, there are too many subjects, or two of one kind.
    InvalidSubject,
    /// The cost is more than a rule that applies ever admits at once.
    TooCostly,
    /// The cache failed, and [`Fallback::Refuse`] is configured. With [`Failure::Refused`] it costs nothing.
    Failed(Failure),
}

/// Decides who may go on. The rules are told in the documentation of this [crate](crate).
#[kata::contract(config = Config, ports(cache, clock, random))]
pub trait RateLimiter {
    /// Decides about one check, and charges it if it is admitted.
    async fn check(&self, check: Check) -> Result<Decision, CheckError>;
}
