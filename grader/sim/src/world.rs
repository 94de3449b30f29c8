//! The datacentre during one run: nodes, services, clients' calls, and everything in flight between them.
//!
//! The run's loop asks for what comes [`next`](World::next), has the host deliver it, and gives back what the node did
//! ([`World::absorb`]). Scenarios act on the world through [`crate::Datacentre`].

use self::abroad::Abroad;
use crate::batch::Batch;
use crate::call::Call;
use crate::draw::Draw;
use crate::flight::{Flight, Pace, Window};
use crate::load::VisitId;
use crate::node::{Node, Status};
use crate::plan::{Order, Plan};
use crate::recorder::{Entry, Record, Recorder};
use crate::requirement::Sweep;
use crate::rules::Rule;
use crate::scale::Scale;
use crate::sentences;
use crate::slot::Slot;
use crate::strategy::strategy;
use kata::services::Services;
use kata_check::measured::{Load, Measured, Speed};
use kata_check::{Complaint, Level};
use kata_ports::wire::{AskId, CallId, Delivery, Event, Role, TimerId};
use kata_ports::{NodeId, Port, Reply, Request, Time, Trouble};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

mod abroad;
mod calls;
mod nodes;
mod requests;
mod storm;
mod turns;

/// When every run begins: 2026-01-01T00:00:00Z. A fixed point, so that nothing depends on today.
pub(crate) const START: Time = Time::from_secs(1_767_225_600);
/// How long a node waits for a service before it learns [`Trouble::TimedOut`].
pub(crate) const ASK_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a client waits for its answer.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a node that could not open stays down.
const REOPEN_AFTER: Duration = Duration::from_millis(200);
/// A late request of a sweep takes effect up to that long after its node gave up on it.
const LATE_MAX_US: u64 = 5_000_000;
/// More steps than any right solution needs for a scenario: beyond it, a node asks without end.
const STEPS_MAX: u64 = 50_000;

/// Something on its way.
pub(crate) enum Coming {
    /// A client's call reaches a node.
    CallArrives(CallId),
    /// A call's result reaches its client; `None` if its node died.
    ReturnArrives(CallId, Option<Vec<u8>>),
    /// A client stops waiting.
    GivesUp(CallId),
    /// An item of a sink reaches its client.
    ItemArrives(CallId),
    /// A client's readiness for one more item reaches a node.
    CreditArrives(CallId),
    /// The news that a client went away reaches a node.
    HangupArrives(CallId),
    /// A node's request reaches its service.
    RequestArrives(Box<Travelling>),
    /// A long poll must be answered.
    PollDue(u64),
    /// A service's answer reaches its node.
    AnswerArrives { node: NodeId, life: u64, ask: AskId, answer: Result<Reply, Trouble> },
    /// A node's sleep is over.
    Wakes { node: NodeId, life: u64, timer: TimerId },
    /// A node starts.
    Starts(NodeId),
    /// The scenario's own sleep is over.
    ScenarioWakes(Slot<()>),
    /// A node is done with the first thing in its inbox.
    Turn(NodeId),
    /// A service outside has not answered in time.
    NoAnswer(u64),
}

/// A node's request under way or waiting at its service.
pub(crate) struct Travelling {
    node: NodeId,
    life: u64,
    ask: AskId,
    request: Request,
    /// When it left.
    sent: Time,
    /// Whether the history tells of it.
    is_told: bool,
    /// Its answer will not arrive.
    answer_lost: bool,
}

/// A long poll waiting at its service.
struct Parked {
    id: u64,
    due: u64,
    travelling: Travelling,
}

/// What the run's loop has to do.
pub(crate) enum Next {
    /// Deliver this.
    Deliver(Delivery),
    /// Nothing of the host's concern; the scenario may go on.
    Nothing,
    /// Run this in real time, and tell those who wait for it.
    Batch(Batch),
    /// Everything stands still.
    Stuck(Complaint),
    /// Services outside cannot go on.
    Broken(String),
}

/// The datacentre during one run.
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) draw: Draw,
    /// What a sweep does to this run, and at which point.
    disturbance: Option<(Sweep, u64)>,
    pub(crate) services: Services,
    /// Whether some pages end early. Not in timed runs: the first is to be as plain as can be.
    short_pages: bool,
    pub(crate) recorder: Recorder,
    pub(crate) nodes: BTreeMap<NodeId, Node>,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) flight: Flight<Coming>,
    pub(crate) rules: Vec<(u64, Box<dyn Rule>)>,
    pub(crate) roles: Vec<Role>,
    /// What the host must be told before anything else comes to pass.
    urgent: VecDeque<Delivery>,
    /// What must run in real time before anything else comes to pass.
    pub(crate) batches: VecDeque<Batch>,
    pub(crate) speeds: Vec<Speed>,
    /// Why the grader cannot tell, although the scenario has nothing to complain of.
    pub(crate) undecided: Option<String>,
    parked: Vec<Parked>,
    /// Calls that found no node to serve them.
    homeless: Vec<CallId>,
    next_id: u64,
    /// Between the first opening of all nodes and the healing: where sweeps disturb.
    storm: bool,
    healed: bool,
    /// Requests and steps so far; those of the storm are the points of sweeps.
    requests: u64,
    pub(crate) steps: u64,
    pub(crate) storm_requests: u64,
    pub(crate) storm_steps: u64,
    /// What handlers returned.
    pub(crate) answered_bytes: u64,
    /// The node that a sweep crashes again, and after how many of its steps.
    crash_again: Option<(NodeId, u64)>,
    /// The service that a sweep took down, and until when.
    outage: Option<(Port, Time)>,
    /// Requests that had not arrived when their node crashed.
    pub(crate) asked_at_crash: usize,
    /// How many calls' clients will give up if nothing comes.
    patient: usize,
    /// The visit that goes on right now.
    pub(crate) visiting: Option<VisitId>,
    /// At level `scale`.
    pub(crate) scale: Option<Box<Scale>>,
    /// Where the services are outside of the simulation.
    pub(crate) abroad: Option<Box<Abroad>>,
    /// The first thing that is wrong whatever the scenario says.
    pub(crate) complaint: Option<Complaint>,
}

impl World {
    pub(crate) fn new(seed: u64, level: Level, plan: &Plan, roles: Vec<Role>, record: Record) -> World {
        let draw = Draw::new(seed);
        let pace = match (plan.order, &plan.tape) {
            (Order::Timed, None) => Pace::Timed,
            _ => Pace::Explored(strategy(plan, draw)),
        };
        World {
            now: START,
            draw,
            disturbance: plan.disturbance,
            services: Services::default(),
            short_pages: plan.order != Order::Timed,
            recorder: Recorder::new(START, record),
            nodes: BTreeMap::new(),
            calls: BTreeMap::new(),
            flight: Flight::new(pace),
            rules: Vec::new(),
            roles,
            urgent: VecDeque::new(),
            batches: VecDeque::new(),
            speeds: Vec::new(),
            undecided: None,
            parked: Vec::new(),
            homeless: Vec::new(),
            next_id: 0,
            storm: false,
            healed: false,
            requests: 0,
            steps: 0,
            storm_requests: 0,
            storm_steps: 0,
            answered_bytes: 0,
            crash_again: None,
            outage: None,
            asked_at_crash: 0,
            patient: 0,
            visiting: None,
            abroad: None,
            scale: (level == Level::Scale).then(|| Box::new(Scale::new())),
            complaint: None,
        }
    }

    /// A fresh id for a call, a rule or a long poll.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// On its way from now on.
    fn transit(&self, purpose: &str, key: u64) -> Window {
        match self.network(purpose, key) {
            Some(after) => Window::after(self.now, after),
            None if self.abroad.is_some() => Window::exactly(self.now),
            None => Window::transit(self.now, self.draw, purpose, key),
        }
    }

    pub(crate) fn record(&mut self, entry: impl FnOnce() -> Entry) -> usize {
        self.recorder.add(self.now, entry)
    }

    /// Whether the history tells of what is done on behalf of a call; nothing stands for the node itself.
    fn tells_of(&self, call: Option<CallId>) -> bool {
        match self.recorder.record() {
            Record::Nothing => false,
            Record::Everything => true,
            Record::Visit(told) => {
                call.and_then(|call| self.calls.get(&call)).is_some_and(|call| call.visit == Some(told))
            }
        }
    }

    /// What comes to pass next.
    pub(crate) fn next(&mut self) -> Next {
        if let Some(delivery) = self.urgent.pop_front() {
            return Next::Deliver(delivery);
        }
        if let Some(batch) = self.batches.pop_front() {
            return Next::Batch(batch);
        }
        let waits = |node: &Node| node.status == Status::Opening || !node.calls.is_empty();
        if self.flight.len() == self.patient && self.nodes.values().any(waits) {
            return Next::Stuck(self.why_stuck());
        }
        // Where every step takes a node's time, steps without end come to an end with the scenario.
        if self.steps > STEPS_MAX && self.scale.is_none() && self.abroad.is_none() {
            return Next::Stuck(sentences::runaway(STEPS_MAX));
        }
        if let Some(next) = self.wait_abroad() {
            return next;
        }
        let Some((at, coming)) = self.flight.next(self.now) else {
            return Next::Stuck(self.why_stuck());
        };
        self.now = at;
        match self.queue_up(coming).and_then(|coming| self.come(coming)) {
            Some(delivery) => Next::Deliver(delivery),
            None => Next::Nothing,
        }
    }

    fn why_stuck(&self) -> Complaint {
        if let Some(node) = self.nodes.values().find(|node| node.status == Status::Opening) {
            return sentences::open_hangs(node.id);
        }
        let open = self.calls.values().filter(|call| call.waiting.is_some() || call.items.is_some());
        sentences::deadlock(
            open.filter_map(|call| Some((call.name, call.caller.principal.as_str(), call.node?))),
        )
    }

    /// Something comes to pass. Some of it is for a node.
    fn come(&mut self, coming: Coming) -> Option<Delivery> {
        match coming {
            Coming::CallArrives(call) => self.call_arrives(call),
            Coming::ReturnArrives(call, result) => {
                self.return_arrives(call, result);
                None
            }
            Coming::GivesUp(call) => {
                self.patient -= 1;
                self.give_up(call);
                None
            }
            Coming::Turn(node) => self.turn(node),
            Coming::NoAnswer(number) => {
                self.no_answer(number);
                None
            }
            Coming::ItemArrives(call) => {
                self.item_arrives(call);
                None
            }
            Coming::CreditArrives(call) => self.credit_arrives(call),
            Coming::HangupArrives(call) => self.to_node_of(call, Event::Hangup { call }),
            Coming::RequestArrives(travelling) => {
                self.request_arrives(*travelling);
                None
            }
            Coming::PollDue(id) => {
                self.poll_due(id);
                None
            }
            Coming::AnswerArrives { node, life, ask, answer } => {
                let asking = self.nodes.get_mut(&node).filter(|node| node.life == life)?;
                asking.asks.remove(&ask).then_some(())?;
                self.delivery(node, Event::Answer { ask, answer })
            }
            Coming::Wakes { node, life, timer } => {
                let sleeping = self.nodes.get_mut(&node).filter(|node| node.life == life)?;
                sleeping.timers.remove(&timer)?;
                self.delivery(node, Event::Wake { timer })
            }
            Coming::Starts(node) => self.start_arrives(node),
            Coming::ScenarioWakes(slot) => {
                slot.fill(());
                None
            }
        }
    }

    /// Measures from now on, at level `scale`.
    pub(crate) fn begin_measuring(&mut self) {
        let now = self.now;
        if let Some(scale) = &mut self.scale {
            scale.begin_measuring(now);
        }
    }

    /// A load ended. Returns everything measured so far; nothing at other levels.
    pub(crate) fn end_load(&mut self, load: Load) -> Measured {
        let now = self.now;
        match &mut self.scale {
            Some(scale) => scale.end_load(now, load),
            None => self.end_load_abroad(load),
        }
    }

    /// A visit shows what is wrong: its story is the one to tell.
    pub(crate) fn tell(&mut self, visit: Option<VisitId>) {
        if let Some(scale) = &mut self.scale {
            scale.told = visit;
        }
    }

    pub(crate) fn delivery(&self, node: NodeId, event: Event) -> Option<Delivery> {
        let now = self.nodes.get(&node)?.clock(self.now);
        Some(Delivery { node, now, event })
    }
}
