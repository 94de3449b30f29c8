//! The link between a graded process and the grader: frames of bytes, one at a time, each way in turn.
//!
//! [`mailbox`] is shared memory and serves on Linux; [`socket`] is a Unix socket and serves elsewhere.

#[cfg(unix)]
mod inherited;
#[cfg(target_os = "linux")]
pub mod mailbox;
#[cfg(unix)]
pub mod socket;

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

/// One end of a link. Strictly alternating: send, receive, send, ...
pub trait Link: Send {
    /// Sends one frame of at most [`kata_ports::wire::FRAME_BYTES_MAX`] bytes.
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError>;

    /// Waits for the next frame and puts a private copy of it into `frame` (cleared first). While it waits, it calls
    /// `waiting` about every 20 ms with the time waited so far; `Break` ends the wait with [`LinkError::GaveUp`].
    fn receive(
        &mut self,
        frame: &mut Vec<u8>,
        waiting: &mut dyn FnMut(Duration) -> ControlFlow<()>,
    ) -> Result<(), LinkError>;
}

/// Why a frame could not be sent or received.
#[derive(Debug)]
pub enum LinkError {
    /// The other end is gone.
    Closed,
    /// The other end broke the link's rules, for example with a length over the limit.
    Broken(String),
    /// `waiting` said to give up.
    GaveUp,
    /// The operating system failed us.
    Io(io::Error),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Closed => f.write_str("the other end is gone"),
            LinkError::Broken(why) => write!(f, "the other end broke the link: {why}"),
            LinkError::GaveUp => f.write_str("gave up waiting"),
            LinkError::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LinkError {}

impl From<io::Error> for LinkError {
    fn from(error: io::Error) -> LinkError {
        LinkError::Io(error)
    }
}
