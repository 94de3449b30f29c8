//! One queue: its messages, and when each is delivered next.

use super::{Message, QueueError, Receipt};
use crate::{Json, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One queue.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// How often a message is delivered before it dies.
    receives_max: u32,
    messages: BTreeMap<u64, Waiting>,
    /// When which message can be delivered.
    due: BTreeSet<(Time, u64)>,
    /// When which message dies instead, having been delivered for the last time.
    dying: BTreeSet<(Time, u64)>,
}

/// A message that is not done with.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    body: Json,
    sent_at: Time,
    receives: u32,
    hidden_until: Time,
    /// Somebody has received it and neither acknowledged nor given it back.
    held: bool,
}

impl State {
    pub(super) fn new(receives_max: u32) -> State {
        State { receives_max, messages: BTreeMap::new(), due: BTreeSet::new(), dying: BTreeSet::new() }
    }

    pub(super) fn send(&mut self, now: Time, id: u64, body: Json, delay: Duration) {
        let message = Waiting { body, sent_at: now, receives: 0, hidden_until: now, held: false };
        self.messages.insert(id, message);
        self.hide(id, now + delay, false);
    }

    /// Delivers up to `max` messages that are due.
    pub(super) fn receive(&mut self, now: Time, max: u32, visibility: Duration) -> Vec<Message> {
        let due: Vec<u64> =
            self.due.iter().take_while(|(at, _)| *at <= now).take(max as usize).map(|(_, id)| *id).collect();
        due.into_iter().filter_map(|id| self.deliver(id, now + visibility)).collect()
    }

    fn deliver(&mut self, id: u64, until: Time) -> Option<Message> {
        self.messages.get_mut(&id)?.receives += 1;
        self.hide(id, until, true);
        let Waiting { body, sent_at, receives, .. } = self.messages.get(&id)?;
        let receipt = Receipt { message: id, receive: *receives };
        Some(Message { id, body: body.clone(), receipt, receives: *receives, sent_at: *sent_at })
    }

    /// True if the queue has that message, hidden or not.
    pub(super) fn has(&self, id: u64) -> bool {
        self.messages.contains_key(&id)
    }

    pub(super) fn ack(&mut self, now: Time, receipt: Receipt) -> Result<(), QueueError> {
        self.held(now, receipt)?;
        self.remove(receipt.message);
        Ok(())
    }

    /// Hides a held message until then, from its holder too unless it is held on.
    pub(super) fn hide_held(
        &mut self,
        now: Time,
        receipt: Receipt,
        until: Time,
        hold: bool,
    ) -> Result<(), QueueError> {
        self.held(now, receipt)?;
        self.hide(receipt.message, until, hold);
        Ok(())
    }

    fn held(&self, now: Time, receipt: Receipt) -> Result<(), QueueError> {
        let message = self.messages.get(&receipt.message).ok_or(QueueError::StaleReceipt)?;
        let held = message.held && message.receives == receipt.receive && message.hidden_until > now;
        held.then_some(()).ok_or(QueueError::StaleReceipt)
    }

    fn hide(&mut self, id: u64, until: Time, hold: bool) {
        let Some(message) = self.messages.get_mut(&id) else { return };
        let before = (std::mem::replace(&mut message.hidden_until, until), id);
        message.held = hold;
        self.due.remove(&before);
        self.dying.remove(&before);
        let queue = if message.receives < self.receives_max { &mut self.due } else { &mut self.dying };
        queue.insert((until, id));
    }

    /// Takes back all messages that are held, to be delivered again at once.
    pub(super) fn take_back(&mut self, now: Time) {
        let held: Vec<u64> =
            self.messages.iter().filter(|(_, message)| message.held).map(|(id, _)| *id).collect();
        held.into_iter().for_each(|id| self.hide(id, now, false));
    }

    /// Takes out the messages that have died.
    pub(super) fn bury(&mut self, now: Time) -> Vec<(u64, Waiting)> {
        let dead: Vec<u64> = self.dying.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect();
        dead.into_iter().filter_map(|id| Some((id, self.remove(id)?))).collect()
    }

    /// Takes in a message that died elsewhere.
    pub(super) fn take_in(&mut self, now: Time, id: u64, dead: Waiting) {
        self.messages.insert(id, Waiting { receives: 0, ..dead });
        self.hide(id, now, false);
    }

    fn remove(&mut self, id: u64) -> Option<Waiting> {
        let message = self.messages.remove(&id)?;
        self.due.remove(&(message.hidden_until, id));
        self.dying.remove(&(message.hidden_until, id));
        Some(message)
    }

    /// When the next message can be delivered.
    pub(super) fn next_due(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }

    /// When the next message dies.
    pub(super) fn next_death(&self) -> Option<Time> {
        self.dying.first().map(|(at, _)| *at)
    }
}
