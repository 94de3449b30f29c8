//! All chats that a node's devices show, and how the node learns what is new in them.

use super::messages::Messages;
use super::room::{Behind, Room};
use chat::{Cursor, Env, Message};
use kata::{Clock, Listener, PubSub, PubSubError, Sink, TableError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a node waits before it tries again what failed.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// All chats that a node's devices show.
pub(crate) struct Rooms {
    pubsub: PubSub,
    clock: Clock,
    messages: Messages,
    /// How often the table is looked at although nothing was heard.
    look_every: Duration,
    /// Those that no device shows any more are dead, and taken out when something is heard of them.
    rooms: Mutex<BTreeMap<u64, Weak<Room>>>,
    listener: Mutex<Option<Listener<Message>>>,
}

impl Rooms {
    pub(crate) fn new(env: &Env, messages: Messages, delivery_lag: Duration) -> Rooms {
        Rooms {
            pubsub: env.pubsub(),
            clock: env.clock(),
            messages,
            look_every: delivery_lag / 3,
            rooms: Mutex::default(),
            listener: Mutex::default(),
        }
    }

    /// The number of the last message of a chat that this node knows of, if it looks at that chat.
    pub(crate) fn last_known(&self, chat: u64) -> Option<u64> {
        self.room(chat)?.last_known()
    }

    /// Tells all nodes of a message.
    pub(crate) async fn tell(&self, message: &Message) {
        let _ = self.pubsub.publish(&channel(message.chat), message).await;
    }

    /// Pushes what is behind these cursors, and what comes, until the device goes away.
    pub(crate) async fn push(&self, cursors: &[Cursor], inbox: &Sink<Message>) -> Result<(), TableError> {
        let more = Arc::new(Notify::new());
        let mut shown = Vec::new();
        for cursor in cursors {
            let room = self.enter(cursor.chat).await?;
            room.wake(&more);
            shown.push((room, cursor.after));
        }
        loop {
            let mut is_idle = true;
            for (room, after) in &mut shown {
                for message in self.behind(room, *after).await {
                    if inbox.send(&message).await.is_err() {
                        return Ok(());
                    }
                    *after = message.number;
                    is_idle = false;
                }
            }
            if is_idle {
                tokio::select! {
                    () = more.notified() => {}
                    () = inbox.closed() => return Ok(()),
                }
            }
        }
    }

    /// Some of what is behind a number; nothing if there is nothing.
    async fn behind(&self, room: &Room, after: u64) -> Vec<Arc<Message>> {
        loop {
            match room.behind(after) {
                Behind::Nothing => return Vec::new(),
                Behind::Recent(messages) => return messages,
                Behind::Older => match self.messages.behind(room.chat, after).await {
                    Ok(messages) => return messages.into_iter().map(Arc::new).collect(),
                    Err(_) => self.clock.sleep(TRY_AGAIN_AFTER).await,
                },
            }
        }
    }

    /// The room of a chat, which knows of all that was sent up to now and hears of what comes.
    async fn enter(&self, chat: u64) -> Result<Arc<Room>, TableError> {
        let (room, is_new) = {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            match rooms.get(&chat).and_then(Weak::upgrade) {
                Some(room) => (room, false),
                None => {
                    let room = Arc::new(Room::new(chat));
                    rooms.insert(chat, Arc::downgrade(&room));
                    (room, true)
                }
            }
        };
        // First listen, then look: what comes in between is heard of.
        if is_new && let Some(listener) = self.listener() {
            let _ = listener.subscribe(&channel(chat)).await;
        }
        room.catch_up(&self.messages).await?;
        Ok(room)
    }

    /// Hears of new messages for ever.
    pub(crate) async fn listen(&self) {
        loop {
            if let Ok(listener) = self.connect().await {
                self.catch_up().await;
                self.hear(&listener).await;
            }
            self.set_listener(None);
            self.clock.sleep(TRY_AGAIN_AFTER).await;
        }
    }

    async fn connect(&self) -> Result<Listener<Message>, PubSubError> {
        let listener = self.pubsub.listen().await?;
        // Who enters from now on subscribes by itself.
        self.set_listener(Some(listener.clone()));
        for chat in self.chats() {
            listener.subscribe(&channel(chat)).await?;
        }
        Ok(listener)
    }

    /// Hears of new messages until the connection breaks.
    async fn hear(&self, listener: &Listener<Message>) {
        loop {
            let message = match listener.next().await {
                Ok(heard) => heard.message,
                Err(PubSubError::Undecodable { .. }) => continue,
                Err(_) => return,
            };
            let chat = message.chat;
            match self.room(chat) {
                Some(room) => {
                    if room.hears(message) {
                        // Other chats do not wait for this one. If the table does not answer, there is a next time.
                        let messages = self.messages.clone();
                        tokio::spawn(async move { room.catch_up(&messages).await });
                    }
                }
                // Whoever enters at this moment may be unsubscribed with it, and then finds what is new by looking again.
                None => {
                    let _ = listener.unsubscribe(&channel(chat)).await;
                }
            }
        }
    }

    /// Looks for what nobody heard of, for ever: news gets lost.
    pub(crate) async fn look_again(&self) {
        loop {
            self.clock.sleep(self.look_every).await;
            self.catch_up().await;
        }
    }

    async fn catch_up(&self) {
        for room in self.chats().into_iter().filter_map(|chat| self.room(chat)) {
            // If the table does not answer, there is a next time.
            let _ = room.catch_up(&self.messages).await;
        }
    }

    /// The room of a chat, if devices show it.
    fn room(&self, chat: u64) -> Option<Arc<Room>> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let room = rooms.get(&chat)?.upgrade();
        if room.is_none() {
            rooms.remove(&chat);
        }
        room
    }

    fn chats(&self) -> Vec<u64> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    fn listener(&self) -> Option<Listener<Message>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_listener(&self, listener: Option<Listener<Message>>) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = listener;
    }
}

/// Where messages of a chat are told of.
fn channel(chat: u64) -> String {
    format!("chat-{chat}")
}
