//! Handles on the ports: what a solution stores and sends things with.
//!
//! A handle is a [`Context`](crate::context::Context) and a name, so it is cheap to clone and may be kept, shared
//! and moved into tasks. Requests are sent when their future is first polled; dropping a future does not take a
//! request back. An error's `is_definite` says whether the request certainly had no effect.

pub mod cache;
pub mod disk;
pub mod log;
pub mod pubsub;
pub mod queue;
pub mod table;

#[cfg(test)]
mod rig;

pub use cache::{Cache, CacheError, Cached};
pub use disk::{Disk, DiskError};
pub use log::{Consumer, LogError, Record, Topic};
pub use pubsub::{Heard, Listener, PubSub, PubSubError};
pub use queue::{Message, Queue, QueueError};
pub use table::{Condition, Item, Key, Page, Table, TableError, Transaction, Written};

/// An answer of another shape than its request calls for: a fault of the grader, never of a solution.
fn mismatch(reply: &kata_ports::Reply) -> ! {
    panic!("the grader sent an answer of the wrong kind: {reply}")
}
