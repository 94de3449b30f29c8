//! One node: a tokio runtime of its own that is run from stall to stall.
//!
//! Tokio calls `on_thread_park` when nothing in a runtime is runnable. Waking the `block_on` future there makes
//! it return instead of parking; the spawned tasks stay where they are until the next step.

use super::role::{RoleEntry, Running};
use crate::context::Context;
use kata_ports::wire::{Act, Event};
use kata_ports::{NodeId, Time};
use std::cell::{Cell, RefCell};
use std::task::{Poll, Waker};
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static STALLED: Cell<bool> = const { Cell::new(false) };
    static STEP: RefCell<Option<Waker>> = const { RefCell::new(None) };
    static RUNNING: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// One life of one node, on the thread that made it.
pub struct Node {
    id: NodeId,
    context: Context,
    runtime: Option<Runtime>,
    running: Box<dyn Running>,
}

/// An event that makes no sense for the node, which only a grader of another version sends.
#[derive(Debug)]
pub struct Nonsense(pub &'static str);

impl Node {
    /// Starts a node and runs it until it stalls.
    pub fn start(
        id: NodeId,
        role: &RoleEntry,
        now: Time,
        seed: u64,
        config: &[u8],
    ) -> Result<Node, Nonsense> {
        let runtime = runtime(seed);
        let context = Context::new(now, seed);
        let running = (role.start)(runtime.handle(), context.clone(), config)
            .map_err(|_| Nonsense("the configuration does not decode"))?;
        let node = Node { id, context, runtime: Some(runtime), running };
        node.run_until_stalled();
        Ok(node)
    }

    /// Delivers an event other than a start or a crash, and runs the node until it stalls.
    pub fn deliver(&self, now: Time, event: Event) -> Result<(), Nonsense> {
        self.context.set_now(now);
        match event {
            Event::Call { call, method, caller, args } => {
                let runtime = self.runtime.as_ref().ok_or(Nonsense("the node is gone"))?;
                if !self.running.call(runtime.handle(), call, method, caller, &args) {
                    return Err(Nonsense("no such method, or its arguments do not decode"));
                }
            }
            Event::Batch { method, caller, calls } => {
                let results = self.running.batch(method, &caller, &calls);
                // Without results a thread panicked, and has said so.
                if let Some(results) = results.ok_or(Nonsense("no batch can be made of this method"))? {
                    self.context.act(Act::BatchDone { results });
                }
                return Ok(());
            }
            Event::Answer { ask, answer } => self.context.answer(ask, answer),
            Event::Wake { timer } => self.context.wake(timer),
            Event::Credit { call, items } => self.context.give_credit(call, items),
            Event::Hangup { call } => self.context.hang_up(call),
            Event::Start { .. } | Event::Crash => return Err(Nonsense("not for a running node")),
        }
        self.run_until_stalled();
        Ok(())
    }

    /// Which node this is.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// What the node did since the last time.
    pub fn take_acts(&self) -> Vec<Act> {
        self.context.take_acts()
    }

    /// The node crashes: nothing that it drops reaches anyone.
    pub fn crash(self) {
        drop(self);
    }

    fn run_until_stalled(&self) {
        let Some(runtime) = &self.runtime else { return };
        let outer = RUNNING.replace(Some(self.context.clone()));
        STALLED.set(false);
        runtime.block_on(std::future::poll_fn(|task| {
            if STALLED.replace(false) {
                Poll::Ready(())
            } else {
                STEP.set(Some(task.waker().clone()));
                Poll::Pending
            }
        }));
        RUNNING.set(outer);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.context.seal();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// From now on this thread, which ends soon, is at work for the node of `context`.
pub(super) fn work_for(context: Context) {
    RUNNING.set(Some(context));
}

/// Adds `act` to what the node being stepped on this thread did; false if none is.
pub(super) fn act_of_running(act: Act) -> bool {
    // Output and panics may come while the slot is borrowed or gone at thread exit; they are then nobody's.
    RUNNING
        .try_with(|running| {
            running
                .try_borrow()
                .is_ok_and(|running| running.as_ref().map(|context| context.act(act)).is_some())
        })
        .unwrap_or(false)
}

fn runtime(seed: u64) -> Runtime {
    let mut builder = Builder::new_current_thread();
    // The order in which `select!` polls its branches comes from here.
    #[cfg(tokio_unstable)]
    builder.rng_seed(tokio::runtime::RngSeed::from_bytes(&seed.to_le_bytes()));
    #[cfg(not(tokio_unstable))]
    let _ = seed;
    builder.on_thread_park(|| {
        STALLED.set(true);
        if let Some(waker) = STEP.take() {
            waker.wake();
        }
    });
    builder.build().expect("a runtime without drivers needs nothing from the operating system")
}
