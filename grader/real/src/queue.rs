//! The queue on NATS JetStream.
//!
//! One stream that drops what is acknowledged, a subject and a durable consumer for each queue. JetStream knows one visibility for
//! all deliveries of a consumer, so a delivery is given back at once with its visibility as delay: JetStream delivers it again
//! then, and an acknowledgement before still counts. Which delivery holds a message, and how often it was delivered, is kept here.

use crate::nats::{is_connected, jetstream, now, time, token, unknown};
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::stream::{Config, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{AckKind, Context, Message as Delivery};
use async_nats::{Client, HeaderMap};
use futures_util::StreamExt;
use kata_ports::queue::{Message, QueueError, Receipt, Reply, Request, Settings, check_limits, dead_letters};
use kata_ports::{Json, NodeId, Time, Trouble};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// From which moment on a message may be delivered, in microseconds.
const NOT_BEFORE: &str = "Kata-Not-Before";
/// The name that a dead letter had, and when it was sent.
const ID: &str = "Kata-Id";
const SENT_AT: &str = "Kata-Sent-At";
/// Longer than any visibility, so that JetStream never delivers again by itself.
const ACK_WAIT: Duration = Duration::from_secs(24 * 3_600);
/// JetStream looks after what is due some milliseconds later.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A queue service.
#[derive(Clone)]
pub struct Queue {
    context: Context,
    stream: Stream,
    prefix: String,
    settings: Settings,
    shared: Arc<Shared>,
}

/// What all requests share.
struct Shared {
    state: Mutex<State>,
    consumers: tokio::sync::Mutex<BTreeMap<String, PullConsumer>>,
    /// Rises with everything that a receive may wait for.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    queues: BTreeMap<String, BTreeMap<u64, Known>>,
    /// How often each node has crashed: receives of an earlier life are over.
    crashes: BTreeMap<NodeId, u64>,
}

/// A message that is not done with.
#[derive(Default)]
struct Known {
    receives: u32,
    hidden_until: Time,
    /// Somebody has received it and neither acknowledged nor given it back.
    held: bool,
    /// Its latest delivery, if there was one.
    delivered: Option<Delivered>,
}

struct Delivered {
    acker: Arc<Acker>,
    body: Json,
    sent_at: Time,
}

impl Queue {
    /// Queues of their own on that server, behind `prefix` (letters, digits and underscores).
    pub async fn create(
        client: Client,
        prefix: &str,
        settings: Settings,
    ) -> Result<Queue, async_nats::Error> {
        let context = jetstream(client);
        let stream = context
            .create_stream(Config {
                name: format!("{prefix}_queue"),
                subjects: vec![format!("{prefix}.queue.>")],
                retention: RetentionPolicy::WorkQueue,
                storage: StorageType::File,
                ..Config::default()
            })
            .await?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            consumers: tokio::sync::Mutex::new(BTreeMap::new()),
            changes: watch::Sender::new(0),
        });
        Ok(Queue { context, stream, prefix: prefix.to_owned(), settings, shared })
    }

    /// Deletes all messages for good.
    pub async fn remove(&self) -> Result<(), async_nats::Error> {
        self.context.delete_stream(format!("{}_queue", self.prefix)).await?;
        Ok(())
    }

    /// A node crashed: its receives are over.
    pub fn disconnected(&self, node: NodeId) {
        *self.state().crashes.entry(node).or_default() += 1;
        self.changed();
    }

    /// Lets everything that is held be delivered again at once.
    pub async fn redeliver_all(&self) -> Result<(), Trouble> {
        let now = now();
        let mut back = Vec::new();
        for known in self.state().queues.values_mut().flat_map(|queue| queue.values_mut()) {
            if known.held {
                known.held = false;
                known.hidden_until = now;
                back.extend(known.delivered.as_ref().map(|delivered| Arc::clone(&delivered.acker)));
            }
        }
        for acker in back {
            acker.double_ack_with(AckKind::Nak(None)).await.map_err(unknown)?;
        }
        self.changed();
        Ok(())
    }

    /// Answers one request.
    pub async fn handle(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        if let Err(error) = check_limits(request) {
            return Ok(Reply::Refused(error));
        }
        is_connected(&self.context)?;
        match request {
            Request::Send { queue, body, delay } => {
                let until = now() + *delay;
                let id = self.publish(queue, body, &[(NOT_BEFORE, until.as_micros())]).await?;
                let known = Known { hidden_until: until, ..Known::default() };
                self.state().queues.entry(queue.clone()).or_default().entry(id).or_insert(known);
                self.changed();
                Ok(Reply::Sent { id })
            }
            Request::Receive { queue, max, visibility, wait, .. } => {
                self.receive(from, queue, *max, *visibility, *wait).await.map(Reply::Received)
            }
            Request::Ack { queue, receipt } => {
                self.bury(queue).await?;
                match self.held(queue, *receipt) {
                    Some(acker) => {
                        acker.double_ack().await.map_err(unknown)?;
                        self.forget(queue, receipt.message);
                        Ok(Reply::Done)
                    }
                    None if self.is_there(queue, receipt.message) => {
                        Ok(Reply::Refused(QueueError::StaleReceipt))
                    }
                    None => Ok(Reply::Done),
                }
            }
            Request::Nack { queue, receipt, delay } => self.hide(queue, *receipt, *delay, false).await,
            Request::Extend { queue, receipt, visibility } => {
                self.hide(queue, *receipt, *visibility, true).await
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.shared.changes.send_modify(|changes| *changes += 1);
    }

    fn subject(&self, queue: &str) -> String {
        format!("{}.queue.{}", self.prefix, token(queue))
    }

    /// Messages do not die twice.
    fn receives_max(&self, queue: &str) -> u32 {
        if source_of_dead(queue).is_some() { u32::MAX } else { self.settings.receives_max.max(1) }
    }

    async fn publish(&self, queue: &str, body: &Json, headers: &[(&str, u64)]) -> Result<u64, Trouble> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.to_string());
        }
        let body = body.text().to_owned();
        let sent = self.context.publish_with_headers(self.subject(queue), map, body.into()).await;
        Ok(sent.map_err(unknown)?.await.map_err(unknown)?.sequence)
    }

    async fn consumer(&self, queue: &str) -> Result<PullConsumer, Trouble> {
        let mut consumers = self.shared.consumers.lock().await;
        if let Some(consumer) = consumers.get(queue) {
            return Ok(consumer.clone());
        }
        let config = pull::Config {
            // Names of consumers are shorter than names of queues may be.
            durable_name: Some(format!("queue_{}", consumers.len())),
            filter_subject: self.subject(queue),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        let consumer = self.stream.create_consumer(config).await.map_err(unknown)?;
        consumers.insert(queue.to_owned(), PullConsumer::clone(&consumer));
        Ok(consumer)
    }

    async fn receive(
        &self,
        node: NodeId,
        queue: &str,
        max: u32,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Message>, Trouble> {
        let deadline = now() + wait;
        let mut changes = self.shared.changes.subscribe();
        let life = self.state().crashes.get(&node).copied();
        loop {
            changes.mark_unchanged();
            if self.state().crashes.get(&node).copied() != life {
                return Err(Trouble::TimedOut);
            }
            self.bury(queue).await?;
            let received = self.fetch(queue, max, visibility).await?;
            let now = now();
            if !received.is_empty() || now >= deadline {
                return Ok(received);
            }
            let due = self.next_due(queue).map_or(deadline, |due| due.max(now + LOOK_AGAIN));
            let _ = tokio::time::timeout(due.min(deadline).since(now), changes.changed()).await;
        }
    }

    /// What JetStream has to deliver now.
    async fn fetch(&self, queue: &str, max: u32, visibility: Duration) -> Result<Vec<Message>, Trouble> {
        let consumer = self.consumer(queue).await?;
        let mut received = Vec::new();
        while received.len() < max as usize {
            let wanted = max as usize - received.len();
            let mut batch = consumer.fetch().max_messages(wanted).messages().await.map_err(unknown)?;
            let mut delivered = 0;
            while let Some(delivery) = batch.next().await {
                delivered += 1;
                received.extend(self.deliver(queue, delivery.map_err(unknown)?, visibility).await?);
            }
            if delivered < wanted {
                break;
            }
        }
        Ok(received)
    }

    /// Hands out what JetStream delivered, unless it is not to be delivered yet.
    async fn deliver(
        &self,
        queue: &str,
        delivery: Delivery,
        visibility: Duration,
    ) -> Result<Option<Message>, Trouble> {
        let info = delivery.info().map_err(unknown)?;
        let id = header(&delivery, ID).unwrap_or(info.stream_sequence);
        let sent_at = header(&delivery, SENT_AT)
            .map_or_else(|| time(info.published.unix_timestamp_nanos()), Time::from_micros);
        let not_before = header(&delivery, NOT_BEFORE).map_or(Time::EPOCH, Time::from_micros);
        let body = Json::from_text(String::from_utf8_lossy(&delivery.payload).into_owned());
        let (_, acker) = delivery.split();
        let acker = Arc::new(acker);
        let now = now();
        let early = not_before.since(now);
        if !early.is_zero() {
            acker.ack_with(AckKind::Nak(Some(early))).await.map_err(unknown)?;
            return Ok(None);
        }
        let receives = {
            let mut state = self.state();
            let known = state.queues.entry(queue.to_owned()).or_default().entry(id).or_default();
            known.receives += 1;
            known.hidden_until = now + visibility;
            known.held = true;
            let (acker, body) = (Arc::clone(&acker), body.clone());
            known.delivered = Some(Delivered { acker, body, sent_at });
            known.receives
        };
        // One that is delivered for the last time does not come back: it is buried.
        let hidden = if receives < self.receives_max(queue) { visibility } else { ACK_WAIT };
        acker.ack_with(AckKind::Nak(Some(hidden))).await.map_err(unknown)?;
        let receipt = Receipt { message: id, receive: receives };
        Ok(Some(Message { id, body, receipt, receives, sent_at }))
    }

    /// The right to speak for a delivery, if it still holds its message.
    fn held(&self, queue: &str, receipt: Receipt) -> Option<Arc<Acker>> {
        let state = self.state();
        let known = state.queues.get(queue)?.get(&receipt.message)?;
        let held = known.held && known.receives == receipt.receive && known.hidden_until > now();
        held.then(|| known.delivered.as_ref().map(|delivered| Arc::clone(&delivered.acker))).flatten()
    }

    /// Whether a message is in that queue or among its dead letters.
    fn is_there(&self, queue: &str, message: u64) -> bool {
        let state = self.state();
        let has = |queue: &str| state.queues.get(queue).is_some_and(|known| known.contains_key(&message));
        has(queue) || has(&dead_letters(queue))
    }

    fn forget(&self, queue: &str, message: u64) {
        if let Some(queue) = self.state().queues.get_mut(queue) {
            queue.remove(&message);
        }
    }

    async fn hide(&self, queue: &str, receipt: Receipt, by: Duration, hold: bool) -> Result<Reply, Trouble> {
        let Some(acker) = self.held(queue, receipt) else {
            return Ok(Reply::Refused(QueueError::StaleReceipt));
        };
        let is_last = {
            let mut state = self.state();
            let known = state.queues.entry(queue.to_owned()).or_default().entry(receipt.message).or_default();
            known.hidden_until = now() + by;
            known.held = hold;
            known.receives >= self.receives_max(queue)
        };
        let hidden = match is_last {
            true => Some(ACK_WAIT),
            false => Some(by).filter(|by| !by.is_zero()),
        };
        // With an answer, so that whoever receives next finds it.
        acker.double_ack_with(AckKind::Nak(hidden)).await.map_err(unknown)?;
        self.changed();
        Ok(Reply::Done)
    }

    /// Moves to the dead letters what has died in `queue`, or in the queue whose dead letters it keeps.
    async fn bury(&self, queue: &str) -> Result<(), Trouble> {
        let source = source_of_dead(queue).unwrap_or(queue);
        let receives_max = self.receives_max(source);
        let now = now();
        let dead: Vec<(u64, Delivered)> = {
            let mut state = self.state();
            let Some(messages) = state.queues.get_mut(source) else { return Ok(()) };
            let has_died = |known: &Known| known.receives >= receives_max && known.hidden_until <= now;
            messages
                .extract_if(.., |_, known| has_died(known))
                .filter_map(|(id, known)| Some((id, known.delivered?)))
                .collect()
        };
        for (id, Delivered { acker, body, sent_at }) in dead {
            let letters = dead_letters(source);
            self.state().queues.entry(letters.clone()).or_default().insert(id, Known::default());
            self.publish(&letters, &body, &[(ID, id), (SENT_AT, sent_at.as_micros())]).await?;
            acker.double_ack().await.map_err(unknown)?;
            self.changed();
        }
        Ok(())
    }

    /// When the queue has something to deliver next that nobody will tell of.
    fn next_due(&self, queue: &str) -> Option<Time> {
        let state = self.state();
        let due = |queue: &str| {
            state
                .queues
                .get(queue)
                .into_iter()
                .flat_map(|known| known.values())
                .map(|known| known.hidden_until)
                .min()
        };
        due(queue).into_iter().chain(source_of_dead(queue).and_then(due)).min()
    }
}

fn source_of_dead(queue: &str) -> Option<&str> {
    queue.strip_suffix(dead_letters("").as_str())
}

fn header(delivery: &Delivery, name: &str) -> Option<u64> {
    delivery.headers.as_ref()?.get(name)?.as_str().parse().ok()
}
