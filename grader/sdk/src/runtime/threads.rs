//! Threads that the runtime itself starts in a graded process: one for a schedule, and those of a batch, the only ones that
//! run a solution's code beside each other.

use super::node::work_for;
use crate::context::Context;
use std::io;
use std::sync::Barrier;
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

/// Calls `run` with each of `inputs` on a thread of its own; all begin together, however long it takes to start them. `None` if
/// one of them gives nothing; `Some(None)` if one of them panicked, which is then an act of the node of `context`.
pub(super) fn on_threads<I: Sync, O: Send>(
    context: &Context,
    inputs: &[I],
    run: impl Fn(&I) -> Option<O> + Sync,
) -> Option<Option<Vec<O>>> {
    let (run, all) = (&run, &Barrier::new(inputs.len()));
    let joined: Vec<_> = scope(|scope| {
        let started: Vec<_> = inputs
            .iter()
            .map(|input| {
                let context = context.clone();
                start(scope, move || {
                    work_for(context);
                    all.wait();
                    run(input)
                })
                .expect("the system has room for a few threads")
            })
            .collect();
        started.into_iter().map(ScopedJoinHandle::join).collect()
    });
    match joined.into_iter().collect::<Result<Option<Vec<O>>, _>>() {
        Ok(results) => results.map(Some),
        Err(_) => Some(None),
    }
}

/// Starts a thread, which nothing else in a graded process may do.
pub(super) fn start<'scope, O: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> O + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, O>> {
    let start = || Builder::new().spawn_scoped(scope, work);
    #[cfg(target_os = "linux")]
    return super::overrides::allowing_threads(start);
    #[cfg(not(target_os = "linux"))]
    start()
}
