//! The contract of the load-balancer kata: many requests, several backends, and who gets which.
//!
//! Every rule that is judged stands in this crate: here and on the items it names. Hidden cases make these rules concrete;
//! they add none.
//!
//! # Requests
//!
//! - [`handle`](LoadBalancer::handle) hands a request to a backend ([`Backends::forward`]) and passes its answer on as it is.
//! - A backend is *available* if it is healthy and not draining. Only available backends are chosen, by the [`Policy`].
//! - If none is available, the request is refused at once ([`FAST`]) with [`HandleError::NoBackend`].
//! - A request is *handed over* at the moment when it leaves the node for a backend. It is *in flight* there from that moment until its
//!   answer, its error or the news that none will come ([`kata::Trouble`]) has reached the node.
//! - Nodes do not talk to each other. Each counts what it handed over itself, keeps everything in memory, and begins anew after a crash.
//!
//! # Policies
//!
//! [`Policy`] says what each of them promises. Two words it uses:
//!
//! *In the long run* means: any deviation that chance explains is fine, and is the only one. What is judged has a probability below
//! 10⁻⁹ for a solution that keeps the promise.
//!
//! *In rotation*: of any m requests in a row that are handed over while the same backends are available, a backend with weight
//! w gets m · w / W, give or take less than [`SHARE_SLACK`], where W is the weight of all that are available. In a row means
//! one after the other as they leave the node; they may be in flight together. The bound is for up to four backends, for times
//! without further tries, and not while a backend is on its way back (see below).
//!
//! # Health
//!
//! - Every backend is healthy at first.
//! - Each is probed ([`Backends::probe`]) for as long as the node runs, healthy or not, draining or not. The first probe begins at most
//!   [`Config::probe_every`] after the start. The next one begins between [`Config::probe_every`] after the one before *began* and
//!   [`Config::probe_every`] after it *ended*.
//! - A probe is good if the answer is `Ok` and is there within [`Config::probe_timeout`]. Else it has failed, and ends then at the
//!   latest. Probes of one backend hold up no probes of another.
//! - A healthy backend becomes unhealthy when [`Config::unhealthy_after`] probes in a row have failed; an unhealthy one becomes healthy
//!   when [`Config::healthy_after`] in a row were good. Nothing else changes the health of a backend; what becomes of
//!   requests does not.
//! - So a backend that fails every probe from some moment on gets no requests any more when `unhealthy_after · (probe_every +
//!   probe_timeout) +` [`NOTICE_SLACK`] have passed, and one whose probes are all good again is available `healthy_after ·
//!   (probe_every + probe_timeout) + ` [`NOTICE_SLACK`] later.
//!
//! # Draining
//!
//! - From the moment at which [`drain`](LoadBalancer::drain) has answered, no request is handed to the backend, whatever the
//!   policy, and no further try either. Requests in flight there go on, and their answers are passed on.
//! - [`undrain`](LoadBalancer::undrain) ends that. Draining says nothing about health, and health nothing about draining.
//!
//! # Coming back
//!
//! Under [`Policy::WeightedRoundRobin`], a backend that becomes available again (it was unhealthy or draining) begins with
//! little. When t has passed since then, and t is less than [`Config::slow_start`], its weight counts as w · f, for some f
//! between t / `slow_start` - 1/10 and t / `slow_start` + 1/10. So weights may rise in steps of a tenth, or begin with a tenth.
//! Of m requests in a row between two moments of that time, it gets at least what the least such f of the first moment gives
//! it, and at most what the greatest of the second one gives it, give or take [`SHARE_SLACK`]. If it is the only available one,
//! it gets all. No backend is on its way back when a node starts. If `slow_start` is zero, all of this is void.
//!
//! # Further tries
//!
//! A request whose try failed is handed to another backend if all of this holds:
//!
//! - *It is safe.* The failure is definite, so nothing happened: [`ForwardError::Refused`], or a trouble that
//!   [says so](kata::Trouble::is_definite). Or the request may happen twice: [`Method::is_idempotent`].
//! - *It is allowed.* No request is handed over more than [`Config::tries_max`] times, and never twice to the same backend. So there
//!   has to be another one that is available, at that moment. The policy chooses among those.
//! - *It is paid for.* Each node has a purse with tries in it, [`Config::purse`] at first, and never more. Every request puts
//!   [`Config::purse_percent`] hundredths of a try into it when it comes. Every further try takes one out. Less than one pays for none.
//!
//! If one of these does not hold, the request has failed. If every try was refused definitely, it ends with
//! [`HandleError::Refused`]; if one of them may have had an effect, with [`HandleError::Failed`], whatever came of the others.
//!
//! # Time
//!
//! The clock of the node counts. A try takes up to a second; after that it has failed ([`kata::Trouble::TimedOut`]). One way between
//! client, node and backend takes up to 20 ms.
//!
//! # Load
//!
//! Two nodes share [`LOADED_BACKENDS`] backends, one of which takes [`SLOWER_BY`] longer than the others, and is healthy
//! nevertheless. [`LOADED_PER_S`] requests come in a second. Under [`Policy::LeastConnections`] and under
//! [`Policy::TwoChoices`], 99 of 100 are answered within [`LOADED_P99_MAX`]. Backends are as fast as services over the public
//! internet are: most answer within 120 ms, and 99 of 100 within 200 ms.
//!
//! Start with [`LoadBalancer`].

mod backends;

pub use backends::*;

use kata::Caller;
use std::time::Duration;

/// How long a request takes at most that is handed to nobody, the way there and back included, while nothing is under load.
pub const FAST: Duration = Duration::from_millis(100);
/// By less than how many requests a backend in rotation deviates from its share.
pub const SHARE_SLACK: u32 = 3;
/// What networks may add to the time until a change of health is noticed.
pub const NOTICE_SLACK: Duration = Duration::from_millis(100);
/// How many times its fair share of all addresses or keys a backend gets at most, and the other way around: at least one
/// by this.
pub const SPREAD_MAX: f64 = 1.5;
/// How many of 100 keys move at most, of those that need not.
pub const MOVED_PERCENT_MAX: u32 = 5;
/// How many backends there are under load.
pub const LOADED_BACKENDS: u32 = 40;
/// How many requests come in a second then.
pub const LOADED_PER_S: u32 = 10_000;
/// How much longer one of the backends takes then.
pub const SLOWER_BY: Duration = Duration::from_millis(700);
/// How long 99 of 100 requests take at most then.
pub const LOADED_P99_MAX: Duration = Duration::from_millis(500);

/// What the grader configures a node with.
#[kata::data(Eq)]
pub struct Config {
    /// How a backend is chosen.
    pub policy: Policy,
    /// Whom requests can be handed to: one or more, each name once.
    pub backends: Vec<Backend>,
    /// How often each backend is probed. At least 500 ms.
    pub probe_every: Duration,
    /// From when on a probe has failed. At least 100 ms, less than a second and not more than [`Config::probe_every`].
    pub probe_timeout: Duration,
    /// How many probes have to fail in a row: 1 or more.
    pub unhealthy_after: u32,
    /// How many probes have to be good in a row: 1 or more.
    pub healthy_after: u32,
    /// How long a backend that comes back takes until it has its whole weight; zero for not at all.
    pub slow_start: Duration,
    /// How often a request is handed over at most: 1 or more.
    pub tries_max: u32,
    /// How many further tries the purse holds at most.
    pub purse: u32,
    /// How many hundredths of a try each request puts into the purse: up to 100.
    pub purse_percent: u32,
}

impl Default for Config {
    fn default() -> Config {
        let backend = |name: &str| Backend { name: name.to_owned(), weight: 1 };
        Config {
            policy: Policy::RoundRobin,
            backends: ["ash", "birch", "cedar", "douglas"].map(backend).to_vec(),
            probe_every: Duration::from_secs(2),
            probe_timeout: Duration::from_millis(300),
            unhealthy_after: 3,
            healthy_after: 2,
            slow_start: Duration::ZERO,
            tries_max: 3,
            purse: 10,
            purse_percent: 20,
        }
    }
}

/// A backend, as the configuration names it.
#[kata::data(Eq)]
pub struct Backend {
    /// Its name.
    pub name: String,
    /// Its share in proportion to others, 1 to 100. Counts under [`Policy::WeightedRoundRobin`] only.
    pub weight: u32,
}

/// How a backend is chosen, among those that are available and have not had the request yet.
#[kata::data(Copy, Eq)]
pub enum Policy {
    /// All are in rotation, with equal weights: one after the other, or in rounds of any order.
    RoundRobin,
    /// All are in rotation, each with its weight. Heavy ones are spread among the others: that is what the bound for *any* m says.
    WeightedRoundRobin,
    /// One of those with the fewest requests in flight, at that moment and from this node. Ties are free.
    LeastConnections,
    /// Two different ones are drawn, every pair as likely as any other, and the one with fewer requests in flight gets it. Ties are
    /// free. If there is only one, it gets it.
    TwoChoices,
    /// The address of the caller decides ([`kata::Caller::ip`], any text), all of it. Requests of one address go to one
    /// backend, as long as the same ones are available; every node with the same configuration chooses the same one, before and
    /// after a crash. In the long run, of the addresses of all kinds, each of the n backends that are available gets between 1/n by
    /// [`SPREAD_MAX`] and 1/n times [`SPREAD_MAX`].
    AddressHash,
    /// The key of the request decides ([`Request::key`]), and all that [`Policy::AddressHash`] says of addresses holds for
    /// keys. Besides, when one backend is not available any more, the keys of the others stay where they are, but for
    /// [`MOVED_PERCENT_MAX`] of 100 in the long run. When it is back, every key is where it was.
    ConsistentHash,
}

/// What there is to know of a backend, at one node.
#[kata::data(Eq)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// Whether it is healthy.
    pub is_healthy: bool,
    /// Whether it is draining.
    pub is_draining: bool,
    /// How many requests this node has in flight there.
    pub in_flight: u32,
}

/// Why a request has no answer.
#[kata::error(Eq)]
pub enum HandleError {
    /// No backend is available. The request was handed to nobody.
    NoBackend,
    /// Each backend that it was handed to refused it, or could not be reached. It had no effect.
    Refused,
    /// It failed, and may have had its effect: `Failure::Unknown`.
    Failed(kata::Failure),
}

/// Why a backend was not drained, or the other way around.
#[kata::error(definite, Eq)]
pub enum DrainError {
    /// There is no backend of this name.
    UnknownBackend,
}

/// Hands requests to backends. The rules are told in the documentation of this [crate](crate).
#[kata::contract(config = Config, ports(clock, random), gateways(Backends))]
pub trait LoadBalancer {
    /// Hands a request to a backend, or to several in turn where that is safe, and passes the answer on.
    async fn handle(&self, caller: &Caller, request: Request) -> Result<Response, HandleError>;

    /// From now on a backend gets nothing new. Again, it changes nothing.
    fn drain(&self, backend: String) -> Result<(), DrainError>;

    /// From now on a backend gets requests again, if it is healthy. For one that is not draining it changes nothing.
    fn undrain(&self, backend: String) -> Result<(), DrainError>;

    /// How the backends are, as this node sees them and in the order of the configuration.
    fn status(&self) -> Vec<Status>;
}
