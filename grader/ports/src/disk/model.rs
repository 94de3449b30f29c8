//! The disks' behaviour: a pure state machine.

use super::files::Files;
use super::{DiskError, Operation, Reply, Request, check_limits};
use crate::{Handled, NodeId, Service, Time};
use std::collections::BTreeMap;

/// What disks can be set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many bytes the files of one node may hold together.
    pub capacity_bytes: u64,
}

impl Default for Settings {
    /// 64 MiB: far more than a kata needs, and little enough to keep in memory for many nodes.
    fn default() -> Settings {
        Settings { capacity_bytes: 64 << 20 }
    }
}

/// The disks of all nodes.
#[derive(Clone, Debug)]
pub struct Model {
    settings: Settings,
    disks: BTreeMap<NodeId, Files>,
}

impl Model {
    /// Empty disks.
    pub fn new(settings: Settings) -> Model {
        Model { settings, disks: BTreeMap::new() }
    }

    /// A node crashed: of what it did and did not sync, each step survives or not, in their order, and one write may
    /// be torn.
    ///
    /// `choose(n)` picks a number below `n`. It is asked once for each step (0 keeps it), then which of the kept
    /// writes is torn (0 for none), then how many of its bytes are left. Always choosing 0 loses nothing.
    pub fn crash(&mut self, node: NodeId, choose: &mut dyn FnMut(usize) -> usize) {
        if let Some(files) = self.disks.get_mut(&node) {
            files.crash(choose);
        }
    }

    /// Turns one bit of a file around, as ageing disks do. False if there is no such byte.
    pub fn rot(&mut self, node: NodeId, file: &str, offset: u64) -> bool {
        self.disks.get_mut(&node).is_some_and(|files| files.rot(file, offset))
    }

    fn answer(&mut self, node: NodeId, request: &Request) -> Result<Reply, DiskError> {
        check_limits(request)?;
        let capacity = self.settings.capacity_bytes;
        let files = self.disks.entry(node).or_default();
        let Request::File { file, operation } = request else {
            return Ok(Reply::Names(files.names().cloned().collect()));
        };
        match operation {
            Operation::Append { bytes } => Ok(Reply::At(files.write(file, None, bytes, capacity)?)),
            Operation::Write { offset, bytes } => {
                files.write(file, Some(*offset), bytes, capacity).map(|_| Reply::Done)
            }
            Operation::Read { offset, len } => {
                Ok(Reply::Bytes(part(files.contents(file)?, *offset, *len).to_vec()))
            }
            Operation::Len => Ok(Reply::Len(files.contents(file)?.len() as u64)),
            Operation::Truncate { len } => files.truncate(file, *len, capacity).map(|()| Reply::Done),
            Operation::Rename { to } => files.rename(file, to).map(|()| Reply::Done),
            Operation::Remove => files.remove(file).map(|()| Reply::Done),
            Operation::Sync => files.sync(file).map(|()| Reply::Done),
        }
    }
}

fn part(contents: &[u8], offset: u64, len: u64) -> &[u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(contents.len());
    &contents[place(offset)..place(offset.saturating_add(len))]
}

impl Service for Model {
    type Request = Request;
    type Reply = Reply;

    fn handle(&mut self, _now: Time, from: NodeId, request: &Request) -> Handled<Reply> {
        Handled::Reply(self.answer(from, request).unwrap_or_else(Reply::Refused))
    }
}

#[cfg(test)]
mod tests;
