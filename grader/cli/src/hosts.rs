//! Where a submission's nodes run while it is graded.

use crate::Problem;
use kata_ports::wire::{Act, Delivery, Role};
use kata_runner::{ChildHost, Launch, Mode};
use kata_sim::host::TimedBatch;
use kata_sim::{Host, HostError, Hosts};
use std::time::Duration;

/// Sandboxed processes of one submission. They stay on the thread that started them.
pub(crate) struct Children {
    shared: Child,
    /// `None` if one process must do for everything: a debugger is attached to it.
    isolated: Option<Child>,
}

/// A submission's process, or why there is none.
enum Child {
    Born(Box<ChildHost>),
    StillBorn(HostError),
}

impl Children {
    /// Starts the submission both ways. One that does not even start is graded all the same: every run says why.
    pub(crate) fn start(launch: &Launch) -> Result<Children, Problem> {
        let shared = Child::start(launch, Mode::Shared)?;
        Ok(Children { shared, isolated: Some(Child::start(launch, Mode::Isolated)?) })
    }

    /// Starts one process, for a debugger.
    pub(crate) fn start_one(launch: &Launch) -> Result<Children, Problem> {
        Ok(Children { shared: Child::start(launch, Mode::Shared)?, isolated: None })
    }

    /// The processes that a debugger may attach to.
    pub(crate) fn process_ids(&self) -> Vec<u32> {
        match &self.shared {
            Child::Born(host) => host.process_ids(),
            Child::StillBorn(_) => Vec::new(),
        }
    }
}

impl Hosts for Children {
    fn shared(&mut self) -> &mut dyn Host {
        &mut self.shared
    }

    fn isolated(&mut self) -> &mut dyn Host {
        self.isolated.as_mut().unwrap_or(&mut self.shared)
    }
}

impl Child {
    fn start(launch: &Launch, mode: Mode) -> Result<Child, Problem> {
        match ChildHost::start(launch.clone(), mode) {
            Ok(host) => Ok(Child::Born(Box::new(host))),
            Err(HostError::Ours(why)) => Err(Problem::ours(why)),
            Err(why) => Ok(Child::StillBorn(why)),
        }
    }
}

impl Host for Child {
    fn roles(&self) -> &[Role] {
        match self {
            Child::Born(host) => host.roles(),
            Child::StillBorn(_) => &[],
        }
    }

    fn begin(&mut self) -> Result<(), HostError> {
        match self {
            Child::Born(host) => host.begin(),
            Child::StillBorn(why) => Err(why.clone()),
        }
    }

    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        match self {
            Child::Born(host) => host.deliver(delivery, acts),
            Child::StillBorn(why) => Err(why.clone()),
        }
    }

    fn end(&mut self) -> Result<(), HostError> {
        match self {
            Child::Born(host) => host.end(),
            Child::StillBorn(_) => Ok(()),
        }
    }

    fn deliver_batch(&mut self, batch: &TimedBatch<'_>, acts: &mut Vec<Act>) -> Result<Duration, HostError> {
        match self {
            Child::Born(host) => host.deliver_batch(batch, acts),
            Child::StillBorn(why) => Err(why.clone()),
        }
    }
}
