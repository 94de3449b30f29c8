//! The simulated datacentre: virtual time, a scheduler that owns every order, services, and what can go wrong.
//!
//! Pure: a run is a function of a seed, a requirement and what the graded process answers through [`Host`]. No process, file,
//! thread or real time here.
//!
//! A suite is written against [`Datacentre`], [`requirement`] and [`rules`]; a grader drives [`Judge`]. Inside, `world` is what
//! happens, `flight` decides what comes next, `run` is the loop.

mod batch;
mod call;
mod capacity;
mod channel;
mod datacentre;
mod draw;
mod expect;
mod flight;
pub mod host;
mod in_process;
mod judge;
mod load;
mod meter;
mod node;
mod observed;
mod outside;
pub mod plan;
mod prices;
mod race;
mod recorder;
mod requirement;
pub mod rules;
mod run;
mod scale;
mod sentences;
mod short_pages;
mod shrink;
mod slot;
mod strategy;
mod world;

pub use capacity::Provision;
pub use datacentre::{Datacentre, RuleGuard};
pub use expect::Expect;
pub use host::{Host, HostError};
pub use in_process::InProcess;
pub use judge::{Hosts, Judge};
pub use kata_ports::{Caller, NodeId, Port, Time};
pub use kata_sdk_macros::requirement;
pub use load::{Arrivals, Load, Popularity, Served, Visitor};
pub use observed::{Observed, Seen};
pub use outside::{Deed, Outside, Stop, judge_outside};
pub use race::{Race, Yardstick};
pub use requirement::{Budget, Requirement, Scenario, Stage, Suite, Sweep};
pub use sentences::is_unwritten;

/// The contract that `C` is a client of, for [`Suite::contract`].
pub fn contract<C: kata::client::Client>() -> (&'static str, u64) {
    (C::CONTRACT, C::hash())
}
