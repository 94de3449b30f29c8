//! The behaviour of publish/subscribe: a pure state machine.

use super::limits::{NEXT_MESSAGES_MAX, UNREAD_BYTES_MAX, check_limits};
use super::{Message, PubSubError, Reply, Request};
use crate::{Handled, NodeId, Service, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Names a connection among those of all nodes.
type Id = (NodeId, u64);

/// All channels of a datacentre, and who listens to them.
#[derive(Clone, Debug, Default)]
pub struct Model {
    connections: BTreeMap<Id, Connection>,
    /// Who is subscribed; a channel without anybody is not there.
    channels: BTreeMap<String, BTreeSet<Id>>,
}

/// One connection of one node.
#[derive(Clone, Debug, Default)]
struct Connection {
    channels: BTreeSet<String>,
    unread: VecDeque<Message>,
    unread_bytes: usize,
    /// Somebody waits for a message, and when the answer was promised.
    promised: Option<Time>,
}

impl Model {
    /// Nobody listens yet.
    pub fn new() -> Model {
        Model::default()
    }

    /// Every connection breaks, as when the service starts anew.
    pub fn break_all(&mut self) {
        self.connections.clear();
        self.channels.clear();
    }

    fn publish(&mut self, channel: &str, message: &Message) -> u64 {
        let listening: Vec<Id> =
            self.channels.get(channel).map(|ids| ids.iter().copied().collect()).unwrap_or_default();
        for id in &listening {
            let Some(connection) = self.connections.get_mut(id) else { continue };
            connection.unread_bytes += message.bytes();
            connection.unread.push_back(message.clone());
            if connection.unread_bytes > UNREAD_BYTES_MAX {
                self.disconnect(*id);
            }
        }
        listening.len() as u64
    }

    fn disconnect(&mut self, id: Id) {
        let Some(connection) = self.connections.remove(&id) else { return };
        for channel in connection.channels {
            self.leave(id, &channel);
        }
    }

    fn leave(&mut self, id: Id, channel: &str) {
        if let Some(ids) = self.channels.get_mut(channel) {
            ids.remove(&id);
            if ids.is_empty() {
                self.channels.remove(channel);
            }
        }
    }

    fn connection(&mut self, id: Id) -> Result<&mut Connection, PubSubError> {
        self.connections.get_mut(&id).ok_or(PubSubError::Disconnected)
    }

    fn answer(&mut self, now: Time, node: NodeId, request: &Request) -> Result<Handled<Reply>, PubSubError> {
        match request {
            Request::Publish { channel, message } => {
                let message = Message { channel: channel.clone(), body: message.clone() };
                let listeners = self.publish(channel, &message);
                return Ok(Handled::Reply(Reply::Published { listeners }));
            }
            Request::Connect { connection } => {
                self.connections.entry((node, *connection)).or_default();
            }
            Request::Subscribe { connection, channel } => {
                let id = (node, *connection);
                self.connection(id)?.channels.insert(channel.clone());
                self.channels.entry(channel.clone()).or_default().insert(id);
            }
            Request::Unsubscribe { connection, channel } => {
                let id = (node, *connection);
                self.connection(id)?.channels.remove(channel);
                self.leave(id, channel);
            }
            Request::Next { connection, wait } => {
                return Ok(self.connection((node, *connection))?.next(now, now + *wait));
            }
            Request::Disconnect { connection } => self.disconnect((node, *connection)),
        }
        Ok(Handled::Reply(Reply::Done))
    }
}

impl Connection {
    /// What has come; waits for it until what was promised first, or `until`.
    fn next(&mut self, now: Time, until: Time) -> Handled<Reply> {
        let until = self.promised.take().unwrap_or(until);
        if self.unread.is_empty() && until > now {
            self.promised = Some(until);
            return Handled::Wait { until };
        }
        let count = self.unread.len().min(NEXT_MESSAGES_MAX);
        let messages: Vec<Message> = self.unread.drain(..count).collect();
        self.unread_bytes -= messages.iter().map(Message::bytes).sum::<usize>();
        Handled::Reply(Reply::Messages(messages))
    }
}

impl Service for Model {
    type Request = Request;
    type Reply = Reply;

    fn handle(&mut self, now: Time, from: NodeId, request: &Request) -> Handled<Reply> {
        let handled = check_limits(request).and_then(|()| self.answer(now, from, request));
        handled.unwrap_or_else(|error| Handled::Reply(Reply::Refused(error)))
    }

    fn disconnected(&mut self, _now: Time, node: NodeId) {
        let all = (node, u64::MIN)..=(node, u64::MAX);
        let its: Vec<Id> = self.connections.range(all).map(|(id, _)| *id).collect();
        its.into_iter().for_each(|id| self.disconnect(id));
    }
}

#[cfg(test)]
mod tests;
