//! The reference solution of the chat kata: the table is the truth, and channels only say that there is something new.
//!
//! A message and its number are written in one transaction that fails if either is taken, so that numbers have no gaps whoever else is
//! sending. Each node keeps a *room* for every chat that its devices show: it hears of messages on the chat's channel, reads the table
//! when it missed some, and looks there now and then anyway. Devices take from the room, so that a node reads a message once for all
//! of them.

mod members;
mod messages;
mod presence;
mod receipts;
mod room;
mod rooms;

use self::members::Members;
use self::messages::Messages;
use self::presence::Presence;
use self::receipts::Receipts;
use self::rooms::Rooms;
use chat::{
    Chat, Config, ConnectError, Cursor, Draft, Env, MakeError, MarkError, Message, Progress, ReadError,
    Receipt, SendError,
};
use kata::{Caller, OpenError, Sink};
use std::sync::Arc;

/// Chats in a table, and news of them on channels.
pub struct Solution {
    config: Config,
    members: Members,
    messages: Messages,
    receipts: Receipts,
    presence: Presence,
    rooms: Rooms,
}

impl Chat for Solution {
    async fn open(env: Env, config: Config) -> Result<Solution, OpenError> {
        let messages = Messages::new(&env);
        Ok(Solution {
            members: Members::new(&env),
            receipts: Receipts::new(&env),
            presence: Presence::new(&env, config.presence_lag),
            rooms: Rooms::new(&env, messages.clone(), config.delivery_lag),
            messages,
            config,
        })
    }

    async fn background(self: Arc<Self>) {
        tokio::join!(self.rooms.listen(), self.rooms.look_again());
    }

    async fn make(&self, caller: &Caller, chat: u64, members: Vec<String>) -> Result<(), MakeError> {
        let mut members = std::collections::BTreeSet::from_iter(members);
        members.insert(caller.principal.clone());
        if members.len() > self.config.members_max as usize {
            return Err(MakeError::TooManyMembers);
        }
        match self.members.make(chat, &caller.principal, members).await? {
            true => Ok(()),
            false => Err(MakeError::Taken),
        }
    }

    async fn send(&self, caller: &Caller, draft: Draft) -> Result<u64, SendError> {
        if !self.members.has(draft.chat, &caller.principal).await? {
            return Err(SendError::NoSuchChat);
        }
        if draft.text.is_empty() || draft.text.len() > self.config.text_bytes_max as usize {
            return Err(SendError::InvalidText);
        }
        let guess = self.rooms.last_known(draft.chat);
        let message = self.messages.add(&caller.principal, draft, guess).await?;
        // Whoever does not hear of it finds it in the table a little later.
        self.rooms.tell(&message).await;
        Ok(message.number)
    }

    async fn history(
        &self,
        caller: &Caller,
        chat: u64,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Message>, ReadError> {
        if !self.members.has(chat, &caller.principal).await? {
            return Err(ReadError::NoSuchChat);
        }
        if limit == 0 || limit > self.config.page_max {
            return Err(ReadError::InvalidLimit);
        }
        Ok(self.messages.before(chat, before.unwrap_or(u64::MAX), limit as usize).await?)
    }

    async fn connect(
        &self,
        caller: &Caller,
        cursors: Vec<Cursor>,
        inbox: Sink<Message>,
    ) -> Result<(), ConnectError> {
        for cursor in &cursors {
            if !self.members.has(cursor.chat, &caller.principal).await? {
                return Err(ConnectError::NoSuchChat);
            }
        }
        let connected = self.presence.connected(&caller.principal);
        let ended = tokio::select! {
            ended = self.rooms.push(&cursors, &inbox) => ended,
            () = connected.stays() => Ok(()),
        };
        connected.left().await;
        Ok(ended?)
    }

    async fn mark(&self, caller: &Caller, chat: u64, progress: Progress) -> Result<(), MarkError> {
        if !self.members.has(chat, &caller.principal).await? {
            return Err(MarkError::NoSuchChat);
        }
        let Progress { delivered, read } = progress;
        if read > delivered || delivered > self.messages.last(chat).await? {
            return Err(MarkError::InvalidProgress);
        }
        Ok(self.receipts.mark(chat, &caller.principal, progress).await?)
    }

    async fn receipts(&self, caller: &Caller, chat: u64) -> Result<Vec<Receipt>, ReadError> {
        let members = self.members.of(chat).await?;
        match members.filter(|members| members.contains(&caller.principal)) {
            Some(members) => Ok(self.receipts.of(chat, &members).await?),
            None => Err(ReadError::NoSuchChat),
        }
    }

    async fn is_online(&self, caller: &Caller, chat: u64, member: String) -> Result<bool, ReadError> {
        let members = self.members.of(chat).await?;
        match members.filter(|members| members.contains(&caller.principal)) {
            Some(members) => Ok(members.contains(&member) && self.presence.is_online(&member).await?),
            None => Err(ReadError::NoSuchChat),
        }
    }
}
