//! What a node prints, collected per step.

use super::node::act_of_running;
use kata_ports::wire::{Act, Stream, Violation};
use std::cell::Cell;

/// More than a learner ever reads of one schedule.
const BYTES_MAX: usize = 1 << 20;
/// What a write counts at least: a flood of single characters must not become a flood of acts.
const WRITE_BYTES_MIN: usize = 8;

thread_local! {
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

/// What became of something that was written to a standard stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// No node is being stepped on this thread: it is the process's own.
    Outside,
    /// It is among the acts of its node.
    Kept,
    /// It is more than anybody reads. The run has failed, and the writer is to hear of it: it may write without end.
    Refused,
}

/// Takes what was written to a standard stream.
pub(super) fn wrote(stream: Stream, bytes: &[u8]) -> Written {
    let before = WRITTEN.get();
    let now = before.saturating_add(bytes.len().max(WRITE_BYTES_MIN));
    if now > BYTES_MAX {
        let flood = Act::Violation(Violation::OutputFlood);
        if before <= BYTES_MAX && !act_of_running(flood) {
            return Written::Outside;
        }
        WRITTEN.set(now);
        return Written::Refused;
    }
    let text = String::from_utf8_lossy(bytes).into_owned();
    if !act_of_running(Act::Wrote { stream, text }) {
        return Written::Outside;
    }
    WRITTEN.set(now);
    Written::Kept
}
