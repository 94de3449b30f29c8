//! Queues: work handed to whoever asks for it, in the manner of SQS.

pub use kata_ports::queue::QueueError;

use super::mismatch;
use crate::context::Context;
use crate::failure::PortError;
use kata_ports::queue::{self, Receipt, Reply, Request};
use kata_ports::{Json, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

impl PortError for QueueError {}

/// A queue of messages of type `T`, kept as JSON of at most 256 KiB.
///
/// A message that is received is hidden for its *visibility*. Acknowledge it within that time, or it is delivered
/// again, perhaps to another node, perhaps while the first is still busy with it; the first one's acknowledgement is
/// refused then. A message that has been delivered too often moves to the [`dead_letters`](Queue::dead_letters).
/// Even a message that nobody was slow with may come twice. Messages come in the order of sending mostly; do not
/// count on it.
///
/// ```ignore
/// let jobs: Queue<Job> = env.queue("jobs");
/// jobs.send(&Job::Resize(photo)).await?;
///
/// for message in jobs.receive(10, Duration::from_secs(30), Duration::from_secs(20)).await? {
///     run(&message.body).await?;
///     jobs.ack(&message).await?;
/// }
/// ```
pub struct Queue<T> {
    context: Context,
    name: Arc<str>,
    of: PhantomData<fn(T) -> T>,
}

/// A message that was received and is hidden from others for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message<T> {
    /// Names the message for as long as it exists, whoever receives it.
    pub id: u64,
    /// What it says.
    pub body: T,
    /// How often it has been delivered, this time included.
    pub receives: u32,
    /// When it was sent, by the queue's clock.
    pub sent_at: Time,
    receipt: Receipt,
}

/// A message that has not been sent: await it. Made by [`Queue::send`]; yields the message's id.
#[must_use = "nothing is sent before this is awaited"]
pub struct Send {
    context: Context,
    queue: String,
    /// Or why it cannot be sent.
    body: Result<Json, QueueError>,
    delay: Duration,
}

impl<T> Queue<T> {
    /// The queue of that name.
    #[doc(hidden)]
    pub fn new(context: Context, name: impl Into<Arc<str>>) -> Queue<T> {
        Queue { context, name: name.into(), of: PhantomData }
    }

    /// The queue to which messages of this one go that were delivered too often. It is a queue like others, but keeps
    /// its messages for ever.
    pub fn dead_letters(&self) -> Queue<T> {
        Queue::new(self.context.clone(), queue::dead_letters(&self.name))
    }

    /// Says that a message is done with: it is gone for good. One that is gone already needs no more.
    ///
    /// Errors: [`QueueError::StaleReceipt`] if its visibility has lapsed: it will be delivered again, or has been. It
    /// and definite trouble have no effect; after unknown trouble the message may be gone, or may yet go. It may be
    /// acknowledged again.
    pub async fn ack(&self, message: &Message<T>) -> Result<(), QueueError> {
        let (queue, receipt) = (self.name.to_string(), message.receipt);
        self.done(Request::Ack { queue, receipt }).await
    }

    /// Gives a message back, to be delivered again after `delay` (at most 15 minutes).
    ///
    /// Errors: [`QueueError::StaleReceipt`] if it is not held any more. It, [`QueueError::Invalid`] and definite
    /// trouble have no effect; after unknown trouble the message may be given back, or may yet be.
    pub async fn nack(&self, message: &Message<T>, delay: Duration) -> Result<(), QueueError> {
        let (queue, receipt) = (self.name.to_string(), message.receipt);
        self.done(Request::Nack { queue, receipt, delay }).await
    }

    /// Keeps a message hidden until `visibility` (1 millisecond to 12 hours) from now.
    ///
    /// Errors: as of [`nack`](Queue::nack).
    pub async fn extend(&self, message: &Message<T>, visibility: Duration) -> Result<(), QueueError> {
        let (queue, receipt) = (self.name.to_string(), message.receipt);
        self.done(Request::Extend { queue, receipt, visibility }).await
    }

    async fn done(&self, request: Request) -> Result<(), QueueError> {
        match ask(&self.context, request).await? {
            Reply::Done => Ok(()),
            other => unexpected(other),
        }
    }
}

impl<T: Serialize> Queue<T> {
    /// Sends a message; see [`Send::delay`].
    ///
    /// Errors: [`QueueError::Invalid`] and definite trouble have no effect. After unknown trouble the message may be
    /// there, or may yet come: sending it again may make two.
    pub fn send(&self, body: &T) -> Send {
        let why = |error| QueueError::Invalid(format!("the body for {} cannot be JSON: {error}", self.name));
        let body = Json::of(body).map_err(why);
        Send { context: self.context.clone(), queue: self.name.to_string(), body, delay: Duration::ZERO }
    }
}

impl Send {
    /// Nobody receives it before that long from now: at most 15 minutes.
    pub fn delay(self, delay: Duration) -> Send {
        Send { delay, ..self }
    }
}

impl IntoFuture for Send {
    type Output = Result<u64, QueueError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + std::marker::Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Send { context, queue, body, delay } = self;
            match ask(&context, Request::Send { queue, body: body?, delay }).await? {
                Reply::Sent { id } => Ok(id),
                other => unexpected(other),
            }
        })
    }
}

impl<T: DeserializeOwned> Queue<T> {
    /// Receives up to `max` (1 to 10) messages and hides them for `visibility` (1 millisecond to 12 hours). Waits up to
    /// `wait` (at most 20 seconds) for a first one; the answer may be empty, also before that time.
    ///
    /// A message whose body is no `T` is left out; it is delivered again and ends up among the dead letters. If there
    /// is no other, it is the error [`QueueError::Undecodable`].
    ///
    /// Other errors: [`QueueError::Invalid`] and definite trouble have no effect. After unknown trouble messages may
    /// be hidden, or may yet be, until their visibility lapses.
    pub async fn receive(
        &self,
        max: u32,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Message<T>>, QueueError> {
        let (queue, receive) = (self.name.to_string(), self.context.random());
        let request = Request::Receive { queue, receive, max, visibility, wait };
        match ask(&self.context, request).await? {
            Reply::Received(messages) => decode(messages),
            other => unexpected(other),
        }
    }
}

/// The messages that are a `T`; the first error if there are none but others.
fn decode<T: DeserializeOwned>(messages: Vec<queue::Message>) -> Result<Vec<Message<T>>, QueueError> {
    let mut decoded = Vec::with_capacity(messages.len());
    let mut error = None;
    for queue::Message { id, body, receipt, receives, sent_at } in messages {
        match body.decode() {
            Ok(body) => decoded.push(Message { id, body, receives, sent_at, receipt }),
            Err(why) => error = error.or(Some(QueueError::Undecodable { message: id, why: why.to_string() })),
        }
    }
    match error {
        Some(error) if decoded.is_empty() => Err(error),
        _ => Ok(decoded),
    }
}

/// Asks the queue service.
async fn ask(context: &Context, request: Request) -> Result<Reply, QueueError> {
    match context.ask(kata_ports::Request::Queue(request)).await? {
        kata_ports::Reply::Queue(Reply::Refused(error)) => Err(error),
        kata_ports::Reply::Queue(reply) => Ok(reply),
        other => mismatch(&other),
    }
}

fn unexpected(reply: Reply) -> ! {
    mismatch(&kata_ports::Reply::Queue(reply))
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue { context: self.context.clone(), name: self.name.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Queue").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests;
