//! At level `scale` a node takes one thing at a time, and everything it takes and does costs its core time.

use super::{Coming, World};
use crate::capacity::{Taken, bytes};
use crate::scale::Core;
use kata_ports::NodeId;
use kata_ports::wire::{Act, Delivery};
use std::time::Duration;

impl World {
    /// Puts what comes for a node into its inbox. Gives back what is for nobody's core, and everything at other levels.
    pub(super) fn queue_up(&mut self, coming: Coming) -> Option<Coming> {
        if self.scale.is_none() {
            return Some(coming);
        }
        let Some(node) = self.receiver(&coming) else { return Some(coming) };
        let scale = self.scale.as_mut()?;
        let core = scale.cores.entry(node).or_default();
        core.inbox.push_back(coming);
        self.begin_turn(node);
        None
    }

    /// A node takes the first thing in its inbox: it is done with it by now.
    pub(super) fn turn(&mut self, node: NodeId) -> Option<Delivery> {
        let core = self.core(node)?;
        core.turning = false;
        let coming = core.inbox.pop_front()?;
        let delivery = self.come(coming);
        if delivery.is_none() {
            self.begin_turn(node);
        }
        delivery
    }

    /// What a node did costs its core time, too; then it takes the next thing.
    pub(super) fn charge(&mut self, node: NodeId, acts: &[Act]) {
        let now = self.now;
        let Some(scale) = &mut self.scale else { return };
        let cost = |act: &Act| match act {
            Act::Ask { request, .. } => scale.capacity.asking_us(bytes(request)),
            Act::Return { result, .. } => scale.capacity.sending_us(result.len() as u64),
            Act::Push { item, .. } => scale.capacity.sending_us(item.len() as u64),
            _ => 0,
        };
        let micros: u64 = acts.iter().map(cost).sum();
        if let Some(core) = scale.cores.get_mut(&node) {
            core.station.work(now, micros * 1_000);
        }
        self.begin_turn(node);
    }

    /// A node that does nothing takes the first thing in its inbox.
    fn begin_turn(&mut self, node: NodeId) {
        let now = self.now;
        let Some(scale) = &mut self.scale else { return };
        let Some(core) = scale.cores.get_mut(&node).filter(|core| !core.turning) else { return };
        let Some(first) = core.inbox.front() else { return };
        let (kind, size) = match first {
            Coming::CallArrives(call) => {
                (Taken::Call, self.calls.get(call).map_or(0, |call| call.args.len() as u64))
            }
            Coming::AnswerArrives { answer, .. } => (Taken::Answer, bytes(answer)),
            _ => (Taken::Event, 0),
        };
        core.turning = true;
        let micros = scale.capacity.taking_us(kind, size);
        let done = core.station.serve(now, micros * 1_000);
        self.flight.add(crate::flight::Window::exactly(now + done), Coming::Turn(node));
    }

    /// A node that crashed takes nothing more. Returns the calls that were waiting there.
    pub(super) fn empty_inbox(&mut self, node: NodeId) -> Vec<Coming> {
        self.core(node).map(|core| core.inbox.drain(..).collect()).unwrap_or_default()
    }

    fn core(&mut self, node: NodeId) -> Option<&mut Core> {
        self.scale.as_mut()?.cores.get_mut(&node)
    }

    /// The node that something is for. A call's is chosen now.
    fn receiver(&mut self, coming: &Coming) -> Option<NodeId> {
        match coming {
            Coming::CallArrives(id) => {
                let target = self.route(*id)?;
                self.calls.get_mut(id)?.node = Some(target);
                Some(target)
            }
            Coming::AnswerArrives { node, .. } | Coming::Wakes { node, .. } | Coming::Starts(node) => {
                Some(*node)
            }
            Coming::CreditArrives(call) | Coming::HangupArrives(call) => {
                self.nodes.values().find(|node| node.calls.contains(call)).map(|node| node.id)
            }
            _ => None,
        }
    }
}

impl World {
    /// How long it takes from one machine to another at level `scale`.
    pub(super) fn network(&self, purpose: &str, key: u64) -> Option<Duration> {
        let scale = self.scale.as_ref()?;
        Some(scale.capacity.transit(self.draw, purpose, key))
    }
}
