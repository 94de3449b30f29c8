//! What a node prints, collected per step.

use super::node::act_of_running;
use kata_ports::wire::{Act, Stream, Violation};
use std::cell::Cell;

/// More than a learner ever reads of one schedule.
const BYTES_MAX: usize = 1 << 20;

thread_local! {
    static WRITTEN: Cell<usize> = const { Cell::new(0) };
}

/// Takes what was written to a standard stream; false if no node is being stepped on this thread.
pub(super) fn wrote(stream: Stream, bytes: &[u8]) -> bool {
    let written = WRITTEN.get();
    if written > BYTES_MAX {
        return true;
    }
    WRITTEN.set(written + bytes.len());
    if written + bytes.len() > BYTES_MAX {
        return act_of_running(Act::Violation(Violation::OutputFlood));
    }
    let text = String::from_utf8_lossy(bytes).into_owned();
    act_of_running(Act::Wrote { stream, text })
}
