//! The queue: work handed to whoever asks for it, in the manner of SQS.
//!
//! A message that is received is hidden, not gone: who received it acknowledges it within its *visibility*, else it
//! is delivered again. After too many deliveries it moves to the queue's *dead letters*. Order is that of becoming
//! visible, but nobody should count on it.
//!
//! Start with [`Request`]; [`Model`] is the behaviour that everything else must match.

mod error;
mod limits;
mod message;
#[cfg(feature = "models")]
mod model;
mod reply;
mod request;
#[cfg(feature = "models")]
mod state;

pub use error::QueueError;
pub use limits::{
    BODY_BYTES_MAX, DELAY_MAX, NAME_BYTES_MAX, RECEIVE_MESSAGES_MAX, VISIBILITY_MAX, VISIBILITY_MIN,
    WAIT_MAX, check_limits,
};
pub use message::{Message, Receipt, dead_letters};
#[cfg(feature = "models")]
pub use model::{Model, Settings};
pub use reply::Reply;
pub use request::Request;
