//! A process for each life of each node.
//!
//! Starting a process takes milliseconds, so a few spare ones are always under way.

use crate::child::{Launch, Process};
use kata_ports::NodeId;
use kata_ports::wire::{Act, Delivery, Event, Role};
use kata_sim::{Host, HostError};
use std::collections::{BTreeMap, VecDeque};

/// As many as a deployment usually has nodes.
const SPARES: usize = 3;

pub(super) struct Isolated {
    launch: Launch,
    roles: Vec<Role>,
    nodes: BTreeMap<NodeId, Process>,
    /// Started, most of them not yet greeted.
    spares: VecDeque<Process>,
}

impl Isolated {
    pub(super) fn start(launch: Launch) -> Result<Isolated, HostError> {
        let mut first = Process::spawn(&launch)?;
        let roles = first.greet(&launch.roles)?;
        Ok(Isolated { launch, roles, nodes: BTreeMap::new(), spares: VecDeque::from([first]) })
    }

    pub(super) fn process_ids(&self) -> Vec<u32> {
        self.nodes.values().map(Process::id).collect()
    }

    /// A process that has begun the schedule.
    fn begun(&mut self) -> Result<Process, HostError> {
        let mut process = match self.spares.pop_front() {
            Some(spare) => spare,
            None => Process::spawn(&self.launch)?,
        };
        while self.spares.len() < SPARES {
            self.spares.push_back(Process::spawn(&self.launch)?);
        }
        if !process.is_greeted() {
            process.greet(&self.launch.roles)?;
        }
        process.begin()?;
        Ok(process)
    }

    fn deliver_to_node(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        let node = delivery.node;
        match delivery.event {
            Event::Crash => {
                self.nodes.remove(&node);
                return Ok(());
            }
            Event::Start { .. } => {
                // An earlier life of the node ends before the next begins.
                self.nodes.remove(&node);
                let process = self.begun()?;
                self.nodes.insert(node, process);
            }
            _ => {}
        }
        let process = self.nodes.get_mut(&node).ok_or_else(|| HostError::Ours(format!("{node} is down")))?;
        process.deliver(delivery, acts)
    }
}

impl Host for Isolated {
    fn roles(&self) -> &[Role] {
        &self.roles
    }

    fn begin(&mut self) -> Result<(), HostError> {
        self.nodes.clear();
        Ok(())
    }

    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        let delivered = self.deliver_to_node(delivery, acts);
        if delivered.is_err() {
            self.nodes.clear();
        }
        delivered
    }

    fn end(&mut self) -> Result<(), HostError> {
        self.nodes.clear();
        Ok(())
    }
}
