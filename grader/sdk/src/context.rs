//! One node as its own code sees it: what it asked, what it waits for, its clock and its randomness.
//!
//! Handles are thin wrappers around [`Context`]. Everything a node does between two stalls is collected here as
//! [`Act`]s and travels in one frame. Once sealed (the node crashed), nothing more leaves it.

use crate::few::Few;
use crate::sink::Closed;
use kata_ports::wire::{Act, AskId, CallId, Cause, TimerId};
use kata_ports::{Reply, Request, Time, Trouble};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll, Waker};

/// One life of one node.
#[derive(Clone)]
pub struct Context(Arc<Mutex<Node>>);

struct Node {
    now: Time,
    seed: u64,
    sealed: bool,
    acts: Vec<Act>,
    next_ask: AskId,
    next_timer: TimerId,
    asks: Few<AskId, Waiting<Result<Reply, Trouble>>>,
    timers: Few<TimerId, Waiting<()>>,
    sinks: Few<CallId, SinkState>,
    draws: Few<Cause, u64>,
}

enum Waiting<T> {
    For(Waker),
    Done(T),
}

#[derive(Default)]
struct SinkState {
    credit: u32,
    closed: bool,
    wakers: Vec<Waker>,
}

thread_local! {
    /// On whose behalf the task being polled runs.
    static CAUSE: Cell<Cause> = const { Cell::new(Cause::Background) };
}

impl Context {
    /// A node that starts now.
    pub fn new(now: Time, seed: u64) -> Context {
        Context(Arc::new(Mutex::new(Node {
            now,
            seed,
            sealed: false,
            acts: Vec::new(),
            next_ask: 0,
            next_timer: 0,
            asks: Few::new(),
            timers: Few::new(),
            sinks: Few::new(),
            draws: Few::new(),
        })))
    }

    /// A poisoned lock means that a panic unwound through a few lines that leave the state whole.
    fn node(&self) -> MutexGuard<'_, Node> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks a service; sent when first polled. Dropping the future does not take the request back.
    pub fn ask(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Reply, Trouble>> + Send + 'static + use<> {
        Ask { context: self.clone(), stage: AskStage::Unsent(Some(request)) }
    }

    /// Asks a service at once, without waiting for its answer.
    pub(crate) fn tell(&self, request: Request) {
        let mut node = self.node();
        if !node.sealed {
            let ask = node.next_ask;
            node.next_ask += 1;
            node.acts.push(Act::Ask { ask, cause: CAUSE.get(), request });
        }
    }

    /// What the node's clock says.
    pub fn now(&self) -> Time {
        self.node().now
    }

    /// Waits until the node's clock says `until`.
    pub fn sleep_until(&self, until: Time) -> impl Future<Output = ()> + Send + 'static + use<> {
        Sleep { context: self.clone(), until, timer: None }
    }

    /// 64 random bits: a function of the node's seed, the cause, and how often that cause drew before, so that what one call
    /// draws does not depend on what others draw.
    pub fn random(&self) -> u64 {
        let cause = CAUSE.get();
        let mut node = self.node();
        let ordinal = node.draws.or_default(cause);
        *ordinal += 1;
        let ordinal = *ordinal;
        let cause = match cause {
            Cause::Open => 1,
            Cause::Background => 2,
            Cause::Call(call) => call.wrapping_add(3),
        };
        mix(mix(mix(node.seed) ^ cause) ^ ordinal)
    }

    /// Waits until the client of a sink takes one more item.
    pub(crate) fn credit(&self, call: CallId) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let context = self.clone();
        std::future::poll_fn(move |task| {
            let mut node = context.node();
            let sink = node.sinks.or_default(call);
            if sink.closed {
                Poll::Ready(Err(Closed))
            } else if sink.credit > 0 {
                sink.credit -= 1;
                Poll::Ready(Ok(()))
            } else {
                sink.wakers.push(task.waker().clone());
                Poll::Pending
            }
        })
    }

    /// Waits until the client of a sink has gone.
    pub(crate) fn hung_up(&self, call: CallId) -> impl Future<Output = ()> + Send + 'static {
        let context = self.clone();
        std::future::poll_fn(move |task| {
            let mut node = context.node();
            let sink = node.sinks.or_default(call);
            if sink.closed {
                Poll::Ready(())
            } else {
                sink.wakers.push(task.waker().clone());
                Poll::Pending
            }
        })
    }

    /// Sends an item through a sink.
    pub(crate) fn push(&self, call: CallId, item: Vec<u8>) {
        self.act(Act::Push { call, item });
    }

    /// Adds to what the node did.
    pub fn act(&self, act: Act) {
        let mut node = self.node();
        if !node.sealed {
            node.acts.push(act);
        }
    }

    /// Takes what the node did since the last time.
    pub fn take_acts(&self) -> Vec<Act> {
        std::mem::take(&mut self.node().acts)
    }

    /// Sets the node's clock.
    pub fn set_now(&self, now: Time) {
        self.node().now = now;
    }

    /// Delivers an answer. One that nobody waits for any more is dropped.
    pub fn answer(&self, ask: AskId, answer: Result<Reply, Trouble>) {
        let mut node = self.node();
        if let Some(slot) = node.asks.get_mut(&ask)
            && let Waiting::For(waker) = std::mem::replace(slot, Waiting::Done(answer))
        {
            drop(node);
            waker.wake();
        }
    }

    /// A sleep is over.
    pub fn wake(&self, timer: TimerId) {
        let mut node = self.node();
        if let Some(slot) = node.timers.get_mut(&timer)
            && let Waiting::For(waker) = std::mem::replace(slot, Waiting::Done(()))
        {
            drop(node);
            waker.wake();
        }
    }

    /// The client of a sink takes more items.
    pub fn give_credit(&self, call: CallId, items: u32) {
        self.change_sink(call, |sink| sink.credit = sink.credit.saturating_add(items));
    }

    /// The client of a sink went away.
    pub fn hang_up(&self, call: CallId) {
        self.change_sink(call, |sink| sink.closed = true);
    }

    fn change_sink(&self, call: CallId, change: impl FnOnce(&mut SinkState)) {
        let wakers = {
            let mut node = self.node();
            let sink = node.sinks.or_default(call);
            change(sink);
            std::mem::take(&mut sink.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Forgets what belongs to a call that has returned.
    pub fn end_call(&self, call: CallId) {
        let mut node = self.node();
        node.sinks.remove(&call);
        node.draws.remove(&Cause::Call(call));
    }

    /// The node crashed: from now on nothing leaves it, and nothing it waits for comes.
    pub fn seal(&self) {
        let mut node = self.node();
        node.sealed = true;
        node.acts.clear();
    }
}

/// Runs `future` on behalf of `cause`.
pub fn caused<F: Future>(cause: Cause, future: F) -> impl Future<Output = F::Output> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |task| {
        let outer = CAUSE.replace(cause);
        // A panic must not leave the cause behind for the next task on this thread.
        let restore = Restore(outer);
        let poll = future.as_mut().poll(task);
        drop(restore);
        poll
    })
}

struct Restore(Cause);

impl Drop for Restore {
    fn drop(&mut self) {
        CAUSE.set(self.0);
    }
}

/// On whose behalf the task being polled runs.
pub(crate) fn cause() -> Cause {
    CAUSE.get()
}

struct Ask {
    context: Context,
    stage: AskStage,
}

enum AskStage {
    Unsent(Option<Request>),
    Sent(AskId),
    Answered,
}

impl Future for Ask {
    type Output = Result<Reply, Trouble>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut node = this.context.node();
        match &mut this.stage {
            AskStage::Unsent(request) => {
                if node.sealed {
                    return Poll::Pending;
                }
                let Some(request) = request.take() else { return Poll::Pending };
                let ask = node.next_ask;
                node.next_ask += 1;
                node.acts.push(Act::Ask { ask, cause: CAUSE.get(), request });
                node.asks.insert(ask, Waiting::For(task.waker().clone()));
                drop(node);
                this.stage = AskStage::Sent(ask);
                Poll::Pending
            }
            AskStage::Sent(ask) => match node.asks.remove(ask) {
                Some(Waiting::Done(answer)) => {
                    drop(node);
                    this.stage = AskStage::Answered;
                    Poll::Ready(answer)
                }
                _ => {
                    node.asks.insert(*ask, Waiting::For(task.waker().clone()));
                    Poll::Pending
                }
            },
            AskStage::Answered => Poll::Pending,
        }
    }
}

impl Drop for Ask {
    fn drop(&mut self) {
        if let AskStage::Sent(ask) = self.stage {
            self.context.node().asks.remove(&ask);
        }
    }
}

struct Sleep {
    context: Context,
    until: Time,
    timer: Option<TimerId>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut node = this.context.node();
        match this.timer {
            // A past deadline is over at once, but never before other tasks had their turn: a loop of
            // such sleeps must not keep the node from stalling.
            None => {
                if node.sealed {
                    return Poll::Pending;
                }
                let timer = node.next_timer;
                node.next_timer += 1;
                node.acts.push(Act::Sleep { timer, cause: CAUSE.get(), until: this.until });
                node.timers.insert(timer, Waiting::For(task.waker().clone()));
                drop(node);
                this.timer = Some(timer);
                Poll::Pending
            }
            Some(timer) => match node.timers.remove(&timer) {
                Some(Waiting::Done(())) => Poll::Ready(()),
                _ => {
                    node.timers.insert(timer, Waiting::For(task.waker().clone()));
                    Poll::Pending
                }
            },
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some(timer) = self.timer else { return };
        let mut node = self.context.node();
        if node.timers.remove(&timer).is_some() && !node.sealed {
            node.acts.push(Act::Cancel { timer });
        }
    }
}

/// SplitMix64's finaliser: every input bit reaches every output bit.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
