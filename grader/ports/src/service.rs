//! The shape that all models share.

use crate::{NodeId, Time};

/// A service as a pure state machine: the model of one port.
///
/// Equal sequences of calls give equal answers; a model draws no randomness and reads no clock. Iteration
/// order is the order of keys.
pub trait Service {
    /// What nodes ask of it.
    type Request;
    /// What it answers, the port's own refusals included.
    type Reply;

    /// Takes one request of node `from`, which reaches the service at `now` (the service's clock).
    fn handle(&mut self, now: Time, from: NodeId, request: &Self::Request) -> Handled<Self::Reply>;

    /// Node `node` lost its connections (it crashed). Group members and leases of that node may go.
    fn disconnected(&mut self, _now: Time, _node: NodeId) {}
}

/// What a service did with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handled<R> {
    /// It took effect; this is the answer.
    Reply(R),
    /// Nothing to answer yet (a long poll). The caller offers the same request again whenever the service has
    /// handled another one, and at `until` at the latest, when it must be answered.
    Wait {
        /// When the answer is due whatever happens.
        until: Time,
    },
}

impl<R> Handled<R> {
    /// Wraps the answer of a reply, keeps a wait.
    pub fn map<S>(self, f: impl FnOnce(R) -> S) -> Handled<S> {
        match self {
            Handled::Reply(reply) => Handled::Reply(f(reply)),
            Handled::Wait { until } => Handled::Wait { until },
        }
    }
}
