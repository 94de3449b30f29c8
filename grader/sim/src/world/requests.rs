//! Nodes' requests on their way to a service and back.

use super::{ASK_TIMEOUT, Coming, LATE_MAX_US, Parked, Travelling, World};
use crate::flight::{TRANSIT_MAX, Window};
use crate::recorder::Entry;
use crate::rules::{Asked, Ruling};
use kata_check::LineKind;
use kata_ports::wire::AskId;
use kata_ports::{Handled, NodeId, Port, Reply, Request, Trouble};
use std::time::Duration;

impl World {
    /// A request leaves its node.
    pub(super) fn send_request(&mut self, node: NodeId, ask: AskId, request: Request) {
        let life = self.nodes.get(&node).map_or(0, |node| node.life);
        let port = request.port();
        let key = u64::from(node.0) << 48 | life << 32 | ask;
        self.requests += 1;
        let ruling = self.judge_request(node, &port, &request);
        let window = self.transit("request", key);
        let travelling = Travelling { node, life, ask, request, answer_lost: false };
        match ruling {
            Ruling::Pass => self.travel(window, travelling),
            Ruling::Refuse(trouble) => {
                self.record_trouble(&travelling, &port, &trouble.to_string());
                self.flight.add(window, Coming::AnswerArrives { node, life, ask, answer: Err(trouble) });
            }
            Ruling::LoseRequest => {
                self.record_trouble(&travelling, &port, "lost on its way");
                self.time_out(&travelling);
            }
            Ruling::LoseAnswer => {
                self.time_out(&travelling);
                self.travel(window, Travelling { answer_lost: true, ..travelling });
            }
            Ruling::Delay(by) => {
                // Both ways at their slowest must fit into what its node waits.
                let too_late = by + 2 * TRANSIT_MAX >= ASK_TIMEOUT;
                if too_late {
                    self.record_trouble(&travelling, &port, "held up");
                    self.time_out(&travelling);
                }
                self.travel(window.delayed(by), Travelling { answer_lost: too_late, ..travelling });
            }
        }
    }

    /// The first rule that has something to say decides; the sweep comes first of all.
    fn judge_request(&mut self, from: NodeId, port: &Port, request: &Request) -> Ruling {
        let swept = self.sweep_request(port);
        if swept != Ruling::Pass {
            return swept;
        }
        let asked = Asked { ordinal: self.requests, port, request, from, now: self.now, draw: self.draw };
        let rulings = self.rules.iter_mut().map(|(_, rule)| rule.judge(&asked));
        rulings.into_iter().find(|ruling| *ruling != Ruling::Pass).unwrap_or(Ruling::Pass)
    }

    fn travel(&mut self, window: Window, travelling: Travelling) {
        self.flight.add(window, Coming::RequestArrives(Box::new(travelling)));
    }

    fn time_out(&mut self, travelling: &Travelling) {
        let &Travelling { node, life, ask, .. } = travelling;
        let coming = Coming::AnswerArrives { node, life, ask, answer: Err(Trouble::TimedOut) };
        self.flight.add(Window::exactly(self.now + ASK_TIMEOUT), coming);
    }

    fn record_trouble(&mut self, travelling: &Travelling, port: &Port, outcome: &str) {
        if self.recorder.keeps() {
            let what = self.services.describe(&travelling.request);
            let (from, to) = (travelling.node.to_string(), port.to_string());
            self.record(|| Entry { kind: LineKind::Trouble, from, to, what, outcome: outcome.to_owned() });
        }
    }

    /// A request reaches its service and takes effect there, or waits.
    pub(super) fn request_arrives(&mut self, travelling: Travelling) {
        let port = travelling.request.port();
        self.offer(travelling);
        // Also after a poll that waits: it may have joined a group, and others' partitions are theirs no more.
        self.offer_parked(&port);
    }

    /// Offers a request to its service.
    fn offer(&mut self, travelling: Travelling) {
        let Some(handled) = self.services.handle(self.now, travelling.node, &travelling.request) else {
            self.complaint.get_or_insert(crate::sentences::nonsense(travelling.node));
            return;
        };
        match handled {
            Handled::Reply(reply) => self.send_answer(travelling, reply),
            Handled::Wait { until } => {
                let id = self.fresh_id();
                let until = until.max(self.now + Duration::from_micros(1));
                let due = self.flight.add(Window::exactly(until), Coming::PollDue(id));
                self.parked.push(Parked { id, due, travelling });
            }
        }
    }

    /// Something changed at a service: whoever waits there is offered again, oldest first.
    pub(super) fn offer_parked(&mut self, port: &Port) {
        let waits_here = |parked: &mut Parked| parked.travelling.request.port() == *port;
        let here: Vec<Parked> = self.parked.extract_if(.., waits_here).collect();
        for parked in here {
            let now = self.now;
            match self.services.handle(now, parked.travelling.node, &parked.travelling.request) {
                Some(Handled::Reply(reply)) => {
                    self.flight.cancel(parked.due);
                    self.send_answer(parked.travelling, reply);
                }
                _ => self.parked.push(parked),
            }
        }
    }

    /// A long poll's time is up.
    pub(super) fn poll_due(&mut self, id: u64) {
        if let Some(index) = self.parked.iter().position(|parked| parked.id == id) {
            let parked = self.parked.remove(index);
            self.request_arrives(parked.travelling);
        }
    }

    /// Nobody waits for the long polls of a crashed node.
    pub(super) fn drop_polls_of(&mut self, node: NodeId) {
        for parked in self.parked.extract_if(.., |parked| parked.travelling.node == node) {
            self.flight.cancel(parked.due);
        }
    }

    fn send_answer(&mut self, travelling: Travelling, reply: Reply) {
        if self.recorder.keeps() {
            let reply = self.services.describe_reply(&travelling.request, &reply);
            let lost = travelling.answer_lost;
            let entry = Entry {
                kind: if lost { LineKind::Trouble } else { LineKind::Request },
                from: travelling.node.to_string(),
                to: travelling.request.port().to_string(),
                what: self.services.describe(&travelling.request),
                outcome: if lost { format!("{reply} (answer lost)") } else { reply },
            };
            self.record(|| entry);
        }
        if !travelling.answer_lost {
            let Travelling { node, life, ask, .. } = travelling;
            let key = u64::from(node.0) << 48 | life << 32 | ask;
            let window = self.transit("answer", key);
            self.flight.add(window, Coming::AnswerArrives { node, life, ask, answer: Ok(reply) });
        }
    }

    /// How late a request of a sweep is.
    pub(super) fn lateness(&self) -> Duration {
        let micros = self.draw.below(LATE_MAX_US, "late effect", self.requests, 0);
        ASK_TIMEOUT + Duration::from_micros(micros)
    }
}
