//! Runs a solution's nodes in processes of their own: what the simulation calls a [`Host`].

mod isolated;
mod shared;
mod yardstick;

use crate::child::Launch;
use isolated::Isolated;
use kata_ports::wire::{Act, Delivery, Role};
use kata_sim::host::TimedBatch;
use kata_sim::{Host, HostError};
use shared::Shared;
use std::time::Duration;

/// How nodes are spread over processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One process runs all nodes of a schedule, and one schedule after the other. Fast.
    Shared,
    /// Each life of a node is a process, and a crash is a `SIGKILL`. Nodes share nothing, not even statics.
    Isolated,
}

/// A solution that runs in processes.
///
/// A host stays on the thread that made it: Linux kills a child when the thread that started it ends.
pub struct ChildHost {
    nodes: Nodes,
}

enum Nodes {
    Shared(Shared),
    Isolated(Isolated),
}

impl ChildHost {
    /// Starts a first process and checks that it implements the contracts that `launch` expects.
    pub fn start(launch: Launch, mode: Mode) -> Result<ChildHost, HostError> {
        let nodes = match mode {
            Mode::Shared => Nodes::Shared(Shared::start(launch)?),
            Mode::Isolated => Nodes::Isolated(Isolated::start(launch)?),
        };
        Ok(ChildHost { nodes })
    }

    /// The processes that run nodes now, for a debugger to attach to.
    pub fn process_ids(&self) -> Vec<u32> {
        match &self.nodes {
            Nodes::Shared(shared) => shared.process_ids(),
            Nodes::Isolated(isolated) => isolated.process_ids(),
        }
    }

    fn nodes(&mut self) -> &mut dyn Host {
        match &mut self.nodes {
            Nodes::Shared(shared) => shared,
            Nodes::Isolated(isolated) => isolated,
        }
    }
}

impl Host for ChildHost {
    fn roles(&self) -> &[Role] {
        match &self.nodes {
            Nodes::Shared(shared) => shared.roles(),
            Nodes::Isolated(isolated) => isolated.roles(),
        }
    }

    fn begin(&mut self) -> Result<(), HostError> {
        self.nodes().begin()
    }

    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        self.nodes().deliver(delivery, acts)
    }

    fn end(&mut self) -> Result<(), HostError> {
        self.nodes().end()
    }

    fn deliver_batch(&mut self, batch: &TimedBatch<'_>, acts: &mut Vec<Act>) -> Result<Duration, HostError> {
        self.nodes().deliver_batch(batch, acts)
    }
}
