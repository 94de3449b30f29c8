//! A link over a pair of Unix sockets: each frame after its length in four bytes.
//!
//! Slower than the mailbox by an order of magnitude, but every Unix has it, and it notices at once that the other end is
//! gone. Sending never waits: what the socket does not take at once leaves during the `receive` that follows.
#![allow(unsafe_code)]

use super::{Link, LinkError};
use kata_ports::wire::FRAME_BYTES_MAX;
use std::io::{self, ErrorKind, Read, Write};
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long one wait takes at most.
const TICK: Duration = Duration::from_millis(20);

/// Bytes of a frame's length, which is little-endian.
const HEAD: usize = 4;

/// How much is read at a time.
const READ_BYTES: usize = 64 << 10;

/// One end of a socket pair.
pub struct Socket {
    stream: UnixStream,
    /// What still has to leave, and from where.
    unsent: Vec<u8>,
    unsent_from: usize,
    /// What has arrived of the next frame, its length included.
    arrived: Vec<u8>,
}

impl Socket {
    /// The grader's end of a new pair, and the descriptor that the child turns into its own.
    pub fn create() -> io::Result<(Socket, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Socket::new(ours)?, theirs.into()))
    }

    /// The child's end.
    pub fn from_fd(fd: OwnedFd) -> io::Result<Socket> {
        Socket::new(UnixStream::from(fd))
    }

    /// The child's end, from the number in its arguments. Takes the descriptor over.
    pub fn from_raw_fd(fd: RawFd) -> io::Result<Socket> {
        Socket::from_fd(super::inherited::inherited(fd)?)
    }

    fn new(stream: UnixStream) -> io::Result<Socket> {
        stream.set_nonblocking(true)?;
        Ok(Socket { stream, unsent: Vec::new(), unsent_from: 0, arrived: Vec::new() })
    }

    /// Sends as much as the socket takes.
    fn flush(&mut self) -> Result<(), LinkError> {
        while self.unsent_from < self.unsent.len() {
            match self.stream.write(&self.unsent[self.unsent_from..]) {
                Ok(0) => return Err(LinkError::Closed),
                Ok(sent) => self.unsent_from += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => skip_interruption(error)?,
            }
        }
        self.unsent.clear();
        self.unsent_from = 0;
        Ok(())
    }

    /// Reads what there is. False if there is nothing yet.
    fn fill(&mut self) -> Result<bool, LinkError> {
        let before = self.arrived.len();
        self.arrived.resize(before + READ_BYTES, 0);
        let result = self.stream.read(&mut self.arrived[before..]);
        self.arrived.truncate(before + *result.as_ref().unwrap_or(&0));
        match result {
            Ok(0) => Err(LinkError::Closed),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => skip_interruption(error).map(|()| false),
        }
    }

    /// Moves the frame that has arrived into `frame`, if all of it has.
    fn take_frame(&mut self, frame: &mut Vec<u8>) -> Result<bool, LinkError> {
        let Some((head, body)) = self.arrived.split_first_chunk::<HEAD>() else { return Ok(false) };
        let length = u32::from_le_bytes(*head) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(LinkError::Broken(format!("a frame of {length} bytes is too long")));
        }
        if body.len() < length {
            return Ok(false);
        }
        if body.len() > length {
            return Err(LinkError::Broken("it spoke out of turn".to_owned()));
        }
        frame.extend_from_slice(body);
        self.arrived.clear();
        Ok(true)
    }

    /// Waits until the socket can be read or, if something has to leave, written. False if a whole tick passed.
    fn wait(&self) -> Result<bool, LinkError> {
        let wanted = if self.unsent.is_empty() { libc::POLLIN } else { libc::POLLIN | libc::POLLOUT };
        let mut polled = libc::pollfd { fd: self.stream.as_raw_fd(), events: wanted, revents: 0 };
        // SAFETY: one entry, which outlives the call.
        let ready = unsafe { libc::poll(&mut polled, 1, TICK.as_millis() as libc::c_int) };
        if ready < 0 {
            skip_interruption(io::Error::last_os_error())?;
        }
        Ok(ready != 0)
    }
}

impl Link for Socket {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        if frame.len() > FRAME_BYTES_MAX {
            return Err(LinkError::Broken(format!("a frame of {} bytes is too long", frame.len())));
        }
        self.unsent.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        self.unsent.extend_from_slice(frame);
        self.flush()
    }

    fn receive(
        &mut self,
        frame: &mut Vec<u8>,
        waiting: &mut dyn FnMut(Duration) -> ControlFlow<()>,
    ) -> Result<(), LinkError> {
        frame.clear();
        let mut ticks = 0;
        loop {
            self.flush()?;
            if self.fill()? {
                if self.take_frame(frame)? {
                    return Ok(());
                }
            } else if !self.wait()? {
                ticks += 1;
                if waiting(TICK * ticks).is_break() {
                    return Err(LinkError::GaveUp);
                }
            }
        }
    }
}

fn skip_interruption(error: io::Error) -> Result<(), LinkError> {
    match error.kind() {
        ErrorKind::Interrupted => Ok(()),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Err(LinkError::Closed),
        _ => Err(LinkError::Io(error)),
    }
}
