//! All nodes in one process, which is kept from schedule to schedule.

use super::yardstick;
use crate::child::{Launch, Process};
use crate::cores::{StayOnCores, share_cores};
use kata_ports::wire::{Act, Delivery, Role};
use kata_sim::host::{Contestant, TimedBatch};
use kata_sim::{Host, HostError};
use std::time::Duration;

pub(super) struct Shared {
    launch: Launch,
    roles: Vec<Role>,
    /// None after an error, until the next schedule begins.
    process: Option<Process>,
}

impl Shared {
    pub(super) fn start(launch: Launch) -> Result<Shared, HostError> {
        let mut process = Process::spawn(&launch)?;
        let roles = process.greet(&launch.roles)?;
        Ok(Shared { launch, roles, process: Some(process) })
    }

    pub(super) fn process_ids(&self) -> Vec<u32> {
        self.process.iter().map(Process::id).collect()
    }

    /// Talks to the process, and is rid of it if that goes wrong.
    fn with_process<T>(
        &mut self,
        talk: impl FnOnce(&mut Process) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let mut process =
            self.process.take().ok_or_else(|| HostError::Ours("no schedule has begun".to_owned()))?;
        let said = talk(&mut process)?;
        self.process = Some(process);
        Ok(said)
    }
}

impl Host for Shared {
    fn roles(&self) -> &[Role] {
        &self.roles
    }

    fn begin(&mut self) -> Result<(), HostError> {
        if self.process.is_none() {
            let mut process = Process::spawn(&self.launch)?;
            process.greet(&self.launch.roles)?;
            self.process = Some(process);
        }
        self.with_process(Process::begin)
    }

    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        self.with_process(|process| process.deliver(delivery, acts))
    }

    fn end(&mut self) -> Result<(), HostError> {
        self.with_process(Process::end)
    }

    fn deliver_batch(&mut self, batch: &TimedBatch<'_>, acts: &mut Vec<Act>) -> Result<Duration, HostError> {
        let _cores = StayOnCores::of(batch.calls());
        match batch.contestant {
            Contestant::Solution => self.with_process(|process| {
                share_cores(process.id());
                process.deliver_batch(batch.delivery, batch.cpu_max, acts)
            }),
            Contestant::Yardstick { entry, config } => {
                yardstick::deliver(entry, config, batch.delivery, acts)
            }
        }
    }
}
