//! Publish and subscribe: news to whoever listens, in the manner of Redis.

pub use kata_ports::pubsub::PubSubError;

use super::mismatch;
use crate::context::Context;
use crate::failure::PortError;
use kata_ports::pubsub::{Message, Reply, Request, WAIT_MAX};
use kata_ports::{Json, Trouble};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;

impl PortError for PubSubError {}

/// Channels on which nodes tell each other what has just happened.
///
/// A message reaches whoever listens to its channel at that moment, at most once, and is kept nowhere: what is published while
/// nobody listens is gone, and so is what a connection had not given out when it broke. So it is good for saying *that* there is
/// something new; what is true stands in a store, and whoever has lost a connection looks there, after it has subscribed anew.
///
/// ```ignore
/// let news = env.pubsub();
/// let listener = news.listen::<Goal>().await?;
/// listener.subscribe("match-7").await?;
///
/// news.publish("match-7", &Goal { minute: 90 }).await?; // from any node
/// let heard = listener.next().await?;
/// assert_eq!((heard.channel.as_str(), heard.message.minute), ("match-7", 90));
/// ```
#[derive(Clone)]
pub struct PubSub {
    context: Context,
}

/// A connection that hears what is published to the channels it is subscribed to. Clones are the same connection; it ends when the last
/// of them is dropped.
pub struct Listener<T> {
    connection: Arc<Connection>,
    of: PhantomData<fn() -> T>,
}

/// A message that reached a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heard<T> {
    /// The channel it was published to.
    pub channel: String,
    /// What it says.
    pub message: T,
}

struct Connection {
    context: Context,
    id: u64,
    is_broken: AtomicBool,
    reader: Mutex<Reader>,
}

/// What has come, and the request for more: kept here so that nothing is lost when somebody stops waiting for it.
#[derive(Default)]
struct Reader {
    came: VecDeque<Message>,
    asked: Option<Asked>,
}

type Asked = Pin<Box<dyn Future<Output = Result<kata_ports::Reply, Trouble>> + Send>>;

impl PubSub {
    /// The service.
    #[doc(hidden)]
    pub fn new(context: Context) -> PubSub {
        PubSub { context }
    }

    /// Publishes a message (at most 64 KiB of JSON) to a channel (1 to 1,024 bytes). Yields how many connections it reached; one of them
    /// may break before it gives the message out. What one node publishes to one channel, one after the other, arrives in that order.
    ///
    /// Errors: [`PubSubError::Invalid`] and definite trouble have no effect. After unknown trouble the message may have been
    /// published, or may yet be: publishing it again may make two.
    pub async fn publish<T: Serialize>(&self, channel: &str, message: &T) -> Result<u64, PubSubError> {
        let why = |error| PubSubError::Invalid(format!("the message for {channel} cannot be JSON: {error}"));
        let message = Json::of(message).map_err(why)?;
        match ask(&self.context, Request::Publish { channel: channel.to_owned(), message }).await? {
            Reply::Published { listeners } => Ok(listeners),
            other => unexpected(other),
        }
    }

    /// Connects: a listener without subscriptions yet.
    ///
    /// Errors: trouble. There is no listener then.
    pub async fn listen<T>(&self) -> Result<Listener<T>, PubSubError> {
        let connection = Connection {
            context: self.context.clone(),
            id: self.context.random(),
            is_broken: AtomicBool::new(false),
            reader: Mutex::default(),
        };
        connection.done(Request::Connect { connection: connection.id }).await?;
        Ok(Listener { connection: Arc::new(connection), of: PhantomData })
    }
}

impl<T> Listener<T> {
    /// Subscribes to a channel: from when this returns, what is published there is heard. A second time changes nothing.
    ///
    /// Errors: [`PubSubError::Disconnected`] if the connection is broken. It, [`PubSubError::Invalid`] and definite trouble have no
    /// effect; after unknown trouble it may be subscribed, or may yet be. It may subscribe again.
    pub async fn subscribe(&self, channel: &str) -> Result<(), PubSubError> {
        let (connection, channel) = (self.connection.id, channel.to_owned());
        self.connection.done(Request::Subscribe { connection, channel }).await
    }

    /// Ends a subscription. What had come before is still heard.
    ///
    /// Errors: as of [`subscribe`](Listener::subscribe).
    pub async fn unsubscribe(&self, channel: &str) -> Result<(), PubSubError> {
        let (connection, channel) = (self.connection.id, channel.to_owned());
        self.connection.done(Request::Unsubscribe { connection, channel }).await
    }
}

impl<T: DeserializeOwned> Listener<T> {
    /// Waits for the next message. Whoever stops waiting loses none: the next call gets it. Of several who wait, each gets others.
    ///
    /// Errors: [`PubSubError::Disconnected`] if the connection broke, because the service or the network failed or because more than
    /// 8 MiB waited to be read. What had not been given out is lost, and this listener hears nothing any more: make a new one,
    /// subscribe, and then look in the store what was missed. [`PubSubError::Undecodable`] if a message is no `T`; the listener
    /// goes on with the next one. There are no other errors.
    pub async fn next(&self) -> Result<Heard<T>, PubSubError> {
        let Message { channel, body } = self.connection.next().await?;
        match body.decode() {
            Ok(message) => Ok(Heard { channel, message }),
            Err(why) => Err(PubSubError::Undecodable { channel, why: why.to_string() }),
        }
    }
}

impl Connection {
    async fn done(&self, request: Request) -> Result<(), PubSubError> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(PubSubError::Disconnected);
        }
        match ask(&self.context, request).await? {
            Reply::Done => Ok(()),
            other => unexpected(other),
        }
    }

    async fn next(&self) -> Result<Message, PubSubError> {
        let mut reader = self.reader.lock().await;
        loop {
            if let Some(message) = reader.came.pop_front() {
                return Ok(message);
            }
            if self.is_broken.load(Ordering::Relaxed) {
                return Err(PubSubError::Disconnected);
            }
            let asked = reader.asked.get_or_insert_with(|| self.ask_for_more());
            let answer = poll_fn(|task| asked.as_mut().poll(task)).await;
            reader.asked = None;
            match answer {
                Ok(kata_ports::Reply::PubSub(Reply::Messages(messages))) => reader.came.extend(messages),
                // Messages may have been in an answer that did not come: as with any stream, there is no going on behind a gap.
                Ok(kata_ports::Reply::PubSub(Reply::Refused(_))) | Err(_) => {
                    self.is_broken.store(true, Ordering::Relaxed);
                }
                Ok(other) => mismatch(&other),
            }
        }
    }

    fn ask_for_more(&self) -> Asked {
        let request = Request::Next { connection: self.id, wait: WAIT_MAX };
        Box::pin(self.context.ask(kata_ports::Request::PubSub(request)))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.context.tell(kata_ports::Request::PubSub(Request::Disconnect { connection: self.id }));
    }
}

/// Asks the service.
async fn ask(context: &Context, request: Request) -> Result<Reply, PubSubError> {
    match context.ask(kata_ports::Request::PubSub(request)).await? {
        kata_ports::Reply::PubSub(Reply::Refused(error)) => Err(error),
        kata_ports::Reply::PubSub(reply) => Ok(reply),
        other => mismatch(&other),
    }
}

fn unexpected(reply: Reply) -> ! {
    mismatch(&kata_ports::Reply::PubSub(reply))
}

impl<T> Clone for Listener<T> {
    fn clone(&self) -> Listener<T> {
        Listener { connection: Arc::clone(&self.connection), of: PhantomData }
    }
}

impl<T> fmt::Debug for Listener<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.connection.id).finish()
    }
}

impl fmt::Debug for PubSub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PubSub")
    }
}

#[cfg(test)]
mod tests;
