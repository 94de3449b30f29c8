//! Nodes' requests on their way to a service and back.

use super::{ASK_TIMEOUT, Coming, LATE_MAX_US, Parked, Travelling, World};
use crate::flight::{TRANSIT_MAX, Window};
use crate::meter::Meter;
use crate::recorder::Entry;
use crate::rules::{Asked, Ruling};
use crate::short_pages::end_early;
use kata_check::LineKind;
use kata_ports::wire::{AskId, Cause};
use kata_ports::{Handled, NodeId, Port, Reply, Request, Time, Trouble};
use std::time::Duration;

impl Travelling {
    /// Tells it from every other request of its run, for draws.
    fn key(&self) -> u64 {
        u64::from(self.node.0) << 48 | self.life << 32 | self.ask
    }

    /// The same, as if it had been sent now: nobody minds how long a poll waited.
    fn from(self, now: Time) -> Travelling {
        Travelling { sent: now, ..self }
    }
}

impl World {
    /// A request leaves its node.
    pub(super) fn send_request(&mut self, node: NodeId, ask: AskId, cause: Cause, request: Request) {
        let life = self.nodes.get(&node).map_or(0, |node| node.life);
        let port = request.port();
        self.requests += 1;
        let ruling = self.judge_request(node, &port, &request);
        let is_told = self.tells_of(match cause {
            Cause::Call(call) => Some(call),
            Cause::Open | Cause::Background => None,
        });
        let travelling = Travelling { node, life, ask, request, sent: self.now, is_told, answer_lost: false };
        let window = self.transit("request", travelling.key());
        match ruling {
            Ruling::Pass => self.travel(window, travelling),
            Ruling::Refuse(trouble) => {
                self.record_trouble(&travelling, &port, &trouble.to_string());
                self.refuse(window, &travelling, trouble);
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

    /// A request has no effect, and its node learns why not.
    pub(super) fn refuse(&mut self, window: Window, travelling: &Travelling, trouble: Trouble) {
        let &Travelling { node, life, ask, .. } = travelling;
        self.measure(|meter, _| meter.troubled(&travelling.request));
        self.flight.add(window, Coming::AnswerArrives { node, life, ask, answer: Err(trouble) });
    }

    fn measure(&mut self, note: impl FnOnce(&mut Meter, Time)) {
        let now = self.now;
        if let Some(meter) = self.scale.as_mut().and_then(|scale| scale.meter.as_mut()) {
            note(meter, now);
        }
    }

    /// Its node waits until it has waited too long since it asked.
    fn time_out(&mut self, travelling: &Travelling) {
        self.measure(|meter, _| meter.troubled(&travelling.request));
        let &Travelling { node, life, ask, .. } = travelling;
        let coming = Coming::AnswerArrives { node, life, ask, answer: Err(Trouble::TimedOut) };
        self.flight.add(Window::exactly(travelling.sent + ASK_TIMEOUT), coming);
    }

    pub(super) fn record_trouble(&mut self, travelling: &Travelling, port: &Port, outcome: &str) {
        if travelling.is_told {
            let what = self.services.describe(&travelling.request);
            let (from, to) = (travelling.node.to_string(), port.to_string());
            self.record(|| Entry { kind: LineKind::Trouble, from, to, what, outcome: outcome.to_owned() });
        }
    }

    /// A request reaches its service and takes effect there, or waits.
    pub(super) fn request_arrives(&mut self, travelling: Travelling) {
        let port = travelling.request.port();
        if self.is_full(&travelling) {
            self.record_trouble(&travelling, &port, &Trouble::Throttled.to_string());
            let window = self.transit("refusal", travelling.ask);
            self.refuse(window, &travelling, Trouble::Throttled);
            return;
        }
        self.offer(travelling);
        // Also after a poll that waits: it may have joined a group, and others' partitions are theirs no more.
        self.offer_parked(&port);
    }

    /// Whether a request's service has too much to do already.
    fn is_full(&mut self, travelling: &Travelling) -> bool {
        let now = self.now;
        let Some(scale) = &mut self.scale else { return false };
        scale.capacity.refuses(now, travelling.node, &travelling.request)
    }

    /// Offers a request to its service.
    fn offer(&mut self, travelling: Travelling) {
        let Some(travelling) = self.hand_out(travelling) else { return };
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
                    self.send_answer(parked.travelling.from(now), reply);
                }
                _ => self.parked.push(parked),
            }
        }
    }

    /// A long poll's time is up.
    pub(super) fn poll_due(&mut self, id: u64) {
        if let Some(index) = self.parked.iter().position(|parked| parked.id == id) {
            let parked = self.parked.remove(index);
            self.request_arrives(parked.travelling.from(self.now));
        }
    }

    /// Nobody waits for the long polls of a crashed node.
    pub(super) fn drop_polls_of(&mut self, node: NodeId) {
        for parked in self.parked.extract_if(.., |parked| parked.travelling.node == node) {
            self.flight.cancel(parked.due);
        }
    }

    pub(super) fn send_answer(&mut self, travelling: Travelling, mut reply: Reply) {
        let key = travelling.key();
        if self.short_pages {
            end_early(&mut reply, self.draw, key);
        }
        let transit = self.transit("answer", key);
        let arrives = self.served(&travelling, &reply, transit, key);
        let lost = travelling.answer_lost || arrives.is_none();
        if travelling.is_told {
            let shown = self.services.describe_reply(&travelling.request, &reply);
            let took =
                arrives.filter(|_| self.scale.is_some()).map(|window| window.drawn().since(travelling.sent));
            let entry = Entry {
                kind: if lost { LineKind::Trouble } else { LineKind::Request },
                from: travelling.node.to_string(),
                to: travelling.request.port().to_string(),
                what: self.services.describe(&travelling.request),
                outcome: match took {
                    _ if lost => format!("{shown} (answer lost)"),
                    Some(took) => format!("after {} ms: {shown}", took.as_millis()),
                    None => shown,
                },
            };
            self.record(|| entry);
        }
        match arrives {
            _ if travelling.answer_lost => {}
            None => self.time_out(&travelling),
            Some(window) => {
                let Travelling { node, life, ask, .. } = travelling;
                self.flight.add(window, Coming::AnswerArrives { node, life, ask, answer: Ok(reply) });
            }
        }
    }

    /// When an answer arrives that would take `transit` if it left now: at level `scale`, serving takes time. Nothing if its
    /// node has given up by then.
    fn served(
        &mut self,
        travelling: &Travelling,
        reply: &Reply,
        transit: Window,
        key: u64,
    ) -> Option<Window> {
        let (now, draw) = (self.now, self.draw);
        let Some(scale) = &mut self.scale else { return Some(transit) };
        let (demands, took) =
            scale.capacity.serve(now, draw, key, travelling.node, &travelling.request, reply);
        let window = transit.delayed(took);
        let took_all = window.drawn().since(travelling.sent);
        if took_all >= ASK_TIMEOUT {
            return None;
        }
        if let Some(meter) = &mut scale.meter {
            meter.answered(&travelling.request, reply, &demands, took_all);
        }
        Some(window)
    }

    /// How late a request of a sweep is.
    pub(super) fn lateness(&self) -> Duration {
        let micros = self.draw.below(LATE_MAX_US, "late effect", self.requests, 0);
        ASK_TIMEOUT + Duration::from_micros(micros)
    }
}
