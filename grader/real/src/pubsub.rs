//! Publish and subscribe on Redis.
//!
//! Every connection of a node is one of Redis, with a task that reads it into what waits to be given out. All channels stand behind a
//! prefix, so that a server may be shared.

use futures_util::StreamExt;
use kata_ports::pubsub::{
    Message, NEXT_MESSAGES_MAX, PubSubError, Reply, Request, UNREAD_BYTES_MAX, check_limits,
};
use kata_ports::{Json, NodeId, Trouble};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, PubSubSink, PubSubStream};
use redis::{Client, RedisResult};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// As long as a node waits.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// Whose connection, and which of its owner's.
type ConnectionId = (NodeId, u64);
type Connections = BTreeMap<ConnectionId, Arc<Connection>>;

/// A publish/subscribe service.
#[derive(Clone)]
pub struct PubSub {
    server: Arc<tokio::sync::Mutex<Server>>,
    prefix: String,
    connections: Arc<Mutex<Connections>>,
}

/// The server, and the connection for publishing once there is one.
struct Server {
    url: String,
    publisher: Option<ConnectionManager>,
}

/// One connection of a node.
struct Connection {
    sink: tokio::sync::Mutex<PubSubSink>,
    unread: Arc<Unread>,
    reader: JoinHandle<()>,
}

/// What came to a connection and was not given out.
struct Unread {
    messages: Mutex<Messages>,
    /// Rises with every message, and when the connection breaks.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Messages {
    waiting: VecDeque<Message>,
    bytes: usize,
    is_broken: bool,
}

impl PubSub {
    /// Channels on the server at `url`, all behind `prefix`. Connects when it is first asked.
    pub fn new(url: String, prefix: String) -> PubSub {
        let server = Arc::new(tokio::sync::Mutex::new(Server { url, publisher: None }));
        PubSub { server, prefix, connections: Arc::default() }
    }

    /// The server has started anew, at another address perhaps.
    pub async fn moved_to(&self, url: String) {
        *self.server.lock().await = Server { url, publisher: None };
        self.break_all();
    }

    /// Every connection breaks.
    pub fn break_all(&self) {
        self.connections().clear();
    }

    /// A node crashed: its connections are gone.
    pub fn disconnected(&self, node: NodeId) {
        self.connections().retain(|(owner, _), _| *owner != node);
    }

    /// Answers one request.
    pub async fn handle(&self, from: NodeId, request: &Request) -> Result<Reply, Trouble> {
        if let Err(error) = check_limits(request) {
            return Ok(Reply::Refused(error));
        }
        match request {
            Request::Publish { channel, message } => self.publish(channel, message).await,
            Request::Connect { connection } => self.connect((from, *connection)).await,
            Request::Subscribe { connection, channel } => {
                let name = self.name(channel);
                self.change((from, *connection), async |sink| sink.subscribe(name).await).await
            }
            Request::Unsubscribe { connection, channel } => {
                let name = self.name(channel);
                self.change((from, *connection), async |sink| sink.unsubscribe(name).await).await
            }
            Request::Next { connection, wait } => Ok(self.next((from, *connection), *wait).await),
            Request::Disconnect { connection } => {
                self.connections().remove(&(from, *connection));
                Ok(Reply::Done)
            }
        }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        let connection = self.connections().get(&id).map(Arc::clone)?;
        let is_broken = connection.unread.messages().is_broken;
        (!is_broken).then_some(connection)
    }

    /// The channel that Redis knows.
    fn name(&self, channel: &str) -> String {
        format!("{}channel:{channel}", self.prefix)
    }

    async fn publish(&self, channel: &str, message: &Json) -> Result<Reply, Trouble> {
        let mut publisher = self.publisher().await.map_err(|_| Trouble::Unavailable)?;
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.name(channel)).arg(message.text());
        match publish.query_async(&mut publisher).await {
            Ok(listeners) => Ok(Reply::Published { listeners }),
            Err(error) if error.is_connection_refusal() => Err(Trouble::Unavailable),
            Err(_) => Err(Trouble::TimedOut),
        }
    }

    async fn publisher(&self) -> RedisResult<ConnectionManager> {
        let mut server = self.server.lock().await;
        if let Some(publisher) = &server.publisher {
            return Ok(publisher.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        let publisher = Client::open(server.url.as_str())?.get_connection_manager_with_config(config).await?;
        server.publisher = Some(publisher.clone());
        Ok(publisher)
    }

    async fn connect(&self, id: ConnectionId) -> Result<Reply, Trouble> {
        if self.connection(id).is_some() {
            return Ok(Reply::Done);
        }
        let url = self.server.lock().await.url.clone();
        let client = Client::open(url).map_err(|_| Trouble::Unavailable)?;
        let connected = timeout(ANSWER_WITHIN, client.get_async_pubsub()).await;
        let (sink, stream) =
            connected.map_err(|_| Trouble::Unavailable)?.map_err(|_| Trouble::Unavailable)?.split();
        let unread = Arc::new(Unread { messages: Mutex::default(), changes: watch::Sender::new(0) });
        let reader = tokio::spawn(read(stream, self.name(""), Arc::clone(&unread)));
        let connection = Connection { sink: tokio::sync::Mutex::new(sink), unread, reader };
        self.connections().insert(id, Arc::new(connection));
        Ok(Reply::Done)
    }

    /// Changes what a connection is subscribed to.
    async fn change(
        &self,
        id: ConnectionId,
        change: impl AsyncFnOnce(&mut PubSubSink) -> RedisResult<()>,
    ) -> Result<Reply, Trouble> {
        let Some(connection) = self.connection(id) else { return Ok(disconnected()) };
        let mut sink = connection.sink.lock().await;
        match timeout(ANSWER_WITHIN, change(&mut sink)).await {
            Ok(Ok(())) => Ok(Reply::Done),
            Ok(Err(_)) => {
                connection.unread.break_off();
                Ok(disconnected())
            }
            Err(_) => Err(Trouble::TimedOut),
        }
    }

    async fn next(&self, id: ConnectionId, wait: Duration) -> Reply {
        let until = Instant::now() + wait;
        let Some(unread) = self.connection(id).map(|connection| Arc::clone(&connection.unread)) else {
            return disconnected();
        };
        let mut changes = unread.changes.subscribe();
        loop {
            if let Some(reply) = unread.take() {
                return reply;
            }
            match timeout_at(until, changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return disconnected(),
                Err(_) => return unread.take().unwrap_or_else(|| Reply::Messages(Vec::new())),
            }
        }
    }
}

/// Reads a connection until it breaks.
async fn read(mut stream: PubSubStream, prefix: String, unread: Arc<Unread>) {
    while let Some(message) = stream.next().await {
        let (channel, body) = (message.get_channel_name(), message.get_payload::<String>());
        let (Some(channel), Ok(body)) = (channel.strip_prefix(&prefix), body) else { continue };
        unread.add(Message { channel: channel.to_owned(), body: Json::from_text(body) });
    }
    unread.break_off();
}

impl Unread {
    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, message: Message) {
        {
            let mut messages = self.messages();
            messages.bytes += message.bytes();
            messages.waiting.push_back(message);
            messages.is_broken |= messages.bytes > UNREAD_BYTES_MAX;
        }
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn break_off(&self) {
        self.messages().is_broken = true;
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// What there is to say at once.
    fn take(&self) -> Option<Reply> {
        let mut messages = self.messages();
        if messages.is_broken {
            return Some(disconnected());
        }
        let count = messages.waiting.len().min(NEXT_MESSAGES_MAX);
        let taken: Vec<Message> = messages.waiting.drain(..count).collect();
        messages.bytes -= taken.iter().map(Message::bytes).sum::<usize>();
        (!taken.is_empty()).then_some(Reply::Messages(taken))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
        self.unread.break_off();
    }
}

fn disconnected() -> Reply {
    Reply::Refused(PubSubError::Disconnected)
}
