//! Where a solution's nodes run: the only door between the simulation and a graded process.

use kata::runtime::RoleEntry;
use kata_ports::NodeId;
use kata_ports::wire::{Act, Delivery, Event, Role, Violation};
use std::time::Duration;

/// Runs the nodes of one schedule at a time. The runner's children implement it; tests may run nodes in process.
pub trait Host {
    /// The contracts that the solution implements.
    fn roles(&self) -> &[Role];

    /// Begins a schedule: all earlier nodes are gone.
    fn begin(&mut self) -> Result<(), HostError>;

    /// Delivers one event to one node, lets it run until it stalls, and appends what it did to `acts`.
    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError>;

    /// Ends the schedule. After an error, the next `begin` starts from a fresh process.
    fn end(&mut self) -> Result<(), HostError>;

    /// Delivers a batch on as many cores as it has calls, appends what came of it to `acts` and gives how long that took in
    /// real time. A host without real time refuses.
    fn deliver_batch(&mut self, batch: &TimedBatch<'_>, acts: &mut Vec<Act>) -> Result<Duration, HostError> {
        let _ = (batch, acts);
        Err(HostError::Ours("nothing here measures real time".to_owned()))
    }
}

/// A batch whose real time matters.
pub struct TimedBatch<'a> {
    /// The batch.
    pub delivery: &'a Delivery,
    /// Who gets it.
    pub contestant: Contestant<'a>,
    /// How much CPU time the solution may use for it.
    pub cpu_max: Duration,
}

impl TimedBatch<'_> {
    /// How many calls it has.
    pub fn calls(&self) -> usize {
        match &self.delivery.event {
            Event::Batch { calls, .. } => calls.len(),
            _ => 1,
        }
    }
}

/// Who gets a batch.
#[derive(Clone, Copy)]
pub enum Contestant<'a> {
    /// The solution's node.
    Solution,
    /// A fresh node of a solution that is part of the grader.
    Yardstick {
        /// The solution.
        entry: &'a RoleEntry,
        /// What its node is configured with, encoded.
        config: &'a [u8],
    },
}

/// How a graded process failed to be one. All but [`HostError::Stalled`] and [`HostError::Ours`] are the submission's doing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It ended by itself.
    #[error("the process ended by itself with exit code {code}")]
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// A signal ended it.
    #[error("the process was ended by signal {signal}")]
    Signalled {
        /// The signal's number.
        signal: i32,
        /// The last it wrote to its standard error, if anything.
        last_words: String,
    },
    /// It used more CPU time in one step, or in all slow steps of one run, than that may take.
    #[error("more than {limit_ms} ms of CPU time")]
    Busy {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// Its thread went to sleep outside the runtime (a lock held by itself, a read that blocks).
    #[error("the process blocked its thread")]
    Blocked,
    /// It asked for more memory than it may have.
    #[error("the process wanted more than {limit_mib} MiB of memory")]
    Memory {
        /// The limit, in mebibytes.
        limit_mib: u64,
    },
    /// A frame of it made no sense.
    #[error("the process sent a frame that makes no sense: {why}")]
    Malformed {
        /// What was wrong with it.
        why: String,
    },
    /// Its runtime caught it at something that has no place in a graded process.
    #[error("the process did something a graded process may not do: {0:?}")]
    Violation(Violation),
    /// It is built against another version of the contract or protocol.
    #[error("the process was built against another version of the contract")]
    OtherContract,
    /// It did not answer in real time although it used little CPU: the machine is overloaded. Nobody's fault.
    #[error("no answer within {limit_s} s of real time at node {node}; the machine may be overloaded")]
    Stalled {
        /// The node.
        node: NodeId,
        /// The limit, in seconds.
        limit_s: u64,
    },
    /// The grader itself failed (it could not start a process, say).
    #[error("{0}")]
    Ours(String),
}
