//! The disk: one node's own files.
//!
//! What a node writes it can read back at once, but a crash may take it: only what was *synced* is safe. Of the
//! rest a crash keeps any subset, later writes without earlier ones too, and may tear one of them. Every node has
//! its own disk, which outlives its crashes.
//!
//! Start with [`Request`]; [`Model`] holds the disks of all nodes.

mod error;
#[cfg(feature = "models")]
mod files;
mod limits;
#[cfg(feature = "models")]
mod model;
mod reply;
mod request;

pub use error::DiskError;
pub use limits::{IO_BYTES_MAX, NAME_BYTES_MAX, check_limits};
#[cfg(feature = "models")]
pub use model::{Model, Settings};
pub use reply::Reply;
pub use request::{Operation, Request};
