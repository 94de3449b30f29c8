//! Nodes starting, acting and crashing.

use super::{Coming, REOPEN_AFTER, World};
use crate::draw::mix;
use crate::flight::Window;
use crate::node::{Node, Status};
use crate::outside::Deed;
use crate::recorder::Entry;
use crate::sentences;
use kata_check::LineKind;
use kata_ports::wire::{Act, CallId, Delivery, Event, Stream};
use kata_ports::{NodeId, Port, Request};
use std::time::Duration;

impl World {
    /// Adds a node and starts it.
    pub(crate) fn add_node(&mut self, role: u16, config: Vec<u8>) -> NodeId {
        let id = NodeId(u16::try_from(self.nodes.len()).unwrap_or(u16::MAX));
        self.nodes.insert(id, Node::new(id, role, config));
        self.start(id, Duration::ZERO);
        id
    }

    /// Starts a node after a while, unless it runs or is about to.
    pub(crate) fn start(&mut self, id: NodeId, after: Duration) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        if node.status == Status::Down && !node.starting {
            node.starting = true;
            self.flight.add(Window::exactly(self.now + after), Coming::Starts(id));
        }
    }

    pub(super) fn start_arrives(&mut self, id: NodeId) -> Option<Delivery> {
        let seed = self.draw.bits("node", u64::from(id.0), self.nodes.get(&id)?.life);
        let node = self.nodes.get_mut(&id)?;
        node.starting = false;
        node.status = Status::Opening;
        let event = Event::Start { seed: mix(seed), role: node.role, config: node.config.clone() };
        let again = node.life > 0;
        if self.tells_of(None) {
            self.record(|| Entry::about(LineKind::Node, id, if again { "starts again" } else { "starts" }));
        }
        self.delivery(id, event)
    }

    /// A node crashes: its memory is gone, its clients learn nothing. What it had asked and has not arrived is lost with it
    /// if it is `cut_off`; else it still arrives.
    pub(crate) fn crash(&mut self, id: NodeId, cut_off: bool) {
        if self.nodes.get(&id).is_some_and(|node| node.status != Status::Down) {
            self.record(|| Entry::about(LineKind::Node, id, "crashes"));
            let from_it =
                |coming: &Coming| matches!(coming, Coming::RequestArrives(request) if request.node == id);
            self.asked_at_crash += self.flight.count(from_it);
            if cut_off {
                self.flight.cancel_all(from_it);
            }
            // A poll is only worth something to a connection that is there to take its answer.
            self.flight.cancel_all(|coming| match coming {
                Coming::RequestArrives(request) => {
                    request.node == id
                        && matches!(&request.request, Request::Log(asked) if asked.dies_with_its_node())
                }
                _ => false,
            });
            self.stop(id);
        }
    }

    fn stop(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        node.status = Status::Down;
        node.life += 1;
        node.asks.clear();
        let life = node.life;
        let timers = std::mem::take(&mut node.timers);
        let mut calls = std::mem::take(&mut node.calls);
        calls.extend(self.empty_inbox(id).into_iter().filter_map(|coming| match coming {
            Coming::CallArrives(call) => Some(call),
            _ => None,
        }));
        for flight in timers.into_values() {
            self.flight.cancel(flight);
        }
        for call in calls {
            if let Some(items) = self.calls.get_mut(&call).and_then(|call| call.items.as_mut()) {
                items.sent.truncate(items.arrived);
            }
            let window = self.transit("connection lost", call);
            self.flight.add(window, Coming::ReturnArrives(call, None));
        }
        self.drop_polls_of(id);
        let (draw, key, mut ordinal) = (self.draw, life << 16 | u64::from(id.0), 0);
        self.services.crashed(self.now, id, &mut |choices| {
            ordinal += 1;
            let chosen = draw.below(choices as u64, "what the disk keeps", key, ordinal);
            usize::try_from(chosen).unwrap_or_default()
        });
        self.act_abroad(Deed::Crashed(id));
        // What it held may be another's now.
        self.offer_parked(&Port::Log);
        self.offer_parked(&Port::Queue);
        if let Some(delivery) = self.delivery(id, Event::Crash) {
            self.urgent.push_back(delivery);
        }
    }

    /// Takes what a node did in the step that `delivery` began.
    pub(crate) fn absorb(&mut self, delivery: &Delivery, acts: Vec<Act>) {
        let id = delivery.node;
        if matches!(delivery.event, Event::Crash) {
            return;
        }
        self.steps += 1;
        self.charge(id, &acts);
        for act in acts {
            if self.act(id, act).is_none() {
                self.complain(sentences::nonsense(id));
            }
        }
        self.step_done(id);
    }

    /// One act of a node; `None` if it makes no sense.
    fn act(&mut self, id: NodeId, act: Act) -> Option<()> {
        match act {
            Act::Opened(Ok(())) => self.opened(id)?,
            Act::Opened(Err(reason)) => {
                self.record(|| Entry::about(LineKind::Node, id, format!("cannot open: {reason}")));
                self.stop(id);
                self.start(id, REOPEN_AFTER);
            }
            Act::BackgroundEnded => {}
            // Taken out by whoever delivered the batch.
            Act::BatchDone { .. } => return None,
            Act::Return { call, result } => {
                self.nodes.get_mut(&id)?.calls.remove(&call).then_some(())?;
                self.answered_bytes += result.len() as u64;
                let window = self.transit("return", call);
                self.flight.add(window, Coming::ReturnArrives(call, Some(result)));
            }
            Act::Ask { ask, cause, request } => {
                self.nodes.get_mut(&id)?.asks.insert(ask).then_some(())?;
                self.send_request(id, ask, cause, request);
            }
            Act::Sleep { timer, cause: _, until } => {
                let now = self.now;
                let node = self.nodes.get_mut(&id)?;
                let (life, at) = (node.life, node.real(until).max(now));
                let coming = Coming::Wakes { node: id, life, timer };
                let flight = self.flight.add(Window::exactly(at), coming);
                self.nodes.get_mut(&id)?.timers.insert(timer, flight).is_none().then_some(())?;
            }
            Act::Cancel { timer } => {
                let flight = self.nodes.get_mut(&id)?.timers.remove(&timer)?;
                self.flight.cancel(flight);
            }
            Act::Push { call, item } => self.push(id, call, item)?,
            Act::Wrote { stream, text } => {
                let who = match stream {
                    Stream::Stdout => "prints",
                    Stream::Stderr => "prints to stderr",
                };
                if self.tells_of(None) {
                    self.record(|| Entry {
                        outcome: text.trim_end().to_owned(),
                        ..Entry::about(LineKind::Output, id, who)
                    });
                }
            }
            Act::Panicked { cause, message, location } => {
                self.record(|| Entry::about(LineKind::Node, id, format!("panics: {message}")));
                let method = match cause {
                    kata_ports::wire::Cause::Call(call) => self.calls.get(&call).map(|call| call.name),
                    _ => None,
                };
                self.complain(sentences::panicked(id, method, &message, &location));
            }
            Act::Violation(violation) => self.complain(sentences::violation(violation)),
        }
        Some(())
    }

    /// Keeps the first complaint: the others follow from it.
    fn complain(&mut self, complaint: kata_check::Complaint) {
        self.complaint.get_or_insert(complaint);
    }

    fn opened(&mut self, id: NodeId) -> Option<()> {
        let node = self.nodes.get_mut(&id).filter(|node| node.status == Status::Opening)?;
        node.status = Status::Open;
        for waiting in std::mem::take(&mut node.opening) {
            waiting.fill(());
        }
        self.route_homeless();
        self.begin_storm();
        Some(())
    }

    fn push(&mut self, id: NodeId, call: CallId, item: Vec<u8>) -> Option<()> {
        self.nodes.get(&id)?.calls.contains(&call).then_some(())?;
        let items = self.calls.get_mut(&call)?.items.as_mut()?;
        items.sent.push_back(item);
        let window = self.transit("item", call);
        self.flight.add(window, Coming::ItemArrives(call));
        Some(())
    }
}
