//! Outside services: the learner's handle and the suite's play of them.

use crate::context::Context;
use crate::failure::PortError;
use kata_ports::request::{GatewayRequest, Reply, Request};
use kata_ports::{NodeId, Time, Trouble};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Why a call of an outside service gave no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayError<E> {
    /// The service answered with an error of its own. Definite: it means what the gateway's documentation says.
    Declined(E),
    /// The service did not answer; [`Trouble`] says whether the call can have had an effect.
    Trouble(Trouble),
}

impl<E> GatewayError<E> {
    /// True if the call certainly had no effect beyond what the gateway's own error says.
    pub fn is_definite(&self) -> bool {
        match self {
            GatewayError::Declined(_) => true,
            GatewayError::Trouble(trouble) => trouble.is_definite(),
        }
    }
}

impl<E: fmt::Debug> fmt::Display for GatewayError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GatewayError::Declined(error) => write!(f, "declined: {error:?}"),
            GatewayError::Trouble(trouble) => trouble.fmt(f),
        }
    }
}

impl<E: fmt::Debug> std::error::Error for GatewayError<E> {}
impl<E: fmt::Debug> PortError for GatewayError<E> {}

/// What a generated gateway handle is made of.
#[derive(Clone)]
pub struct GatewayClient {
    context: Context,
    gateway: &'static str,
}

impl GatewayClient {
    /// The way from a node to the gateway called `gateway`.
    pub fn new(context: Context, gateway: &'static str) -> GatewayClient {
        GatewayClient { context, gateway }
    }

    /// Calls a method by position.
    pub async fn call<T, E>(&self, method: u16, args: &impl Serialize) -> Result<T, GatewayError<E>>
    where
        T: DeserializeOwned,
        E: DeserializeOwned,
    {
        let args = postcard::to_stdvec(args).expect("a gateway's arguments encode");
        let request = GatewayRequest { gateway: self.gateway.to_owned(), method, args };
        match self.context.ask(Request::Gateway(request)).await.map_err(GatewayError::Trouble)? {
            Reply::Gateway(bytes) => postcard::from_bytes::<Result<T, E>>(&bytes)
                .expect("the grader answers with the gateway's own types")
                .map_err(GatewayError::Declined),
            _ => unreachable!("a gateway's request gets a gateway's reply"),
        }
    }
}

/// A gateway as a suite plays it; generated code dispatches to the typed model trait.
pub trait GatewayModel {
    /// The gateway's name: its trait in snake case.
    fn name(&self) -> &'static str;

    /// Takes one call, which reaches the service at `now`. Answers with the encoded result; with `None` if the call does
    /// not decode.
    fn call(&mut self, now: Time, from: NodeId, method: u16, args: &[u8]) -> Option<Vec<u8>>;

    /// The call and its result in a few words, for histories.
    fn describe(&self, method: u16, args: &[u8]) -> String;

    /// The result in a few words, for histories.
    fn describe_result(&self, method: u16, result: &[u8]) -> String;
}
