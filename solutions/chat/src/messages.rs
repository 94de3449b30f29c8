//! The messages of all chats, as the table has them.

use chat::{Draft, Env, Message};
use kata::{Condition, Table, TableError, Transaction};

/// How often a number is tried for. Whoever finds it taken has been overtaken by a message that was sent.
const ATTEMPTS_MAX: u32 = 50;

/// The messages of all chats.
#[derive(Clone)]
pub(crate) struct Messages {
    env: Env,
    /// By chat and number.
    messages: Table<Message>,
    /// The number of each message, by chat and sender, and id.
    sent: Table<u64>,
}

impl Messages {
    pub(crate) fn new(env: &Env) -> Messages {
        Messages { env: env.clone(), messages: env.table("messages"), sent: env.table("sent") }
    }

    /// Adds a message behind the last one, which may be `guess`. One that was added before is what it was.
    pub(crate) async fn add(
        &self,
        sender: &str,
        draft: Draft,
        guess: Option<u64>,
    ) -> Result<Message, TableError> {
        let Draft { chat, id, text } = draft;
        let last = match guess {
            Some(last) => last,
            None => self.last(chat).await?,
        };
        let mut message = Message { chat, number: last + 1, sender: sender.to_owned(), text };
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.put(id, &message).commit().await {
                Ok(_) => return Ok(message),
                Err(TableError::ConditionFailed { write: 0, current: Some(item) }) => {
                    return self.numbered(chat, item.decode::<u64>()?).await;
                }
                Err(TableError::ConditionFailed { write: 1, .. }) if attempts < ATTEMPTS_MAX => {
                    message.number = self.last(chat).await? + 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn put(&self, id: u64, message: &Message) -> Transaction {
        let sent = (format!("{}/{}", message.chat, message.sender), id.to_string());
        let place = key(message.chat, message.number);
        let put = self.env.transaction().put(&self.sent, sent, &message.number, Condition::Absent);
        put.put(&self.messages, place, message, Condition::Absent)
    }

    async fn numbered(&self, chat: u64, number: u64) -> Result<Message, TableError> {
        let item = self.messages.get(key(chat, number)).await?;
        item.map(|item| item.value).ok_or_else(|| TableError::Invalid("a message without a row".to_owned()))
    }

    /// The number of the last message; 0 if there is none.
    pub(crate) async fn last(&self, chat: u64) -> Result<u64, TableError> {
        let page = self.messages.query(chat.to_string()).descending().limit(1).page().await?;
        Ok(page.items.first().map_or(0, |item| item.value.number))
    }

    /// Some of the messages behind a number, the next one first; none if there are none.
    pub(crate) async fn behind(&self, chat: u64, after: u64) -> Result<Vec<Message>, TableError> {
        let from = sort(after + 1);
        let page = self.messages.query(chat.to_string()).between(from..).limit(100).page().await?;
        Ok(page.items.into_iter().map(|item| item.value).collect())
    }

    /// The last `limit` messages before a number, the last one first.
    pub(crate) async fn before(
        &self,
        chat: u64,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Message>, TableError> {
        let (mut messages, mut after) = (Vec::new(), None);
        loop {
            // A page may end early.
            let wanted = u32::try_from(limit - messages.len()).unwrap_or(u32::MAX);
            let query = self.messages.query(chat.to_string()).between(..sort(before));
            let page = query.descending().limit(wanted).after(after).page().await?;
            messages.extend(page.items.into_iter().map(|item| item.value));
            if messages.len() >= limit || page.next.is_none() {
                return Ok(messages);
            }
            after = page.next;
        }
    }
}

fn key(chat: u64, number: u64) -> (String, String) {
    (chat.to_string(), sort(number))
}

/// Numbers as texts that sort like them.
fn sort(number: u64) -> String {
    format!("{number:020}")
}
