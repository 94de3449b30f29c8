//! The queue's behaviour: a pure state machine.

use super::message::source_of_dead;
use super::state::State;
use super::{QueueError, Reply, Request, check_limits, dead_letters};
use crate::{Handled, NodeId, Service, Time};
use std::collections::BTreeMap;

/// What a queue can be set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How often a message is delivered before it moves to the dead letters; at least once.
    pub receives_max: u32,
}

impl Default for Settings {
    /// Five deliveries: often enough for a crash or two, and poison is out of the way soon.
    fn default() -> Settings {
        Settings { receives_max: 5 }
    }
}

/// All queues of a datacentre.
#[derive(Clone, Debug)]
pub struct Model {
    settings: Settings,
    now: Time,
    /// The last message's name: one counter for all queues, so that dead letters keep theirs.
    last_id: u64,
    queues: BTreeMap<String, State>,
    /// Receives without an answer yet, and when the answer was promised.
    waiting: BTreeMap<(NodeId, u64), Time>,
}

impl Model {
    /// No queues yet.
    pub fn new(settings: Settings) -> Model {
        Model { settings, now: Time::EPOCH, last_id: 0, queues: BTreeMap::new(), waiting: BTreeMap::new() }
    }

    /// Lets everything that is held be delivered again at once, as at-least-once delivery may at any time.
    pub fn redeliver_all(&mut self) {
        self.queues.values_mut().for_each(|queue| queue.take_back(self.now));
    }

    /// The queue of that name, made if it is new. Messages do not die twice.
    fn queue(&mut self, name: &str) -> &mut State {
        let receives_max =
            if source_of_dead(name).is_some() { u32::MAX } else { self.settings.receives_max.max(1) };
        self.queues.entry(name.to_owned()).or_insert_with(|| State::new(receives_max))
    }

    /// Moves to the dead letters what has died in `name` or in the queue whose dead letters it keeps.
    fn bury(&mut self, name: &str) {
        let source = source_of_dead(name).unwrap_or(name);
        let dead = self.queues.get_mut(source).map(|queue| queue.bury(self.now)).unwrap_or_default();
        if !dead.is_empty() {
            let now = self.now;
            let letters = self.queue(&dead_letters(source));
            dead.into_iter().for_each(|(id, message)| letters.take_in(now, id, message));
        }
    }

    /// When `name` has something to deliver next.
    fn next_due(&self, name: &str) -> Option<Time> {
        let due = self.queues.get(name).and_then(State::next_due);
        let death =
            source_of_dead(name).and_then(|source| self.queues.get(source)).and_then(State::next_death);
        due.into_iter().chain(death).min()
    }

    fn answer(&mut self, node: NodeId, request: &Request) -> Result<Handled<Reply>, QueueError> {
        let now = self.now;
        match request {
            Request::Send { queue, body, delay } => {
                self.last_id += 1;
                let id = self.last_id;
                self.queue(queue).send(now, id, body.clone(), *delay);
                Ok(Handled::Reply(Reply::Sent { id }))
            }
            Request::Receive { queue, receive, max, visibility, wait } => {
                self.bury(queue);
                let messages = self.queue(queue).receive(now, *max, *visibility);
                let promised = self.waiting.remove(&(node, *receive));
                let until =
                    promised.unwrap_or_else(|| (now + *wait).min(self.next_due(queue).unwrap_or(Time::MAX)));
                if messages.is_empty() && until > now {
                    self.waiting.insert((node, *receive), until);
                    return Ok(Handled::Wait { until });
                }
                Ok(Handled::Reply(Reply::Received(messages)))
            }
            Request::Ack { queue, receipt } => {
                self.bury(queue);
                let dead =
                    self.queues.get(&dead_letters(queue)).is_some_and(|dead| dead.has(receipt.message));
                let queue = self.queue(queue);
                if queue.has(receipt.message) || dead {
                    queue.ack(now, *receipt)?;
                }
                Ok(Handled::Reply(Reply::Done))
            }
            Request::Nack { queue, receipt, delay } => {
                self.queue(queue).hide_held(now, *receipt, now + *delay, false)?;
                Ok(Handled::Reply(Reply::Done))
            }
            Request::Extend { queue, receipt, visibility } => {
                self.queue(queue).hide_held(now, *receipt, now + *visibility, true)?;
                Ok(Handled::Reply(Reply::Done))
            }
        }
    }
}

impl Service for Model {
    type Request = Request;
    type Reply = Reply;

    fn handle(&mut self, now: Time, from: NodeId, request: &Request) -> Handled<Reply> {
        self.now = self.now.max(now);
        let handled = check_limits(request).and_then(|()| self.answer(from, request));
        handled.unwrap_or_else(|error| Handled::Reply(Reply::Refused(error)))
    }

    fn disconnected(&mut self, _now: Time, node: NodeId) {
        self.waiting.retain(|(waiting, _), _| *waiting != node);
    }
}

#[cfg(test)]
mod tests;
