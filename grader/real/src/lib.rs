//! The ports on real services, and the servers that these need.
//!
//! An adapter for each port: [`table`] on PostgreSQL, [`cache`] and [`pubsub`] on Redis, [`log`] and [`queue`] on NATS JetStream, [`disk`] in a
//! folder. Each answers as its model in `kata-ports` may; `tests/conformance` sees to that. [`servers`] starts what a grading needs
//! in containers, or takes what runs.

pub mod cache;
mod container;
pub mod disk;
pub mod engine;
mod examine;
mod grading;
pub mod log;
pub mod nats;
pub mod pubsub;
pub mod queue;
mod reality;
pub mod servers;
pub mod services;
pub mod settings;
pub mod table;
mod trouble;

pub use examine::{Examined, RoundTrip, clean, examine};
pub use grading::{Grading, GradingError};
