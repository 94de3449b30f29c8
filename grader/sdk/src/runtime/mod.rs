//! How a graded process runs: nodes that are stepped from stall to stall, and the loop that serves the grader's link.
//!
//! [`main`] is what [`macro@crate::main`] calls. [`node::Node`] is one node, also used by [`crate::testing`].
//! `overrides` answers the process's own clock, randomness and output calls by seed and frame, so that a
//! schedule repeats.

mod capture;
mod child;
pub mod node;
#[cfg(target_os = "linux")]
mod overrides;
mod panics;
mod role;
mod threads;

pub use child::main;
pub use panics::report_panics;
pub use role::{RoleEntry, role};
