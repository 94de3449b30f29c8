//! What a node knows of one chat that its devices show.

use super::messages::Messages;
use chat::Message;
use kata::TableError;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::Notify;

/// How many messages are kept for devices that are a little behind.
const RECENT_MAX: usize = 200;
/// How many are taken at once.
const TAKEN_MAX: usize = 50;

/// One chat, as far as a node knows it: all messages up to the last it knows of, the latest of them at hand.
pub(crate) struct Room {
    pub(crate) chat: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last message known; nothing until the table was asked for the first time.
    last: Option<u64>,
    /// The latest messages, up to the last.
    recent: VecDeque<Arc<Message>>,
    /// Whom to wake when there are more.
    devices: Vec<Weak<Notify>>,
}

/// What a device has not got yet.
pub(crate) enum Behind {
    Nothing,
    Recent(Vec<Arc<Message>>),
    /// Messages that are in the table only.
    Older,
}

impl Room {
    pub(crate) fn new(chat: u64) -> Room {
        Room { chat, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on `device` is woken when there are more messages.
    pub(crate) fn wake(&self, device: &Arc<Notify>) {
        self.state().devices.push(Arc::downgrade(device));
    }

    /// The number of the last message known, once the table was asked.
    pub(crate) fn last_known(&self) -> Option<u64> {
        self.state().last
    }

    /// Takes a message that was heard of. True if others before it were missed.
    pub(crate) fn hears(&self, message: Message) -> bool {
        let mut state = self.state();
        let Some(last) = state.last else { return false };
        if message.number == last + 1 {
            state.append(message);
            state.wake_all();
            return false;
        }
        message.number > last
    }

    /// Reads what the table has and this has not.
    pub(crate) async fn catch_up(&self, messages: &Messages) -> Result<(), TableError> {
        let known = self.state().last;
        let mut last = match known {
            Some(last) => last,
            None => {
                let last = messages.last(self.chat).await?;
                let mut state = self.state();
                state.wake_all();
                // What is heard is only taken from now on, so there may already be more.
                *state.last.get_or_insert(last)
            }
        };
        loop {
            let found = messages.behind(self.chat, last).await?;
            let Some(end) = found.last().map(|message| message.number) else { return Ok(()) };
            let mut state = self.state();
            for message in found {
                // Others may have been heard of meanwhile.
                if state.last.is_some_and(|last| message.number == last + 1) {
                    state.append(message);
                }
            }
            state.wake_all();
            last = end;
        }
    }

    /// What a device that has everything up to `after` has not got yet.
    pub(crate) fn behind(&self, after: u64) -> Behind {
        let state = self.state();
        let Some(last) = state.last.filter(|last| *last > after) else { return Behind::Nothing };
        let missing = usize::try_from(last - after).unwrap_or(usize::MAX);
        match state.recent.len().checked_sub(missing) {
            Some(skip) => Behind::Recent(state.recent.iter().skip(skip).take(TAKEN_MAX).cloned().collect()),
            None => Behind::Older,
        }
    }
}

impl State {
    fn append(&mut self, message: Message) {
        self.last = Some(message.number);
        self.recent.push_back(Arc::new(message));
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }

    fn wake_all(&mut self) {
        self.devices.retain(|device| match device.upgrade() {
            Some(device) => {
                device.notify_one();
                true
            }
            None => false,
        });
    }
}
