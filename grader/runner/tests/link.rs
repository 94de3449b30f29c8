//! Both links carry every frame, and both notice what they should.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

use kata::link::mailbox::Mailbox;
use kata::link::socket::Socket;
use kata::link::{Link, LinkError};
use kata_ports::wire::FRAME_BYTES_MAX;
use std::ops::ControlFlow;

fn mailbox() -> (Mailbox, Mailbox) {
    let (ours, fd) = Mailbox::create().unwrap();
    (ours, Mailbox::from_fd(fd).unwrap())
}

fn socket() -> (Socket, Socket) {
    let (ours, fd) = Socket::create().unwrap();
    (ours, Socket::from_fd(fd).unwrap())
}

fn frame_of(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

fn echoes_frames_of_every_size(mut ours: impl Link, mut theirs: impl Link + 'static) {
    const SIZES: [usize; 12] =
        [0, 1, 7, 8, 9, 4_096, 65_527, 65_528, 65_529, 200_000, FRAME_BYTES_MAX - 1, FRAME_BYTES_MAX];
    let echo = std::thread::spawn(move || {
        let mut frame = Vec::new();
        for _ in SIZES {
            theirs.receive(&mut frame, &mut |_| ControlFlow::Continue(())).unwrap();
            theirs.send(&frame).unwrap();
        }
        // Stays until the last frame has left.
        theirs.receive(&mut frame, &mut |_| ControlFlow::Continue(())).unwrap();
    });
    for size in SIZES {
        let sent = frame_of(size);
        let mut frame = vec![1, 2, 3];
        ours.send(&sent).unwrap();
        ours.receive(&mut frame, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(frame == sent, "{size} bytes arrive as they were sent");
    }
    ours.send(&[]).unwrap();
    echo.join().unwrap();
}

#[test]
fn mailbox_echoes_frames_of_every_size() {
    let (ours, theirs) = mailbox();
    echoes_frames_of_every_size(ours, theirs);
}

#[test]
fn socket_echoes_frames_of_every_size() {
    let (ours, theirs) = socket();
    echoes_frames_of_every_size(ours, theirs);
}

fn gives_up_when_told_to(mut ours: impl Link) {
    let mut waits = Vec::new();
    // A frame that nobody reads must not keep us from giving up.
    ours.send(&frame_of(FRAME_BYTES_MAX)).unwrap();
    let result = ours.receive(&mut Vec::new(), &mut |waited| {
        waits.push(waited.as_millis());
        if waits.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(result, Err(LinkError::GaveUp)), "{result:?}");
    assert_eq!(waits, [20, 40, 60]);
}

#[test]
fn mailbox_gives_up_when_told_to() {
    let (ours, _theirs) = mailbox();
    gives_up_when_told_to(ours);
}

#[test]
fn socket_gives_up_when_told_to() {
    let (ours, _theirs) = socket();
    gives_up_when_told_to(ours);
}

#[test]
fn no_link_sends_a_frame_that_is_too_long() {
    let long = vec![0; FRAME_BYTES_MAX + 1];
    assert!(matches!(mailbox().0.send(&long), Err(LinkError::Broken(_))));
    assert!(matches!(socket().0.send(&long), Err(LinkError::Broken(_))));
}

#[test]
fn socket_notices_that_the_other_end_is_gone() {
    let (mut ours, theirs) = socket();
    drop(theirs);
    let result = ours.receive(&mut Vec::new(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(result, Err(LinkError::Closed)), "{result:?}");
}

#[test]
fn socket_refuses_a_length_over_the_limit() {
    use std::io::Write;
    let (mut ours, fd) = Socket::create().unwrap();
    let mut raw = std::os::unix::net::UnixStream::from(fd);
    raw.write_all(&u32::MAX.to_le_bytes()).unwrap();
    let result = ours.receive(&mut Vec::new(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(result, Err(LinkError::Broken(_))), "{result:?}");
}
