//! What a solution of a Kata exercise links, imported as `kata`.
//!
//! A learner implements a contract (a trait made by [`contract`]) against the ports of its `Env`: [`Table`],
//! [`Cache`], [`Topic`], [`Queue`], [`PubSub`], [`Disk`], [`Clock`], [`Random`]. Every port's error says
//! whether its effect is *definite* or *unknown*. [`main!`] turns the implementation into a program that the grader runs;
//! [`testing`] runs the same implementation inside `cargo test`.
//!
//! Where to start: the contract of your kata, then [`Table`].

pub mod client;
pub mod clock;
pub mod context;
pub mod contract;
pub mod failure;
mod few;
pub mod gateway;
pub mod handle;
pub mod keys;
pub mod link;
pub mod random;
pub mod runtime;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod services;
pub mod shape;
pub mod sink;
#[cfg(feature = "testing")]
pub mod testing;

pub use client::{Answer, Subscription};
pub use clock::Clock;
pub use contract::OpenError;
pub use failure::{Failure, PortError};
pub use gateway::GatewayError;
pub use handle::*;
pub use kata_ports::{Caller, Time, Trouble};
pub use kata_sdk_macros::{contract, data, error, gateway, main};
pub use random::Random;
pub use sink::{Closed, Sink};

/// What the attributes' generated code names. Not for people.
#[doc(hidden)]
pub mod private {
    pub use crate::client::{Channel, Client};
    pub use crate::context::Context;
    pub use crate::contract::{Contract, Handler, HandlerFuture};
    pub use crate::failure::ContractError;
    pub use crate::gateway::{GatewayClient, GatewayModel};
    pub use crate::shape::{Shape, Shapes};
    pub use kata_ports::{Caller, NodeId, Time};
    pub use postcard;
    pub use serde;
}
