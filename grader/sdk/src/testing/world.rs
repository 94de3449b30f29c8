//! A test's nodes, its clock, and everything that is about to happen.

use super::inbox::Inbox;
use crate::runtime::RoleEntry;
use crate::runtime::node::Node;
use crate::services::Services;
use kata_ports::wire::{Act, AskId, CallId, Event, TimerId};
use kata_ports::{Caller, Handled, NodeId, Reply, Request, Time};
use std::collections::BTreeMap;
use std::time::Duration;

/// When every test begins, as in the grader's datacentre: 2026-01-01T00:00:00Z.
const START: Time = Time::from_secs(1_767_225_600);
/// What a service takes to answer, so that time passes with work.
const ANSWER_AFTER: Duration = Duration::from_millis(1);
/// More than any test has needed; a solution that asks without end gets here within seconds.
const STEPS_MAX: u64 = 200_000;

/// What a call is answered with: its result, or an item of its sink. `None`: nothing (more) will come.
pub(super) type Answers = Inbox<Option<Vec<u8>>>;

pub(super) struct World {
    role: RoleEntry,
    config: Vec<u8>,
    services: Services,
    now: Time,
    steps: u64,
    /// How many ids were given out.
    ids: u64,
    nodes: BTreeMap<NodeId, Running>,
    calls: BTreeMap<CallId, Call>,
    /// By time, then in the order in which they came about.
    coming: BTreeMap<(Time, u64), Coming>,
    /// Requests that their service has not answered yet (long polls).
    parked: Vec<(To, AskId, Request)>,
    /// Whose turn it is to get a call.
    turn: u16,
    waiting_for_open: Vec<Inbox<()>>,
}

struct Running {
    node: Node,
    /// Tells the node's lives apart.
    life: u64,
    open: bool,
    /// Calls that came before it was open.
    early: Vec<Event>,
}

/// One life of one node.
#[derive(Clone, Copy, PartialEq, Eq)]
struct To {
    node: NodeId,
    life: u64,
}

/// A client's call that has not returned.
struct Call {
    to: To,
    /// For people: `add(..) by ana`.
    shown: String,
    /// It pushes items.
    streams: bool,
    answers: Answers,
}

enum Coming {
    Happens(To, Event),
    /// A long poll must be answered: the services are asked again.
    PollDue,
    ScenarioWakes(Inbox<()>),
}

/// What a client wants.
pub(super) struct Wanted {
    pub(super) shown: String,
    pub(super) caller: Caller,
    pub(super) method: u16,
    pub(super) args: Vec<u8>,
    pub(super) streams: bool,
    pub(super) answers: Answers,
}

impl World {
    pub(super) fn new(role: RoleEntry, config: Vec<u8>, nodes: u16, services: Services) -> World {
        let mut world = World {
            role,
            config,
            services,
            now: START,
            steps: 0,
            ids: 0,
            nodes: BTreeMap::new(),
            calls: BTreeMap::new(),
            coming: BTreeMap::new(),
            parked: Vec::new(),
            turn: 0,
            waiting_for_open: Vec::new(),
        };
        (0..nodes).for_each(|node| world.start(NodeId(node)));
        world
    }

    pub(super) fn now(&self) -> Time {
        self.now
    }

    pub(super) fn check_contract(&self, contract: &str, hash: u64) {
        let ours = &self.role.role;
        assert!(
            ours.contract == contract && ours.hash == hash,
            "a client of `{contract}` cannot call a solution of `{}`",
            ours.contract
        );
    }

    /// A client calls; nodes take turns.
    pub(super) fn begin(&mut self, wanted: Wanted) -> CallId {
        let node = NodeId(self.turn);
        self.turn = (self.turn + 1) % u16::try_from(self.nodes.len()).unwrap_or(u16::MAX);
        let to = To { node, life: self.nodes[&node].life };
        let Wanted { shown, caller, method, args, streams, answers } = wanted;
        let call = self.id();
        self.calls.insert(call, Call { to, shown, streams, answers });
        self.soon(Coming::Happens(to, Event::Call { call, method, caller, args }));
        call
    }

    /// Tells the node that answers a call something about it; nothing if the call is over.
    pub(super) fn tell(&mut self, call: CallId, event: Event) {
        if let Some(call) = self.calls.get(&call) {
            self.soon(Coming::Happens(call.to, event));
        }
    }

    pub(super) fn wake_scenario(&mut self, after: Duration, over: Inbox<()>) {
        self.at(self.now + after, Coming::ScenarioWakes(over));
    }

    pub(super) fn tell_when_open(&mut self, over: Inbox<()>) {
        self.waiting_for_open.push(over);
        self.check_open();
    }

    /// Every node crashes and starts again.
    pub(super) fn crash(&mut self) {
        for call in std::mem::take(&mut self.calls).into_values() {
            call.answers.put(None);
        }
        self.parked.clear();
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        for id in &nodes {
            if let Some(running) = self.nodes.remove(id) {
                running.node.crash();
                // The last choice at each step is to lose it.
                self.services.crashed(self.now, *id, &mut |choices| choices.saturating_sub(1));
            }
        }
        nodes.into_iter().for_each(|node| self.start(node));
    }

    /// Lets the next thing happen.
    pub(super) fn step(&mut self) {
        self.steps += 1;
        assert!(self.steps < STEPS_MAX, "no end in sight after {STEPS_MAX} steps; {}", self.open_calls());
        let Some(((time, _), coming)) = self.coming.pop_first() else {
            panic!("the test waits, but nothing can happen any more; {}", self.open_calls());
        };
        self.now = time;
        match coming {
            Coming::Happens(to, event) => self.deliver(to, event),
            Coming::PollDue => self.ask_again(),
            Coming::ScenarioWakes(over) => over.put(()),
        }
    }

    fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    fn at(&mut self, time: Time, coming: Coming) {
        let id = self.id();
        self.coming.insert((time.max(self.now), id), coming);
    }

    fn soon(&mut self, coming: Coming) {
        self.at(self.now, coming);
    }

    fn start(&mut self, id: NodeId) {
        let life = self.id();
        let node = Node::start(id, &self.role, self.now, life, &self.config);
        let node = node.unwrap_or_else(|why| panic!("{id} does not start: {}", why.0));
        self.nodes.insert(id, Running { node, life, open: false, early: Vec::new() });
        self.absorb(To { node: id, life });
    }

    fn deliver(&mut self, to: To, event: Event) {
        // What was meant for an earlier life reaches nobody.
        let Some(running) = self.nodes.get_mut(&to.node).filter(|running| running.life == to.life) else {
            return;
        };
        if !running.open && matches!(event, Event::Call { .. }) {
            running.early.push(event);
            return;
        }
        if let Err(why) = running.node.deliver(self.now, event) {
            panic!("{} got what it cannot take: {}", to.node, why.0);
        }
        self.absorb(to);
    }

    /// Takes what a node did.
    fn absorb(&mut self, to: To) {
        let acts = self.nodes.get(&to.node).map(|running| running.node.take_acts()).unwrap_or_default();
        for act in acts {
            match act {
                Act::Opened(Ok(())) => self.opened(to),
                Act::Opened(Err(why)) => panic!("{} could not open: {why}", to.node),
                Act::Return { call, result } => self.returned(call, result),
                Act::Push { call, item } => {
                    if let Some(call) = self.calls.get(&call) {
                        call.answers.put(Some(item));
                    }
                }
                Act::Ask { ask, request, .. } => {
                    self.ask(to, ask, request);
                    // A long poll may wait for just this.
                    self.ask_again();
                }
                Act::Sleep { timer, until, .. } => self.at(until, Coming::Happens(to, Event::Wake { timer })),
                Act::Cancel { timer } => self.cancel(to, timer),
                // Tokio catches panics of tasks; they end the test all the same.
                Act::Panicked { message, location, .. } => {
                    panic!("{} panicked at {location}: {message}", to.node)
                }
                // Printed text reaches the test's output by itself.
                Act::BackgroundEnded | Act::BatchDone { .. } | Act::Wrote { .. } | Act::Violation(_) => {}
            }
        }
    }

    fn opened(&mut self, to: To) {
        let Some(running) = self.nodes.get_mut(&to.node) else { return };
        running.open = true;
        for event in std::mem::take(&mut running.early) {
            self.soon(Coming::Happens(to, event));
        }
        self.check_open();
    }

    fn check_open(&mut self) {
        if self.nodes.values().all(|running| running.open) {
            self.waiting_for_open.drain(..).for_each(|over| over.put(()));
        }
    }

    fn returned(&mut self, call: CallId, result: Vec<u8>) {
        if let Some(call) = self.calls.remove(&call) {
            call.answers.put((!call.streams).then_some(result));
        }
    }

    fn ask(&mut self, to: To, ask: AskId, request: Request) {
        match self.handle(to.node, &request) {
            Handled::Reply(reply) => self.answer(to, ask, reply),
            Handled::Wait { until } => {
                self.at(until, Coming::PollDue);
                self.parked.push((to, ask, request));
            }
        }
    }

    fn handle(&mut self, node: NodeId, request: &Request) -> Handled<Reply> {
        self.services.handle(self.now, node, request).unwrap_or_else(|| {
            let port = request.port();
            panic!("the solution called `{port}`, but the test has none: add it with `Deployment::gateway`")
        })
    }

    /// Offers every long poll to its service once more.
    fn ask_again(&mut self) {
        for (to, ask, request) in std::mem::take(&mut self.parked) {
            match self.handle(to.node, &request) {
                Handled::Reply(reply) => self.answer(to, ask, reply),
                Handled::Wait { .. } => self.parked.push((to, ask, request)),
            }
        }
    }

    fn answer(&mut self, to: To, ask: AskId, reply: Reply) {
        self.at(self.now + ANSWER_AFTER, Coming::Happens(to, Event::Answer { ask, answer: Ok(reply) }));
    }

    fn cancel(&mut self, to: To, timer: TimerId) {
        self.coming.retain(|_, coming| {
            !matches!(coming, Coming::Happens(whom, Event::Wake { timer: other }) if *whom == to && *other == timer)
        });
    }

    fn open_calls(&self) -> String {
        if let Some((node, _)) = self.nodes.iter().find(|(_, running)| !running.open) {
            return format!("`open` of {node} has not returned");
        }
        let calls: Vec<&str> = self.calls.values().map(|call| call.shown.as_str()).collect();
        if calls.is_empty() {
            "no call is open".to_owned()
        } else {
            format!("open calls: {}", calls.join("; "))
        }
    }
}
