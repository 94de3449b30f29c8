//! The ports: what a solution may ask of its datacentre, and how each service answers.
//!
//! Every port is one module with its requests, replies, error and *model*: a pure state machine that
//! answers one request at a time and knows nothing of latency, loss or clients. What goes wrong between a
//! node and a service is decided elsewhere (`kata-sim`), so a model never times out and never throttles.
//! [`wire`] holds the frames that a graded process and the grader exchange.
//!
//! The models come with the feature `models`: a learner's program needs none of them, and they take longer to compile than all the
//! rest of it.
//!
//! Start with [`service`] for the shape that all models share, then read [`table`].

// Much of a request's own knowledge serves its model alone.
#![cfg_attr(not(feature = "models"), allow(dead_code))]

mod brief;
pub mod cache;
pub mod caller;
pub mod derived;
pub mod disk;
pub mod json;
pub mod log;
pub mod pubsub;
pub mod queue;
pub mod request;
pub mod service;
pub mod table;
pub mod time;
pub mod trouble;
pub mod wire;

pub use caller::Caller;
pub use json::Json;
pub use request::{Port, Reply, Request};
pub use service::{Handled, Service};
pub use time::Time;
pub use trouble::Trouble;

/// Which node of a deployment: `NodeId(0)` is shown to people as `node-1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct NodeId(pub u16);

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "node-{}", self.0 + 1)
    }
}
