//! The frames that the grader and a graded process exchange, encoded with postcard.
//!
//! The exchange is lock-step. The grader sends one [`ToChild`]; the process runs until nothing in it can run and
//! answers with one [`FromChild`]. Nothing else ever travels. The first frame of all is the process's
//! [`FromChild::Hello`].

use crate::{Caller, NodeId, Reply, Request, Time, Trouble};
use serde::{Deserialize, Serialize};

/// One call of a contract method; unique within a schedule.
pub type CallId = u64;
/// One request to a port; unique within a node's incarnation.
pub type AskId = u64;
/// One sleep; unique within a node's incarnation.
pub type TimerId = u64;

/// The version of this protocol. Both sides refuse another's.
pub const PROTOCOL: u32 = 3;

/// The longest frame, in bytes, either way.
pub const FRAME_BYTES_MAX: usize = 16 << 20;

/// A frame to the process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToChild {
    /// A new schedule begins: everything of the last one is gone, and so is its thread.
    Begin,
    /// Something happened to one node.
    Deliver(Delivery),
    /// The schedule is over.
    End,
}

/// Something that happened to one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which node.
    pub node: NodeId,
    /// What that node's clock says now.
    pub now: Time,
    /// What happened.
    pub event: Event,
}

/// What can happen to a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It starts: `open` runs, then `background`.
    Start {
        /// The seed of everything random in this incarnation of the node: its `Random`, `select!`, and in its process hash keys and
        /// `getrandom`.
        seed: u64,
        /// The role by position in [`FromChild::Hello`].
        role: u16,
        /// The contract's configuration, encoded with postcard.
        config: Vec<u8>,
    },
    /// A client calls a method.
    Call {
        /// Names the call until it returns.
        call: CallId,
        /// Which method, by position in the trait.
        method: u16,
        /// Who calls.
        caller: Caller,
        /// The arguments, encoded with postcard as a tuple.
        args: Vec<u8>,
    },
    /// Clients call a method at once, and each call runs on a thread of its own, in real time. Only for methods that run
    /// without a pause.
    Batch {
        /// Which method, by position in the trait.
        method: u16,
        /// Who calls.
        caller: Caller,
        /// The arguments of each call, encoded with postcard as a tuple.
        calls: Vec<Vec<u8>>,
    },
    /// A service answered, or did not.
    Answer {
        /// The request answered.
        ask: AskId,
        /// The answer.
        answer: Result<Reply, Trouble>,
    },
    /// A sleep is over.
    Wake {
        /// The sleep.
        timer: TimerId,
    },
    /// A client is ready for more items of a sink.
    Credit {
        /// The call that the sink belongs to.
        call: CallId,
        /// How many more items.
        items: u32,
    },
    /// A client went away; its sink is closed.
    Hangup {
        /// The call that the sink belongs to.
        call: CallId,
    },
    /// The node crashes: its memory is gone, nothing it drops reaches anyone.
    Crash,
}

/// A frame from the process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromChild {
    /// The first frame: what this process is.
    Hello {
        /// Must equal [`PROTOCOL`].
        protocol: u32,
        /// The contracts it implements.
        roles: Vec<Role>,
    },
    /// What happened since the last frame, in order.
    Report(Vec<Act>),
}

/// One contract that a process implements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The contract's trait, such as `UrlShortener`.
    pub contract: String,
    /// The hash over the contract's wire shape.
    pub hash: u64,
}

/// On whose behalf a node asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// `open`.
    Open,
    /// `background`, and tasks whose origin is unknown.
    Background,
    /// The handler of a call.
    Call(CallId),
}

/// What a node did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Act {
    /// `open` ended: the node serves, or says why not.
    Opened(Result<(), String>),
    /// `background` returned.
    BackgroundEnded,
    /// A handler returned.
    Return {
        /// The call.
        call: CallId,
        /// The method's result, encoded with postcard.
        result: Vec<u8>,
    },
    /// All calls of a batch returned.
    BatchDone {
        /// The method's result for each call, encoded with postcard.
        results: Vec<Vec<u8>>,
    },
    /// A request to a port.
    Ask {
        /// Names the request until it is answered.
        ask: AskId,
        /// On whose behalf.
        cause: Cause,
        /// What is asked.
        request: Request,
    },
    /// A sleep begins.
    Sleep {
        /// Names the sleep until it is over.
        timer: TimerId,
        /// On whose behalf.
        cause: Cause,
        /// When it is over, by the node's clock.
        until: Time,
    },
    /// A sleep that nobody waits for any more.
    Cancel {
        /// The sleep.
        timer: TimerId,
    },
    /// An item for a client, through a sink.
    Push {
        /// The call that the sink belongs to.
        call: CallId,
        /// The item, encoded with postcard.
        item: Vec<u8>,
    },
    /// Captured output.
    Wrote {
        /// Where to.
        stream: Stream,
        /// What, with invalid UTF-8 replaced.
        text: String,
    },
    /// A task panicked.
    Panicked {
        /// On whose behalf it ran.
        cause: Cause,
        /// The panic's message.
        message: String,
        /// `file:line:column`.
        location: String,
    },
    /// The process did something that has no place in a graded process.
    Violation(Violation),
}

/// A standard stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a process may not do, as the process's own runtime noticed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Violation {
    /// It started a thread (`std::thread`, `spawn_blocking`).
    Thread,
    /// It put its thread to sleep (`std::thread::sleep`).
    ThreadSleep,
    /// It wrote more than the limit to its standard streams.
    OutputFlood,
}

/// A frame that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

/// Encodes one frame, appended to `buffer`.
pub fn encode<T: Serialize>(frame: &T, buffer: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(frame, buffer).expect("frames hold nothing that postcard cannot encode")
}

/// Decodes one frame, which must take up all of `bytes`.
pub fn decode<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, Malformed> {
    match postcard::take_from_bytes(bytes) {
        Ok((frame, [])) => Ok(frame),
        Ok((_, rest)) => Err(Malformed(format!("{} bytes too many", rest.len()))),
        Err(error) => Err(Malformed(error.to_string())),
    }
}
