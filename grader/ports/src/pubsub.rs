//! Publish and subscribe in the manner of Redis: what is published reaches whoever listens at that moment, and nobody else.
//!
//! A node listens over *connections*, each of which is subscribed to channels. A message goes to every connection that is subscribed
//! to its channel and waits there to be read. Nothing is kept beyond that: a connection that breaks takes with it what it had not
//! given out, and what is published while nobody listens is gone. Messages of one publisher to one channel arrive in order.
//!
//! Start with [`Request`]; [`Model`] is the behaviour that everything else must match.

mod error;
mod limits;
mod message;
#[cfg(feature = "models")]
mod model;
mod reply;
mod request;

pub use error::PubSubError;
pub use limits::{
    CHANNEL_BYTES_MAX, MESSAGE_BYTES_MAX, NEXT_MESSAGES_MAX, UNREAD_BYTES_MAX, WAIT_MAX, check_limits,
};
pub use message::Message;
#[cfg(feature = "models")]
pub use model::Model;
pub use reply::Reply;
pub use request::Request;
