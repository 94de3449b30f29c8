//! The backends as this suite plays them, with a memory of what left a node for which of them, and when.

use kata_ports::request::GatewayRequest;
use kata_ports::{NodeId, Request as Asked, Time, Trouble};
use kata_sim::rules::Ruling;
use load_balancer::{BackendsModel, ForwardError, ProbeError, Request, Response};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// What a backend makes of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// It serves them.
    #[default]
    Serves,
    /// It serves them, and takes that much longer.
    Slowly(Duration),
    /// It refuses them.
    Refuses,
    /// It cannot be reached, and the node learns so at once.
    IsDown,
    /// It does what they say, and breaks.
    Breaks,
    /// It does what they say, and its answer is lost.
    IsSilent,
}

/// How a backend answers probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pulse {
    /// It is well.
    #[default]
    Well,
    /// It says that it is not well.
    Unwell,
    /// It is well, and takes that much longer to say so.
    Slow(Duration),
    /// It does not answer.
    None,
}

/// A request that left a node for a backend.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) backend: String,
    pub(crate) at: Time,
    /// How many requests were in flight at each backend just before.
    pub(crate) busy: BTreeMap<Rc<str>, Busy>,
    /// Who has had it before.
    pub(crate) tried: Vec<String>,
}

/// How many requests are in flight at a backend: an answer that has left it may have arrived, and one that a client has, has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Busy {
    pub(crate) least: u32,
    pub(crate) most: u32,
}

/// A request that is in flight, as far as is known.
struct Flying {
    backend: Rc<str>,
    /// Whether the answer may be there.
    may_be_over: bool,
}

/// A probe that reached its backend.
#[derive(Clone, Debug)]
pub(crate) struct Probed {
    pub(crate) backend: String,
    pub(crate) at: Time,
    pub(crate) was_good: bool,
}

/// All backends.
#[derive(Default)]
pub(crate) struct Farm {
    busy: BTreeMap<Rc<str>, Busy>,
    ways: BTreeMap<String, Way>,
    pulses: BTreeMap<String, Pulse>,
    /// What a backend says to the next probes, before its pulse counts again.
    next_pulses: BTreeMap<String, VecDeque<Pulse>>,
    pub(crate) handed: Vec<Handed>,
    pub(crate) probed: Vec<Probed>,
    /// When the last probe left for each backend, and the shortest time between two.
    probe_left: BTreeMap<(NodeId, String), Time>,
    pub(crate) probe_gap: Option<Duration>,
    /// By the bodies of requests: where they were handed to, and what of that may be in flight.
    handed_to: BTreeMap<u64, Vec<String>>,
    flying: BTreeMap<u64, Vec<Flying>>,
    /// How often the request of each body took effect.
    effects: BTreeMap<u64, u32>,
}

/// The answer to a request, by which the backend is known.
pub(crate) fn answer_of(backend: &str, request: &Request) -> Response {
    let name: u64 = backend.bytes().map(u64::from).sum();
    Response { body: request.body * 10_000 + name }
}

/// What a request of a gateway is, in this kata.
pub(crate) enum Call {
    Forward(String, Request),
    Probe(String),
}

impl Call {
    /// Reads what leaves a node. None for anything but a call of a backend.
    pub(crate) fn of(asked: &Asked) -> Option<Call> {
        let Asked::Gateway(GatewayRequest { method, args, .. }) = asked else { return None };
        match method {
            0 => postcard::from_bytes(args).ok().map(|(backend, request)| Call::Forward(backend, request)),
            _ => postcard::from_bytes(args).ok().map(|(backend,)| Call::Probe(backend)),
        }
    }
}

impl Farm {
    pub(crate) fn new(names: Vec<String>) -> Farm {
        let busy = names.into_iter().map(|name| (Rc::from(name), Busy::default())).collect();
        Farm { busy, ..Farm::default() }
    }

    /// From now on, a backend takes requests that way.
    pub(crate) fn set(&mut self, backend: &str, way: Way) {
        self.ways.insert(backend.to_owned(), way);
    }

    /// From now on, all backends take requests that way.
    pub(crate) fn set_all(&mut self, way: Way) {
        self.ways = self.busy.keys().map(|name| (name.to_string(), way)).collect();
    }

    /// From now on, a backend answers probes like that.
    pub(crate) fn set_pulse(&mut self, backend: &str, pulse: Pulse) {
        self.pulses.insert(backend.to_owned(), pulse);
    }

    /// What a backend answers to the probes that reach it next, one after the other.
    pub(crate) fn set_next_pulses(&mut self, backend: &str, pulses: impl IntoIterator<Item = Pulse>) {
        self.next_pulses.insert(backend.to_owned(), pulses.into_iter().collect());
    }

    /// The client of a request has its answer.
    pub(crate) fn is_over(&mut self, request: &Request) {
        for flying in self.flying.remove(&request.body).unwrap_or_default() {
            if let Some(busy) = self.busy.get_mut(&flying.backend) {
                busy.most -= 1;
                busy.least -= u32::from(!flying.may_be_over);
            }
        }
    }

    /// How often a request took effect.
    pub(crate) fn effects(&self, request: &Request) -> u32 {
        self.effects.get(&request.body).copied().unwrap_or_default()
    }

    /// To whom a request was handed, in order.
    pub(crate) fn handed_to(&self, request: &Request) -> Vec<String> {
        self.handed_to.get(&request.body).cloned().unwrap_or_default()
    }

    fn way(&self, backend: &str) -> Way {
        self.ways.get(backend).copied().unwrap_or_default()
    }

    fn pulse(&self, backend: &str) -> Pulse {
        self.pulses.get(backend).copied().unwrap_or_default()
    }

    /// Something leaves a node.
    pub(crate) fn leaves(&mut self, now: Time, from: NodeId, asked: &Asked) -> Ruling {
        match Call::of(asked) {
            Some(Call::Forward(backend, request)) => {
                let way = self.way(&backend);
                let busy = self.busy.clone();
                self.takes_off(&backend, &request, way);
                let handed_to = self.handed_to.entry(request.body).or_default();
                let tried = handed_to.clone();
                handed_to.push(backend.clone());
                self.handed.push(Handed { backend, at: now, busy, tried });
                match way {
                    Way::Slowly(by) => Ruling::Delay(by),
                    Way::IsDown => Ruling::Refuse(Trouble::Unavailable),
                    Way::IsSilent => Ruling::LoseAnswer,
                    Way::Serves | Way::Refuses | Way::Breaks => Ruling::Pass,
                }
            }
            Some(Call::Probe(backend)) => {
                let pulse = self.pulse(&backend);
                if let Some(before) = self.probe_left.insert((from, backend), now) {
                    let gap = now.since(before);
                    self.probe_gap = Some(self.probe_gap.map_or(gap, |least| least.min(gap)));
                }
                match pulse {
                    Pulse::Slow(by) => Ruling::Delay(by),
                    Pulse::None => Ruling::LoseRequest,
                    Pulse::Well | Pulse::Unwell => Ruling::Pass,
                }
            }
            None => Ruling::Pass,
        }
    }

    /// A request is in flight now.
    fn takes_off(&mut self, backend: &str, request: &Request, way: Way) {
        // Of what never arrives, the node may learn any time.
        let may_be_over = way == Way::IsDown;
        let name = Rc::from(backend);
        if let Some(busy) = self.busy.get_mut(&name) {
            busy.most += 1;
            busy.least += u32::from(!may_be_over);
        }
        self.flying.entry(request.body).or_default().push(Flying { backend: name, may_be_over });
    }

    /// The answer to a request leaves its backend.
    fn answers(&mut self, backend: &str, request: &Request) {
        let flying = self.flying.get_mut(&request.body);
        let is_it = |flying: &&mut Flying| *flying.backend == *backend && !flying.may_be_over;
        let Some(flying) = flying.and_then(|all| all.iter_mut().find(is_it)) else { return };
        flying.may_be_over = true;
        if let Some(busy) = self.busy.get_mut(&flying.backend) {
            busy.least -= 1;
        }
    }
}

impl BackendsModel for Farm {
    fn forward(
        &mut self,
        _now: Time,
        _from: NodeId,
        backend: String,
        request: Request,
    ) -> Result<Response, ForwardError> {
        self.answers(&backend, &request);
        let way = self.way(&backend);
        if way == Way::Refuses {
            return Err(ForwardError::Refused);
        }
        *self.effects.entry(request.body).or_default() += 1;
        if way == Way::Breaks { Err(ForwardError::Broken) } else { Ok(answer_of(&backend, &request)) }
    }

    fn probe(&mut self, now: Time, _from: NodeId, backend: String) -> Result<(), ProbeError> {
        let next = self.next_pulses.get_mut(&backend).and_then(VecDeque::pop_front);
        let pulse = next.unwrap_or_else(|| self.pulse(&backend));
        let was_good = pulse == Pulse::Well;
        self.probed.push(Probed { backend, at: now, was_good });
        if pulse == Pulse::Unwell { Err(ProbeError::Unwell) } else { Ok(()) }
    }
}
