//! The simulated datacentre: virtual time, a scheduler that owns every order, services, and what can go wrong.
//!
//! Pure: a run is a function of a seed, a requirement and what the graded process answers through [`Host`]. No process, file,
//! thread or real time here.

pub mod host;

pub use host::{Host, HostError};
