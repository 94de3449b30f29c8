//! What [`macro@crate::contract`] implements: a contract as the runtime sees it.

use crate::context::Context;
use kata_ports::Caller;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Why `open` could not bring a node up. The grader starts the node again a little later, as an orchestrator would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError(String);

impl OpenError {
    /// An error with a reason that people read.
    pub fn new(reason: impl Into<String>) -> OpenError {
        OpenError(reason.into())
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Any error can end `open` through `?`.
impl<E: std::error::Error> From<E> for OpenError {
    fn from(error: E) -> OpenError {
        OpenError(error.to_string())
    }
}

/// A contract together with one implementation of it. Implemented by generated code only.
pub trait Contract: 'static {
    /// The trait's name, such as `UrlShortener`.
    const NAME: &'static str;
    /// The methods' names, by position.
    const METHODS: &'static [&'static str];
    /// The implementation.
    type Solution: Send + Sync + 'static;
    /// What the grader configures a node with.
    type Config: Serialize + DeserializeOwned + Send + 'static;

    /// The hash over the contract's wire shape.
    fn hash() -> u64;

    /// Runs `open`.
    fn open(
        context: Context,
        config: Self::Config,
    ) -> impl Future<Output = Result<Self::Solution, OpenError>> + Send + 'static;

    /// Runs `background`.
    fn background(solution: Arc<Self::Solution>) -> impl Future<Output = ()> + Send + 'static;

    /// Runs the method at position `method`. `None` if there is no such method or `args` do not decode, which a
    /// grader with the same contract hash never sends.
    fn call(handler: Handler<Self::Solution>, method: u16, args: &[u8]) -> Option<HandlerFuture>;
}

/// What a method's dispatch needs.
pub struct Handler<S> {
    /// The implementation.
    pub solution: Arc<S>,
    /// Who calls.
    pub caller: Caller,
    /// The node, for sinks.
    pub context: Context,
    /// The call, which names a sink.
    pub call: u64,
}

/// A method running; gives its result, encoded with postcard.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Vec<u8>> + Send>>;
