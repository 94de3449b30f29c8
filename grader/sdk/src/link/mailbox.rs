//! A link in shared memory: two buffers, one per direction, and a word in each that says whose turn it is.
//!
//! The receiver watches that word for a little while and then sleeps on it (`futex`). On two idle cores a round trip
//! takes a fraction of a microsecond. Where watching does not pay, because the other side computes for long or has no core
//! of its own, the receiver learns that and sleeps at once.
//!
//! A frame travels in chunks of at most [`CHUNK_BYTES`]. Chunks alternate strictly: whoever gets a chunk that is
//! not its frame's last answers [`Kind::Continue`]. So one word per direction is all the state there is, and sending
//! never waits: what does not fit in the first chunk leaves during the `receive` that follows.
//!
//! The other end is not trusted. Its memory is only read through atomics, a length is read once and checked before it is
//! used, a frame is copied out before anyone looks at it, and seals keep the memory from being cut off.
#![allow(unsafe_code)]

use super::{Link, LinkError};
use kata_ports::wire::FRAME_BYTES_MAX;
use std::io;
use std::mem::size_of;
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::time::Duration;

const CHUNK_WORDS: usize = (64 << 10) / 8 - 1;
/// What one chunk carries. With its two header words, a direction takes up 64 KiB.
const CHUNK_BYTES: usize = CHUNK_WORDS * 8;

/// One end of a mailbox.
pub struct Mailbox {
    memory: Mapping,
    side: Side,
    /// Chunks sent so far; what our lane's `turn` says.
    sent: u32,
    /// Chunks received so far; what the other lane's `turn` said last.
    received: u32,
    /// The frame being sent, if it takes more than one chunk, and how much of it has left.
    unsent: Vec<u8>,
    unsent_from: usize,
    /// None where both ends share one core: watching would only keep the other end from running.
    patience: Option<Patience>,
}

/// Which end of the mailbox this is, by the lane it writes to.
#[derive(Clone, Copy)]
enum Side {
    Grader = 0,
    Child = 1,
}

impl Side {
    /// How long one sleep takes at most. The grader looks after its child each time: how much it has used, whether it is still
    /// there. A child has nobody to look after, dies with its grader anyway, and there may be hundreds.
    const fn tick(self) -> Duration {
        match self {
            Side::Grader => Duration::from_millis(20),
            Side::Child => Duration::from_secs(1),
        }
    }
}

impl Mailbox {
    /// The grader's end of a new mailbox, and the descriptor that the child turns into its own.
    pub fn create() -> io::Result<(Mailbox, OwnedFd)> {
        // SAFETY: the name is a valid C string; the result is checked.
        let fd =
            unsafe { libc::memfd_create(c"kata-link".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
        check(fd)?;
        // SAFETY: the descriptor was just made and belongs to nobody else.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        // SAFETY: plain calls on a descriptor that we own.
        check(unsafe { libc::ftruncate(fd.as_raw_fd(), size_of::<Shared>() as libc::off_t) })?;
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: as above.
        check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_ADD_SEALS, seals) })?;
        Ok((Mailbox::new(Mapping::of(&fd)?, Side::Grader), fd))
    }

    /// The child's end. The mapping stays when the descriptor closes.
    pub fn from_fd(fd: OwnedFd) -> io::Result<Mailbox> {
        Ok(Mailbox::new(Mapping::of(&fd)?, Side::Child))
    }

    /// The child's end, from the number in its arguments. Takes the descriptor over, and fails if it is no mailbox's.
    pub fn from_raw_fd(fd: RawFd) -> io::Result<Mailbox> {
        Mailbox::from_fd(super::inherited::inherited(fd)?)
    }

    fn new(memory: Mapping, side: Side) -> Mailbox {
        let patience = Patience::of_this_thread();
        Mailbox { memory, side, sent: 0, received: 0, unsent: Vec::new(), unsent_from: 0, patience }
    }

    fn outgoing(&self) -> &Lane {
        &self.memory.shared().lanes[self.side as usize]
    }

    fn incoming(&self) -> &Lane {
        &self.memory.shared().lanes[1 - self.side as usize]
    }

    /// Publishes one chunk and wakes the other end if it sleeps.
    fn post(&mut self, kind: Kind, bytes: &[u8]) {
        self.sent = self.sent.wrapping_add(1);
        let sent = self.sent;
        let lane = self.outgoing();
        lane.write(bytes);
        lane.head.store(kind as u32 | (bytes.len() as u32) << Kind::BITS, Ordering::Relaxed);
        lane.turn.store(sent, Ordering::Release);
        // Either the other end sees the new turn before it sleeps, or we see that it is about to.
        fence(Ordering::SeqCst);
        if lane.reader_sleeps.load(Ordering::Relaxed) != 0 {
            futex_wake(&lane.turn);
        }
    }

    /// Posts the next chunk of the frame being sent.
    fn post_unsent(&mut self) {
        let unsent = std::mem::take(&mut self.unsent);
        let rest = &unsent[self.unsent_from..];
        if rest.len() > CHUNK_BYTES {
            self.post(Kind::More, &rest[..CHUNK_BYTES]);
            self.unsent_from += CHUNK_BYTES;
            self.unsent = unsent;
        } else {
            self.post(Kind::Last, rest);
        }
    }

    /// Waits for the other end's next chunk and gives its header.
    fn next_chunk(
        &mut self,
        ticks: &mut u32,
        waiting: &mut dyn FnMut(Duration) -> ControlFlow<()>,
    ) -> Result<(Kind, usize), LinkError> {
        let last = self.received;
        let mut patience = self.patience;
        let lane = self.incoming();
        let tick = self.side.tick();
        let mut turn = match &mut patience {
            Some(patience) => patience.watch(&lane.turn, last),
            None => lane.turn.load(Ordering::Acquire),
        };
        while turn == last {
            lane.reader_sleeps.store(1, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            turn = lane.turn.load(Ordering::Acquire);
            if turn != last {
                lane.reader_sleeps.store(0, Ordering::Relaxed);
                break;
            }
            let slept_through = futex_wait(&lane.turn, last, tick)?;
            lane.reader_sleeps.store(0, Ordering::Relaxed);
            turn = lane.turn.load(Ordering::Acquire);
            if turn == last && slept_through {
                *ticks += 1;
                if waiting(tick * *ticks).is_break() {
                    return Err(LinkError::GaveUp);
                }
            }
        }
        let head = lane.head.load(Ordering::Relaxed);
        self.patience = patience;
        self.received = last.wrapping_add(1);
        if turn != self.received {
            return Err(LinkError::Broken(format!("its turn went from {last} to {turn}")));
        }
        let length = (head >> Kind::BITS) as usize;
        match Kind::of(head) {
            Some(kind) if length <= CHUNK_BYTES => Ok((kind, length)),
            _ => Err(LinkError::Broken(format!("a chunk cannot begin with {head:#x}"))),
        }
    }
}

impl Link for Mailbox {
    fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        if frame.len() <= CHUNK_BYTES {
            self.post(Kind::Last, frame);
            return Ok(());
        }
        if frame.len() > FRAME_BYTES_MAX {
            return Err(LinkError::Broken(format!("a frame of {} bytes is too long", frame.len())));
        }
        self.unsent = frame.to_vec();
        self.unsent_from = 0;
        self.post_unsent();
        Ok(())
    }

    fn receive(
        &mut self,
        frame: &mut Vec<u8>,
        waiting: &mut dyn FnMut(Duration) -> ControlFlow<()>,
    ) -> Result<(), LinkError> {
        frame.clear();
        let mut ticks = 0;
        loop {
            let (kind, length) = self.next_chunk(&mut ticks, waiting)?;
            match kind {
                Kind::Continue if !self.unsent.is_empty() => self.post_unsent(),
                Kind::Last | Kind::More if self.unsent.is_empty() => {
                    if frame.len() + length > FRAME_BYTES_MAX {
                        return Err(LinkError::Broken("its frame is too long".to_owned()));
                    }
                    self.incoming().read(length, frame);
                    if matches!(kind, Kind::Last) {
                        return Ok(());
                    }
                    // Only full chunks have a successor, so that a frame cannot go on for ever.
                    if length != CHUNK_BYTES {
                        return Err(LinkError::Broken(
                            "a chunk in the middle of its frame is short".to_owned(),
                        ));
                    }
                    self.post(Kind::Continue, &[]);
                }
                _ => return Err(LinkError::Broken("it spoke out of turn".to_owned())),
            }
        }
    }
}

/// What a chunk is.
#[derive(Clone, Copy)]
enum Kind {
    /// The last of its frame.
    Last = 0,
    /// A part of a frame that goes on.
    More = 1,
    /// The answer to `More`.
    Continue = 2,
}

impl Kind {
    const BITS: u32 = 2;

    fn of(head: u32) -> Option<Kind> {
        match head & 3 {
            0 => Some(Kind::Last),
            1 => Some(Kind::More),
            2 => Some(Kind::Continue),
            _ => None,
        }
    }
}

/// How long to watch before sleeping.
///
/// Watching costs what it takes, sleeping and waking cost tens of microseconds. So each success allows watching for twice as
/// long, up to about what a sleep costs, each failure for half as long, and at nothing one receive in
/// [`Patience::PROBE_EVERY`] tries again.
#[derive(Clone, Copy)]
struct Patience {
    looks: u32,
    sleeps_since_probe: u32,
}

impl Patience {
    /// What a thread that may run on several cores has to begin with.
    fn of_this_thread() -> Option<Patience> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (cores > 1).then_some(Patience { looks: Patience::LOOKS_MAX, sleeps_since_probe: 0 })
    }

    /// About 60 µs where a look and its pause take 12 ns: a little longer than it takes the other end to wake up, or else two
    /// ends that both sleep would never find out that watching pays.
    const LOOKS_MAX: u32 = 5_000;
    /// Below this, watching is given up.
    const LOOKS_MIN: u32 = 30;
    const PROBE_EVERY: u32 = 64;

    /// Watches `turn` until it is no longer `last` or patience runs out; gives what it said last.
    fn watch(&mut self, turn: &AtomicU32, last: u32) -> u32 {
        let looks = match self.looks {
            0 if self.sleeps_since_probe < Patience::PROBE_EVERY => {
                self.sleeps_since_probe += 1;
                0
            }
            0 => Patience::LOOKS_MAX,
            looks => looks,
        };
        for _ in 0..looks {
            let now = turn.load(Ordering::Acquire);
            if now != last {
                self.looks = (looks * 2).min(Patience::LOOKS_MAX);
                return now;
            }
            std::hint::spin_loop();
        }
        if looks > 0 {
            self.looks = if self.looks < Patience::LOOKS_MIN { 0 } else { self.looks / 2 };
            self.sleeps_since_probe = 0;
        }
        turn.load(Ordering::Acquire)
    }
}

/// The shared memory. All of it is atomics: the other end may write anywhere at any time.
#[repr(C)]
struct Shared {
    lanes: [Lane; 2],
}

/// One direction.
#[repr(C, align(64))]
struct Lane {
    /// Chunks published so far. The receiver sleeps on it.
    turn: AtomicU32,
    /// Kind and length of the chunk.
    head: AtomicU32,
    words: [AtomicU64; CHUNK_WORDS],
    /// Not 0 while the receiver may be asleep. On a cache line of its own: the receiver writes it, the sender reads it.
    reader_sleeps: AtomicU32,
}

impl Lane {
    fn write(&self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for (to, from) in self.words.iter().zip(words) {
            to.store(u64::from_ne_bytes(*from), Ordering::Relaxed);
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.words[words.len()].store(u64::from_ne_bytes(last), Ordering::Relaxed);
        }
    }

    /// Appends `length` bytes, at most [`CHUNK_BYTES`], to `frame`.
    fn read(&self, length: usize, frame: &mut Vec<u8>) {
        let end = frame.len() + length;
        frame.reserve(length.next_multiple_of(8));
        for word in &self.words[..length.div_ceil(8)] {
            frame.extend_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
        }
        frame.truncate(end);
    }
}

/// A mapping of the shared memory, undone when dropped.
struct Mapping(NonNull<Shared>);

// SAFETY: the mapping is not tied to a thread, and everything behind it is atomic.
unsafe impl Send for Mapping {}

impl Mapping {
    fn of(fd: &OwnedFd) -> io::Result<Mapping> {
        // SAFETY: `stat` is plain data, for which zeros are valid.
        let mut stat: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: `stat` outlives the call.
        check(unsafe { libc::fstat(fd.as_raw_fd(), &mut stat) })?;
        if stat.st_size != size_of::<Shared>() as libc::off_t {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the descriptor is not a mailbox"));
        }
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice; the result is checked.
        let address = unsafe {
            libc::mmap(ptr::null_mut(), size_of::<Shared>(), protection, libc::MAP_SHARED, fd.as_raw_fd(), 0)
        };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(address.cast()).map(Mapping).ok_or_else(|| io::Error::other("mapped at address 0"))
    }

    fn shared(&self) -> &Shared {
        // SAFETY: the mapping is as long as `Shared`, page-aligned, lives as long as `self`, and cannot shrink since the
        // file is sealed. All bit patterns are valid atomics, and only atomics are accessed.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped in `of` with this address and length; no reference outlives `self`.
        unsafe { libc::munmap(self.0.as_ptr().cast(), size_of::<Shared>()) };
    }
}

/// Sleeps until woken, but not if `word` is no longer `last`. True if a whole tick passed.
fn futex_wait(word: &AtomicU32, last: u32, tick: Duration) -> Result<bool, LinkError> {
    let tick = libc::timespec { tv_sec: tick.as_secs() as _, tv_nsec: tick.subsec_nanos() as _ };
    // SAFETY: both pointers outlive the call; the timeout is relative, so no clock is read on our side.
    let result =
        unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, last, &raw const tick) };
    if result == 0 {
        return Ok(false);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ETIMEDOUT) => Ok(true),
        Some(libc::EAGAIN | libc::EINTR) => Ok(false),
        _ => Err(LinkError::Io(error)),
    }
}

fn futex_wake(word: &AtomicU32) {
    // SAFETY: the word is mapped; waking has no other precondition.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, 1) };
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> (Mailbox, Mailbox) {
        let (grader, fd) = Mailbox::create().unwrap();
        (grader, Mailbox::from_fd(fd).unwrap())
    }

    /// What the grader's end makes of it when a hostile child writes `turn`, `head`.
    fn received(turn: u32, head: u32) -> Result<(), LinkError> {
        let (mut grader, child) = ends();
        child.outgoing().head.store(head, Ordering::Relaxed);
        child.outgoing().turn.store(turn, Ordering::Release);
        grader.receive(&mut Vec::new(), &mut |_| ControlFlow::Break(()))
    }

    #[test]
    fn takes_what_follows_the_rules() {
        assert!(matches!(received(1, 0), Ok(())));
        assert!(matches!(received(1, (CHUNK_BYTES as u32) << Kind::BITS), Ok(())));
        assert!(matches!(received(0, 0), Err(LinkError::GaveUp)));
    }

    #[test]
    fn refuses_what_breaks_the_rules() {
        for (turn, head) in [
            (2, 0),
            (u32::MAX, 0),
            (1, u32::MAX),
            (1, Kind::Continue as u32),
            (1, Kind::More as u32),
            (1, (CHUNK_BYTES as u32 + 1) << Kind::BITS),
        ] {
            let result = received(turn, head);
            assert!(matches!(result, Err(LinkError::Broken(_))), "{turn} {head:#x}: {result:?}");
        }
    }

    #[test]
    fn refuses_an_answer_to_half_a_frame() {
        let (mut grader, mut child) = ends();
        grader.send(&[0; CHUNK_BYTES + 1]).unwrap();
        child.post(Kind::Last, &[]);
        let result = grader.receive(&mut Vec::new(), &mut |_| ControlFlow::Break(()));
        assert!(matches!(result, Err(LinkError::Broken(_))), "{result:?}");
    }

    #[test]
    fn refuses_a_frame_that_goes_on_for_ever() {
        let (mut grader, mut child) = ends();
        let endless = std::thread::spawn(move || {
            loop {
                child.post(Kind::More, &[0; CHUNK_BYTES]);
                child.next_chunk(&mut 0, &mut |_| ControlFlow::Break(()))?;
            }
        });
        let result = grader.receive(&mut Vec::new(), &mut |_| ControlFlow::Continue(()));
        assert!(matches!(result, Err(LinkError::Broken(_))), "{result:?}");
        let gave_up: Result<(), LinkError> = endless.join().unwrap();
        assert!(gave_up.is_err());
    }

    #[test]
    fn survives_the_turn_wrapping_around() {
        let (mut grader, mut child) = ends();
        grader.sent = u32::MAX;
        child.received = u32::MAX;
        grader.outgoing().turn.store(u32::MAX, Ordering::Relaxed);
        grader.send(b"after").unwrap();
        let mut frame = Vec::new();
        child.receive(&mut frame, &mut |_| ControlFlow::Break(())).unwrap();
        assert_eq!(frame, b"after");
    }

    #[test]
    fn memory_cannot_be_cut_off() {
        let (_grader, fd) = Mailbox::create().unwrap();
        // SAFETY: a plain call on a descriptor that we own.
        assert!(check(unsafe { libc::ftruncate(fd.as_raw_fd(), 0) }).is_err());
    }

    #[test]
    fn refuses_a_descriptor_that_is_not_a_mailbox() {
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        assert!(Mailbox::from_fd(file.into()).is_err());
    }
}
