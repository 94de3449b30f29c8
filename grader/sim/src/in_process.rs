//! Nodes in the grader's own process: for tests of suites, where the solution is known and trusted.

use crate::host::{Host, HostError};
use crate::judge::Hosts;
use kata::runtime::RoleEntry;
use kata::runtime::node::Node;
use kata_ports::NodeId;
use kata_ports::wire::{Act, Delivery, Event, Role};
use std::collections::BTreeMap;

/// Runs nodes in this process, on this thread.
pub struct InProcess {
    entries: Vec<RoleEntry>,
    roles: Vec<Role>,
    nodes: BTreeMap<NodeId, Node>,
}

impl InProcess {
    /// A host of the solution with these roles.
    pub fn new(entries: Vec<RoleEntry>) -> InProcess {
        kata::runtime::report_panics();
        let roles = entries.iter().map(|entry| entry.role.clone()).collect();
        InProcess { entries, roles, nodes: BTreeMap::new() }
    }
}

impl Hosts for InProcess {
    fn shared(&mut self) -> &mut dyn Host {
        self
    }

    fn isolated(&mut self) -> &mut dyn Host {
        self
    }
}

impl Host for InProcess {
    fn roles(&self) -> &[Role] {
        &self.roles
    }

    fn begin(&mut self) -> Result<(), HostError> {
        self.nodes.clear();
        Ok(())
    }

    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        let ours = |why: &str| HostError::Ours(format!("{}: {why}", delivery.node));
        match &delivery.event {
            Event::Start { seed, role, config } => {
                let entry = self.entries.get(usize::from(*role)).ok_or_else(|| ours("no such role"))?;
                let node = Node::start(delivery.node, entry, delivery.now, *seed, config)
                    .map_err(|why| ours(why.0))?;
                acts.extend(node.take_acts());
                self.nodes.insert(delivery.node, node);
            }
            Event::Crash => {
                if let Some(node) = self.nodes.remove(&delivery.node) {
                    node.crash();
                }
            }
            event => {
                let node = self.nodes.get(&delivery.node).ok_or_else(|| ours("no such node"))?;
                node.deliver(delivery.now, event.clone()).map_err(|why| ours(why.0))?;
                acts.extend(node.take_acts());
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), HostError> {
        self.nodes.clear();
        Ok(())
    }
}
