//! When operations were invoked and returned, relative to each other.

use super::numbered::Lookup;
use crate::operations::Operation;

/// The position of a return that never came: behind everything.
pub(super) const NEVER: u32 = u32::MAX;

/// When the operations of one key were invoked and returned: positions in one line of events, from 1 on. Of events at the same
/// time, invocations come first, so operations that only touch count as concurrent.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) invoked: Vec<u32>,
    pub(super) returned: Vec<u32>,
    /// The position of the last event at the time of the return.
    pub(super) tick: Vec<u32>,
    /// Operations that the same process finished at the very tick at which it invoked this one, recorded before it. Positions say
    /// that they are concurrent, but a process waits for its answer before it goes on.
    pub(super) follows: Vec<Vec<usize>>,
}

impl Order {
    pub(super) fn new<Op, Res>(operations: &[&Operation<Op, Res>]) -> Order {
        let mut events = Vec::with_capacity(operations.len() * 2);
        for (index, operation) in operations.iter().enumerate() {
            events.push((operation.invoked, false, index));
            if let Some(returned) = operation.returned {
                events.push((returned, true, index));
            }
        }
        events.sort_unstable();
        assert!(events.len() < NEVER as usize, "fewer than four thousand million events");

        let mut invoked = vec![0; operations.len()];
        let mut returned = vec![NEVER; operations.len()];
        let mut tick = vec![NEVER; operations.len()];
        let mut end = (NEVER, None);
        for (before, &(time, returns, index)) in events.iter().enumerate().rev() {
            let position = before as u32 + 1;
            if end.1 != Some(time) {
                end = (position, Some(time));
            }
            if returns {
                returned[index] = position;
                tick[index] = end.0;
            } else {
                invoked[index] = position;
            }
        }
        Order { invoked, returned, tick, follows: follows(operations) }
    }

    pub(super) fn len(&self) -> usize {
        self.invoked.len()
    }
}

fn follows<Op, Res>(operations: &[&Operation<Op, Res>]) -> Vec<Vec<usize>> {
    let mut returned: Lookup<(&str, u64), Vec<usize>> = Lookup::default();
    let mut follows = Vec::with_capacity(operations.len());
    for (index, operation) in operations.iter().enumerate() {
        let process = operation.process.as_str();
        follows.push(returned.get(&(process, operation.invoked)).cloned().unwrap_or_default());
        if let Some(at) = operation.returned {
            returned.entry((process, at)).or_default().push(index);
        }
    }
    follows
}
