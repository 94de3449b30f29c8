//! One call of a client, from its leaving until nobody waits for it any more.

use crate::load::VisitId;
use crate::slot::Slot;
use kata_ports::{Caller, NodeId, Time};
use std::collections::VecDeque;

/// The encoded result of a call, if there is one, and the history's line about it, if that tells of it.
pub(crate) type Outcome = (Option<Vec<u8>>, Option<usize>);

/// One call of a client.
pub(crate) struct Call {
    /// The node it must go to; any node that serves if there is none.
    pub(crate) pinned: Option<NodeId>,
    /// The node it went to.
    pub(crate) node: Option<NodeId>,
    pub(crate) method: u16,
    pub(crate) name: &'static str,
    /// When it left its client.
    pub(crate) sent: Time,
    /// The visit of a load that it belongs to.
    pub(crate) visit: Option<VisitId>,
    /// What the history shows of it.
    pub(crate) shown: String,
    pub(crate) caller: Caller,
    pub(crate) args: Vec<u8>,
    /// Who waits for its result, until it has come or the client has given up.
    pub(crate) waiting: Option<Slot<Outcome>>,
    /// What is in flight to make the client give up.
    pub(crate) timeout: Option<u64>,
    /// The items pushed to it, if it has a sink.
    pub(crate) items: Option<Items>,
}

/// Items on their way through a sink.
#[derive(Default)]
pub(crate) struct Items {
    /// Sent, and not yet taken by the client; the first `arrived` have arrived.
    pub(crate) sent: VecDeque<Vec<u8>>,
    pub(crate) arrived: usize,
    /// How many items the client was ready for before its call reached a node.
    pub(crate) early_credit: u32,
    /// The client waits for one more.
    pub(crate) waiting: Option<Slot<Option<Vec<u8>>>>,
    /// The method has returned or its node died: no more will come.
    pub(crate) ended: bool,
}

impl Items {
    /// Hands an item to the client if both are there; the end once nothing is left.
    pub(crate) fn hand_over(&mut self) {
        if self.waiting.is_none() {
            return;
        }
        if self.arrived > 0 {
            self.arrived -= 1;
            let item = self.sent.pop_front();
            if let Some(waiting) = self.waiting.take() {
                waiting.fill(item);
            }
        } else if self.ended
            && self.sent.is_empty()
            && let Some(waiting) = self.waiting.take()
        {
            waiting.fill(None);
        }
    }
}
