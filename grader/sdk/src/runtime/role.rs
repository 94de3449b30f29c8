//! A contract's implementation without its type: what a process picks by number when a node starts.

use super::threads::on_threads;
use crate::context::{Context, caused};
use crate::contract::{Contract, Handler};
use kata_ports::Caller;
use kata_ports::wire::{Act, CallId, Cause, Role};
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};
use std::task::{Context as TaskContext, Poll, Waker};
use tokio::runtime::Handle;

/// One contract that a process implements, and how to start a node of it.
pub struct RoleEntry {
    /// What the process says of it in its first frame.
    pub role: Role,
    pub(crate) start: Start,
}

/// Starts a node: its runtime, its context, its encoded configuration.
type Start = fn(&Handle, Context, &[u8]) -> Result<Box<dyn Running>, postcard::Error>;

/// The entry of contract `C`.
pub fn role<C: Contract>() -> RoleEntry {
    RoleEntry { role: Role { contract: C::NAME.to_owned(), hash: C::hash() }, start: start::<C> }
}

/// A node's implementation at work.
pub(crate) trait Running {
    /// Starts the handler of a call. False if there is no such method, its arguments do not decode, or the node is not
    /// open yet.
    fn call(&self, runtime: &Handle, call: CallId, method: u16, caller: Caller, args: &[u8]) -> bool;

    /// Runs calls at once, each on a thread of its own, and gives their results; `Some(None)` if one panicked. `None` if there
    /// is no such method, its arguments do not decode, it is one that waits, or the node is not open yet.
    fn batch(&self, method: u16, caller: &Caller, calls: &[Vec<u8>]) -> Option<Option<Vec<Vec<u8>>>>;
}

fn start<C: Contract>(
    runtime: &Handle,
    context: Context,
    config: &[u8],
) -> Result<Box<dyn Running>, postcard::Error> {
    let config: C::Config = postcard::from_bytes(config)?;
    let solution = Arc::new(OnceLock::new());
    let opened = Arc::clone(&solution);
    let node = context.clone();
    let opening = async move {
        match C::open(node.clone(), config).await {
            Ok(solution) => {
                let solution = Arc::new(solution);
                // The cell is set once per life of a node: here.
                let _ = opened.set(Arc::clone(&solution));
                node.act(Act::Opened(Ok(())));
                Some(solution)
            }
            Err(error) => {
                node.act(Act::Opened(Err(error.to_string())));
                None
            }
        }
    };
    let node = context.clone();
    runtime.spawn(async move {
        if let Some(solution) = caused(Cause::Open, opening).await {
            caused(Cause::Background, C::background(solution)).await;
            node.act(Act::BackgroundEnded);
        }
    });
    Ok(Box::new(Open::<C> { context, solution, contract: PhantomData }))
}

struct Open<C: Contract> {
    context: Context,
    solution: Arc<OnceLock<Arc<C::Solution>>>,
    contract: PhantomData<fn(C)>,
}

impl<C: Contract> Running for Open<C> {
    fn call(&self, runtime: &Handle, call: CallId, method: u16, caller: Caller, args: &[u8]) -> bool {
        let Some(solution) = self.solution.get() else { return false };
        let handler = Handler { solution: Arc::clone(solution), caller, context: self.context.clone(), call };
        let Some(running) = C::call(handler, method, args) else { return false };
        let context = self.context.clone();
        runtime.spawn(async move {
            let result = caused(Cause::Call(call), running).await;
            context.end_call(call);
            context.act(Act::Return { call, result });
        });
        true
    }

    fn batch(&self, method: u16, caller: &Caller, calls: &[Vec<u8>]) -> Option<Option<Vec<Vec<u8>>>> {
        let solution = self.solution.get()?;
        let run = |args: &Vec<u8>| {
            let (solution, context) = (Arc::clone(solution), self.context.clone());
            let handler = Handler { solution, caller: caller.clone(), context, call: 0 };
            let mut running = C::call(handler, method, args)?;
            match running.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
                Poll::Ready(result) => Some(result),
                Poll::Pending => None,
            }
        };
        on_threads(&self.context, calls, run)
    }
}
