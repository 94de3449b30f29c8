//! The contract of the chat kata: groups, messages in order, devices that come and go, receipts, and who is there.
//!
//! Somebody makes a chat and says who belongs to it. Its members send messages, which get the numbers 1, 2, 3, .. in their chat, and read
//! its history. A *device* of a member connects to whichever node takes it and has messages pushed to it: what it missed first, then
//! what comes. What makes it a system:
//!
//! - **One order for everybody.** The numbers of a chat have no gaps and no two messages share one. A message sent after another was
//!   acknowledged has the higher number. On one connection the messages of a chat come by their numbers, each once, none left out.
//! - **What is acknowledged arrives.** Every connected device of every member gets it within [`Config::delivery_lag`], through
//!   whichever node it is connected; history shows it at once. That holds while the services answer and the device takes what it is
//!   sent; after trouble it holds again from when that is over. A device that is slow holds up nobody else.
//! - **Nothing comes twice.** A sender that heard nothing sends the same message again, with the same id, perhaps through another node,
//!   perhaps while the first attempt is still running. It gets one number.
//! - **News is not truth.** What is published between nodes reaches whoever listens at that moment, and may be lost. What stands in the
//!   table stays. Nodes crash at any moment and come back with empty memory; a device that was cut off connects anew and says what it
//!   has.
//! - **Others see nothing.** To somebody who does not belong to a chat it is as if it did not exist, but for its id being taken. Every
//!   call looks at that before anything else: whatever else is wrong with it, the answer is `NoSuchChat`.
//!
//! The caller of a method is its `caller.principal`. Nodes' clocks agree.
//!
//! # Load
//!
//! Six nodes and two cache shards, which carry the channels. Devices connect before, 500 a second. Then up to 50,000 messages a second
//! are pushed to devices: to many groups, each of which gets up to twenty messages a second, or to a group of [`Config::members_max`]
//! whose members are all connected, and small ones beside it. 99 of 100 messages of all chats have reached the last device of their
//! chat within [`DELIVERY_P99_MAX`] of being sent.
//!
//! Start with [`Chat`].

use kata::{Caller, Failure, Sink};
use std::time::Duration;

/// Under load, 99 of 100 messages are acknowledged and have reached every connected device of their chat within that long.
pub const DELIVERY_P99_MAX: Duration = Duration::from_millis(100);

/// What the grader configures a node with.
#[kata::data(Copy)]
pub struct Config {
    /// The longest text of a message, in bytes. None is empty.
    pub text_bytes_max: u32,
    /// The most members of a chat, its maker included.
    pub members_max: u32,
    /// The most messages that a page of history holds.
    pub page_max: u32,
    /// The latest that an acknowledged message reaches a connected device. At least 2 s.
    pub delivery_lag: Duration,
    /// How far [`Chat::is_online`] may be behind. At least 5 s.
    pub presence_lag: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            text_bytes_max: 1_000,
            members_max: 2_000,
            page_max: 50,
            delivery_lag: Duration::from_secs(3),
            presence_lag: Duration::from_secs(10),
        }
    }
}

/// A message as its sender sends it.
#[kata::data(Eq)]
pub struct Draft {
    /// The chat.
    pub chat: u64,
    /// Names this message among those that its sender sends to this chat. Drawn at random, used for one message only, and the same
    /// whenever that is sent again.
    pub id: u64,
    /// What it says: 1 to [`Config::text_bytes_max`] bytes.
    pub text: String,
}

/// A message as members get it.
#[kata::data(Eq)]
pub struct Message {
    /// Its chat.
    pub chat: u64,
    /// Its place there: the first message has number 1.
    pub number: u64,
    /// Who sent it.
    pub sender: String,
    /// What it says.
    pub text: String,
}

/// What a device has of a chat.
#[kata::data(Copy, Eq)]
pub struct Cursor {
    /// The chat.
    pub chat: u64,
    /// The number of the last message that it has; 0 if it has none.
    pub after: u64,
}

/// How far a member has got in a chat.
#[kata::data(Copy, Default, Eq)]
pub struct Progress {
    /// All messages up to this number have reached a device of the member.
    pub delivered: u64,
    /// The member has read all messages up to this number; not more than were delivered.
    pub read: u64,
}

/// A member's progress, as others see it.
#[kata::data(Eq)]
pub struct Receipt {
    /// The member.
    pub member: String,
    /// How far it has got.
    pub progress: Progress,
}

/// Why a chat was not made.
#[kata::error(Eq)]
pub enum MakeError {
    /// There are more than [`Config::members_max`] members.
    TooManyMembers,
    /// Another chat has this id.
    Taken,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why a message was not sent.
#[kata::error(Eq)]
pub enum SendError {
    /// There is no such chat, or the caller does not belong to it.
    NoSuchChat,
    /// The text is empty or too long.
    InvalidText,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why there is nothing to read.
#[kata::error(Eq)]
pub enum ReadError {
    /// There is no such chat, or the caller does not belong to it.
    NoSuchChat,
    /// A page has 1 to [`Config::page_max`] messages.
    InvalidLimit,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why a device's connection ended.
#[kata::error(Eq)]
pub enum ConnectError {
    /// There is no such chat, or the caller does not belong to it.
    NoSuchChat,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why progress was not noted.
#[kata::error(Eq)]
pub enum MarkError {
    /// There is no such chat, or the caller does not belong to it.
    NoSuchChat,
    /// It is beyond the chat's last message, or more is read than delivered.
    InvalidProgress,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Chats.
#[kata::contract(config = Config, ports(table, pubsub, clock, random))]
pub trait Chat {
    /// Makes the chat `chat`, an id that its maker draws at random. The caller belongs to it and so does everybody in `members`, each
    /// once, however often named. Who belongs to it does not change.
    ///
    /// The same caller may make it again with the same members: `Ok`, and nothing changes. What was refused is not made, now or later.
    async fn make(&self, caller: &Caller, chat: u64, members: Vec<String>) -> Result<(), MakeError>;

    /// Sends a message; gives its number. `Ok` means that it stays, whatever crashes afterwards, and that it arrives.
    ///
    /// If the caller has sent a message with this id to this chat already, nothing is sent: the answer is the number that it has. What
    /// was refused is not sent by this call, now or later.
    async fn send(&self, caller: &Caller, draft: Draft) -> Result<u64, SendError>;

    /// The `limit` messages of a chat with the highest numbers below `before` (of all if there is none), the highest number first; fewer
    /// only if there are no more. Everything acknowledged before the call began counts.
    async fn history(
        &self,
        caller: &Caller,
        chat: u64,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Message>, ReadError>;

    /// Connects a device that shows these chats, none of them twice. Pushes all messages of each behind its cursor, those that there are
    /// and those that come, by their numbers; those of different chats in any order. Ends when the device goes away, or with an
    /// error: then the device connects again, here or elsewhere.
    ///
    /// If the caller does not belong to all of the chats, it ends within [`Config::delivery_lag`], and nothing is pushed.
    async fn connect(
        &self,
        caller: &Caller,
        cursors: Vec<Cursor>,
        inbox: Sink<Message>,
    ) -> Result<(), ConnectError>;

    /// Notes how far the caller has got in a chat. It only ever goes forward: of what was noted before and of this the higher numbers
    /// stay.
    async fn mark(&self, caller: &Caller, chat: u64, progress: Progress) -> Result<(), MarkError>;

    /// How far each member of a chat has got, in the order of names (byte by byte); zeros for those who have noted nothing. Everything
    /// acknowledged before the call began counts.
    async fn receipts(&self, caller: &Caller, chat: u64) -> Result<Vec<Receipt>, ReadError>;

    /// Whether a member of a chat is online: it has a connected device. That is so at the latest [`Config::presence_lag`] after a device
    /// connected, for as long as it stays, and at the latest that long after the last one went away or was cut off not any more. In
    /// between, either will do. A device counts whatever chats it shows, and also if it takes nothing of what it is sent. A member who
    /// does not belong to the chat is not online.
    async fn is_online(&self, caller: &Caller, chat: u64, member: String) -> Result<bool, ReadError>;
}
