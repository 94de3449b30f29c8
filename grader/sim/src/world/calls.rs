//! Clients' calls on their way to a node and back.

use super::{CALL_TIMEOUT, Coming, World};
use crate::call::Call;
use crate::flight::Window;
use crate::node::Status;
use crate::recorder::Entry;
use kata_check::LineKind;
use kata_ports::NodeId;
use kata_ports::wire::{CallId, Delivery, Event};

impl World {
    /// A client sends a call.
    pub(crate) fn send_call(&mut self, id: CallId, mut call: Call) {
        let deadline = self.now + CALL_TIMEOUT;
        // A stream has no end that its client could wait for.
        if call.items.is_none() {
            call.timeout = Some(self.flight.add(Window::exactly(deadline), Coming::GivesUp(id)));
            call.caller.deadline = Some(deadline);
            self.patient += 1;
        }
        call.sent = self.now;
        self.calls.insert(id, call);
        let window = self.transit("call", id);
        self.flight.add(window, Coming::CallArrives(id));
    }

    pub(super) fn call_arrives(&mut self, id: CallId) -> Option<Delivery> {
        let Some(target) = self.chosen(id).or_else(|| self.route(id)) else {
            self.homeless.push(id);
            return None;
        };
        let call = self.calls.get_mut(&id)?;
        call.node = Some(target);
        let event = Event::Call {
            call: id,
            method: call.method,
            caller: call.caller.clone(),
            args: std::mem::take(&mut call.args),
        };
        let (from, what) = (call.caller.principal.clone(), std::mem::take(&mut call.shown));
        if self.tells_of(Some(id)) {
            let (kind, to, outcome) = (LineKind::Call, target.to_string(), String::new());
            self.record(|| Entry { kind, from, to, what, outcome });
        }
        self.nodes.get_mut(&target)?.calls.insert(id);
        if let Some(items) = self.early_credit(id).map(std::mem::take).filter(|items| *items > 0) {
            let credit = self.delivery(target, Event::Credit { call: id, items });
            self.urgent.extend(credit);
        }
        self.delivery(target, event)
    }

    /// The node in whose inbox a call was, if it serves.
    fn chosen(&self, id: CallId) -> Option<NodeId> {
        self.calls.get(&id)?.node.filter(|node| self.serves(node))
    }

    fn serves(&self, node: &NodeId) -> bool {
        self.nodes.get(node).is_some_and(|node| node.status == Status::Open)
    }

    /// The node that a call goes to, if one can take it now.
    pub(super) fn route(&self, id: CallId) -> Option<NodeId> {
        if let Some(pinned) = self.calls.get(&id)?.pinned {
            return Some(pinned).filter(|node| self.serves(node));
        }
        let open: Vec<NodeId> = self.nodes.keys().copied().filter(|node| self.serves(node)).collect();
        if open.is_empty() {
            return None;
        }
        let index = self.draw.below(open.len() as u64, "route", id, 0);
        open.get(usize::try_from(index).ok()?).copied()
    }

    /// Calls that found no node try again.
    pub(super) fn route_homeless(&mut self) {
        for id in std::mem::take(&mut self.homeless) {
            let window = self.transit("call again", id);
            self.flight.add(window, Coming::CallArrives(id));
        }
    }

    pub(super) fn return_arrives(&mut self, id: CallId, result: Option<Vec<u8>>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Some(timeout) = call.timeout.take() {
            self.flight.cancel(timeout);
            self.patient -= 1;
        }
        match &mut call.items {
            Some(items) => {
                items.ended = true;
                items.hand_over();
            }
            None => self.resolve(id, result),
        }
    }

    /// The client stops waiting; the handler goes on.
    pub(super) fn give_up(&mut self, id: CallId) {
        self.resolve(id, None);
    }

    /// The client learns what it will ever learn.
    fn resolve(&mut self, id: CallId, result: Option<Vec<u8>>) {
        let is_told = self.tells_of(Some(id));
        let Some(mut call) = self.calls.remove(&id) else { return };
        let Some(waiting) = call.waiting.take() else { return };
        if let Some(meter) = self.scale.as_mut().and_then(|scale| scale.meter.as_mut()) {
            meter.called(call.name, result.is_some().then(|| self.now.since(call.sent)));
        }
        let line = is_told.then(|| {
            self.record(|| Entry {
                kind: LineKind::Return,
                from: call.node.map_or_else(|| "datacentre".to_owned(), |node| node.to_string()),
                to: call.caller.principal.clone(),
                what: call.name.to_owned(),
                outcome: if result.is_none() { "no answer".to_owned() } else { String::new() },
            })
        });
        waiting.fill((result, line));
    }

    /// The client of a stream is ready for its next item.
    pub(crate) fn send_credit(&mut self, id: CallId) {
        let window = self.transit("credit", id);
        self.flight.add(window, Coming::CreditArrives(id));
    }

    /// A client's readiness for one more item reaches the node that holds its call. It may overtake the call, and waits for it then.
    pub(super) fn credit_arrives(&mut self, id: CallId) -> Option<Delivery> {
        let delivery = self.to_node_of(id, Event::Credit { call: id, items: 1 });
        if delivery.is_none()
            && let Some(early) = self.early_credit(id)
        {
            *early += 1;
        }
        delivery
    }

    fn early_credit(&mut self, id: CallId) -> Option<&mut u32> {
        Some(&mut self.calls.get_mut(&id)?.items.as_mut()?.early_credit)
    }

    /// The client of a stream goes away.
    pub(crate) fn send_hangup(&mut self, id: CallId) {
        let window = self.transit("hangup", id);
        self.flight.add(window, Coming::HangupArrives(id));
    }

    pub(super) fn item_arrives(&mut self, id: CallId) {
        if let Some(items) = self.calls.get_mut(&id).and_then(|call| call.items.as_mut()) {
            items.arrived = (items.arrived + 1).min(items.sent.len());
            items.hand_over();
        }
    }

    /// An event for whichever node holds a call.
    pub(super) fn to_node_of(&self, call: CallId, event: Event) -> Option<Delivery> {
        let holder = self.nodes.values().find(|node| node.calls.contains(&call))?;
        self.delivery(holder.id, event)
    }
}
