//! Calls that run at once, each on a thread of its own, in real time: of a solution's node or of a yardstick.

use crate::host::{Contestant, Host, HostError, TimedBatch};
use crate::race::Yardstick;
use crate::recorder::Entry;
use crate::sentences;
use crate::slot::{Slot, slot};
use crate::world::World;
use kata::client::{Channel, ItemStream, OutgoingCall, Returned};
use kata_check::LineKind;
use kata_ports::wire::{Act, Delivery, Event};
use kata_ports::{Caller, NodeId};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// Calls about to run.
pub(crate) struct Batch {
    to: Target,
    cpu_max: Duration,
    calls: Vec<Waiting>,
    /// Takes how long they took.
    took: Rc<Cell<Duration>>,
}

/// Whose calls they are.
#[derive(Clone)]
pub(crate) enum Target {
    Node(NodeId),
    Yardstick(Rc<Yardstick>),
}

/// One of them.
struct Waiting {
    method: u16,
    args: Vec<u8>,
    returned: Slot<Vec<u8>>,
}

impl Batch {
    /// Runs it. What the solution's node did besides returning stays in `acts`, with the delivery that made it do so.
    pub(crate) fn run(
        self,
        host: &mut dyn Host,
        world: &RefCell<World>,
        acts: &mut Vec<Act>,
    ) -> Result<Option<Delivery>, HostError> {
        let Batch { to, cpu_max, calls, took } = self;
        let method = calls.first().map_or(0, |call| call.method);
        let (slots, calls) =
            calls.into_iter().map(|call| (call.returned, call.args)).unzip::<_, _, Vec<_>, _>();
        let event = Event::Batch { method, caller: Caller::new("grader"), calls };
        let (node, contestant) = match &to {
            Target::Node(node) => (*node, Contestant::Solution),
            Target::Yardstick(yardstick) => {
                (NodeId(0), Contestant::Yardstick { entry: &yardstick.entry, config: &yardstick.config })
            }
        };
        let delivery = world.borrow().delivery(node, event);
        let delivery = delivery.ok_or_else(|| HostError::Ours(format!("there is no {node}")))?;
        took.set(host.deliver_batch(&TimedBatch { delivery: &delivery, contestant, cpu_max }, acts)?);
        let done = acts.iter().position(|act| matches!(act, Act::BatchDone { .. }));
        if let Some(Act::BatchDone { results }) = done.map(|done| acts.remove(done)) {
            if results.len() == slots.len() {
                slots.into_iter().zip(results).for_each(|(slot, result)| slot.fill(result));
            } else {
                world.borrow_mut().complaint.get_or_insert_with(|| sentences::nonsense(node));
            }
        }
        Ok(matches!(to, Target::Node(_)).then_some(delivery))
    }
}

/// A client's way to calls that run at once: they leave when there are as many as there are threads.
pub(crate) struct BatchChannel {
    pub(crate) world: Rc<RefCell<World>>,
    pub(crate) to: Target,
    pub(crate) threads: usize,
    /// CPU time that a batch may use.
    pub(crate) cpu_max: Duration,
    /// How long the last batch took.
    pub(crate) took: Rc<Cell<Duration>>,
    waiting: RefCell<Vec<Waiting>>,
}

impl BatchChannel {
    pub(crate) fn new(
        world: Rc<RefCell<World>>,
        to: Target,
        threads: usize,
        cpu_max: Duration,
    ) -> BatchChannel {
        BatchChannel { world, to, threads, cpu_max, took: Rc::default(), waiting: RefCell::default() }
    }

    /// The line about a call in the history, if it is one of the solution's.
    fn record(&self, world: &mut World, call: &OutgoingCall<'_>) -> Option<usize> {
        let Target::Node(node) = &self.to else { return None };
        Some(world.record(|| Entry {
            kind: LineKind::Call,
            from: "thread".to_owned(),
            to: node.to_string(),
            what: format!("{}({})", call.name, (call.shown)()),
            outcome: String::new(),
        }))
    }
}

impl Channel for BatchChannel {
    fn call(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn Future<Output = Returned>>> {
        let mut world = self.world.borrow_mut();
        let line = self.record(&mut world, &call);
        let (slot, returned) = slot();
        let mut waiting = self.waiting.borrow_mut();
        waiting.push(Waiting { method: call.method, args: call.args, returned: slot });
        if waiting.len() == self.threads {
            let (to, calls) = (self.to.clone(), std::mem::take(&mut *waiting));
            let took = Rc::clone(&self.took);
            world.batches.push_back(Batch { to, cpu_max: self.cpu_max, calls, took });
        }
        let history = Rc::clone(&self.world);
        Box::pin(async move {
            let result = Some(returned.await);
            let show = line.map(|line| {
                Box::new(move |shown| history.borrow_mut().recorder.outcome(line, shown))
                    as Box<dyn FnOnce(String)>
            });
            Returned { result, show }
        })
    }

    /// # Panics
    ///
    /// Always: what runs on threads has nobody to push to.
    fn subscribe(&self, call: OutgoingCall<'_>) -> Pin<Box<dyn ItemStream>> {
        panic!("`{}` pushes into a sink and cannot run on threads", call.name)
    }
}
