//! The contract of the circuit-breaker kata: calls to other services, which are not made while they would fail.
//!
//! Every rule that is judged stands in this crate: here and on the items it names. Hidden cases make these rules concrete;
//! they add none.
//!
//! # Calls
//!
//! - [`call`](CircuitBreaker::call) asks a [`Backend`] on behalf of somebody, at most once, and passes its answer on. Or
//!   it does not ask, and says [`CallError::Open`].
//! - Each call that was made has an *outcome*, when it ends. It *failed* if the backend answered with
//!   [`BackendError::Broken`], or did not answer ([`kata::Trouble`], whichever). [`BackendError::Rejected`] is no failure: the
//!   backend works, and the request is no good. A call was *slow* if [`Config::slow_after`] or more passed between
//!   asking and the end, whatever came of it.
//! - A call is *let through* at the moment when it is made. Calls that are not made have no outcome.
//!
//! # States
//!
//! Each backend has a breaker of its own, by its name; one knows nothing of another. Each node has its own, too: nodes do not talk. A
//! breaker is [`State::Closed`] at first, and again after its node crashed.
//!
//! - *Closed*: every call is let through. The window ([`Config::window`]) holds outcomes. When one comes in, and the window holds
//!   at least [`Config::calls_min`], the breaker opens if the share of failed ones is [`Config::failed_percent`] or more, or the share of
//!   slow ones [`Config::slow_percent`] or more, of all in the window.
//! - *Open*: no call is let through for [`Config::open_for`], counted from its opening. Whoever calls learns so at once
//!   ([`FAST`]). The first call after that is let through, and the breaker is half-open at the latest then.
//! - *Half-open*: [`Config::probes`] calls are let through, that first one among them, and no more. When all of them have ended, the breaker
//!   opens again if the share of failed or slow ones among them is as above, for another [`Config::open_for`]; else it closes, with
//!   an empty window. Meanwhile, other calls are refused like those of an open breaker.
//!
//! Only outcomes of calls that were let through since the last change of state count. Who was let through before comes too late: his
//! answer is passed on, and changes nothing.
//!
//! A change of state happens once, however many calls end at one moment. [`Status::changes`] counts them.
//!
//! # Time
//!
//! The clock of the node counts. Moments of a call lie between its leaving the client and its answer's arrival there. A call of
//! a backend takes up to a second; after that it has failed ([`kata::Trouble::TimedOut`]).
//!
//! Windows of time may be kept in buckets: an outcome counts for the length of the window, and may count for a tenth of it longer.
//!
//! # Load
//!
//! Four nodes run behind a load balancer, and 500 calls a second come for a backend that does not answer at all, with breakers that stay
//! open for five seconds. When they have had two seconds to notice, 99 of 100 calls are answered within [`REFUSED_P99_MAX`]. That
//! leaves room for the probes, and for few others.
//!
//! Start with [`CircuitBreaker`].

mod backend;

pub use backend::*;

use std::time::Duration;

/// How long a call takes at most that is not let through, the way there and back included, while nothing is under load.
pub const FAST: Duration = Duration::from_millis(100);
/// How long 99 of 100 calls take at most under the load that the documentation of this [crate](crate) tells.
pub const REFUSED_P99_MAX: Duration = Duration::from_millis(20);

/// What the grader configures a node with.
#[kata::data(Copy, Eq)]
pub struct Config {
    /// Which outcomes count.
    pub window: Window,
    /// How many outcomes the window must hold before the breaker can open: 1 or more, and not more than a window of calls holds.
    pub calls_min: u32,
    /// From which share of failed calls on the breaker opens: 1 to 100.
    pub failed_percent: u32,
    /// From which share of slow calls on the breaker opens: 1 to 100.
    pub slow_percent: u32,
    /// From when on a call is slow.
    pub slow_after: Duration,
    /// How long the breaker stays open before it lets a call through. At least 100 ms.
    pub open_for: Duration,
    /// How many calls are let through to see whether the backend is well again: 1 or more.
    pub probes: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            window: Window::Calls(10),
            calls_min: 5,
            failed_percent: 50,
            slow_percent: 80,
            slow_after: Duration::from_millis(400),
            open_for: Duration::from_secs(10),
            probes: 3,
        }
    }
}

/// Which outcomes count.
#[kata::data(Copy, Eq)]
pub enum Window {
    /// The last so many, in the order in which they came in. 1 to 1,000.
    Calls(u32),
    /// Those that came in within that time, up to a tenth longer.
    Time(Duration),
}

/// What a breaker lets through.
#[kata::data(Copy, Eq)]
pub enum State {
    /// Everything.
    Closed,
    /// Nothing. When [`Config::open_for`] is over and nobody has called since, either this or [`State::HalfOpen`] is right.
    Open,
    /// A few calls.
    HalfOpen,
}

/// What there is to know of a breaker.
#[kata::data(Copy, Eq)]
pub struct Status {
    /// What it lets through.
    pub state: State,
    /// How often its state has changed since the node started.
    pub changes: u64,
}

/// Why a call has no answer.
#[kata::error(definite, Eq)]
pub enum CallError {
    /// It was not made. The breaker lets nothing through for that long at least; zero if it is half-open.
    Open {
        /// How long the breaker stays open yet.
        retry_after: Duration,
    },
    /// The backend says that the request is no good.
    Rejected,
    /// The backend failed, or did not answer.
    BackendFailed,
}

/// Calls that are not made while they would fail. The rules are told in the documentation of this [crate](crate).
#[kata::contract(config = Config, ports(clock), gateways(Backend))]
pub trait CircuitBreaker {
    /// Asks a backend, or refuses to.
    async fn call(&self, call: Call) -> Result<u64, CallError>;

    /// How the breaker of a backend is.
    fn status(&self, backend: String) -> Status;
}
