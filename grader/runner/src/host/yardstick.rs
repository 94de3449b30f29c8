//! Runs a batch on a yardstick: a node of a solution that is part of the grader, in the grader's own process.

use kata::runtime::RoleEntry;
use kata::runtime::node::Node;
use kata_ports::wire::{Act, Delivery};
use kata_sim::HostError;
use std::time::{Duration, Instant};

/// Starts a node, delivers the batch to it and gives how long that took.
pub(super) fn deliver(
    entry: &RoleEntry,
    config: &[u8],
    batch: &Delivery,
    acts: &mut Vec<Act>,
) -> Result<Duration, HostError> {
    let ours = |why: &str| HostError::Ours(format!("the yardstick of {}: {why}", entry.role.contract));
    let node = Node::start(batch.node, entry, batch.now, 0, config).map_err(|why| ours(why.0))?;
    if !node.take_acts().iter().any(|act| matches!(act, Act::Opened(Ok(())))) {
        return Err(ours("it does not open"));
    }
    let event = batch.event.clone();
    let began = Instant::now();
    node.deliver(batch.now, event).map_err(|why| ours(why.0))?;
    let took = began.elapsed();
    let done = node.take_acts();
    if !done.iter().any(|act| matches!(act, Act::BatchDone { .. })) {
        return Err(ours(&format!("it does not do its work: {done:?}")));
    }
    acts.extend(done);
    Ok(took)
}
