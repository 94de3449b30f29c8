//! My solution of the chat kata. The contract: `chat::Chat`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use chat::{
    Chat, Config, ConnectError, Cursor, Draft, Env, MakeError, MarkError, Message, Progress, ReadError, Receipt,
    SendError,
};
use kata::{Caller, OpenError, Sink, Table};

/// Chats in a table, and news of them on channels.
pub struct Solution {
    env: Env,
    config: Config,
    messages: Table<Message>,
}

impl Chat for Solution {
    async fn open(env: Env, config: Config) -> Result<Solution, OpenError> {
        let messages = env.table("messages");
        Ok(Solution { env, config, messages })
    }

    async fn make(&self, caller: &Caller, chat: u64, members: Vec<String>) -> Result<(), MakeError> {
        todo!("make a chat")
    }

    async fn send(&self, caller: &Caller, draft: Draft) -> Result<u64, SendError> {
        todo!("send a message")
    }

    async fn history(
        &self,
        caller: &Caller,
        chat: u64,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Message>, ReadError> {
        todo!("read a page of history")
    }

    async fn connect(
        &self,
        caller: &Caller,
        cursors: Vec<Cursor>,
        inbox: Sink<Message>,
    ) -> Result<(), ConnectError> {
        todo!("push what is behind the cursors, and what comes")
    }

    async fn mark(&self, caller: &Caller, chat: u64, progress: Progress) -> Result<(), MarkError> {
        todo!("note how far a member has got")
    }

    async fn receipts(&self, caller: &Caller, chat: u64) -> Result<Vec<Receipt>, ReadError> {
        todo!("say how far everybody has got")
    }

    async fn is_online(&self, caller: &Caller, chat: u64, member: String) -> Result<bool, ReadError> {
        todo!("say whether a member is online")
    }
}
