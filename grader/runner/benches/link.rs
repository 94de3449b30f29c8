//! How fast frames travel: the mailbox and a step of a sandboxed process against a bare Unix-socket ping-pong of the same
//! frames. Rounds alternate in one run, so that whatever else the machine does slows down all of them alike.
//!
//! `cargo bench -p kata-runner`

#[path = "../tests/common/mod.rs"]
mod common;

use hostile::Deed;
use kata::link::Link;
use kata::link::mailbox::Mailbox;
use kata_runner::{ChildHost, Mode};
use kata_sim::Host;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::os::unix::net::UnixStream;
use std::time::Instant;

const ROUNDS: usize = 15;
/// An ordinary frame: a call with its arguments, or a few acts.
const FRAME: [u8; 60] = [7; 60];

/// Microseconds per repetition.
fn timed(repetitions: u32, mut once: impl FnMut()) -> f64 {
    let began = Instant::now();
    (0..repetitions).for_each(|_| once());
    began.elapsed().as_secs_f64() * 1e6 / f64::from(repetitions)
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn main() {
    let (mut mailbox, fd) = Mailbox::create().expect("a mailbox");
    std::thread::spawn(move || {
        let mut end = Mailbox::from_fd(fd).expect("the other end");
        let mut frame = Vec::new();
        while end.receive(&mut frame, &mut |_| ControlFlow::Continue(())).is_ok() {
            end.send(&frame).expect("a frame is sent");
        }
    });
    let (mut socket, mut end) = UnixStream::pair().expect("a pair of sockets");
    std::thread::spawn(move || {
        let mut frame = FRAME;
        while end.read_exact(&mut frame).is_ok() {
            end.write_all(&frame).expect("a frame is sent");
        }
    });
    let mut host: ChildHost = common::begun(common::launch(), Mode::Shared).expect("a host");
    common::start_node(&mut host, 0).expect("a node");

    let (mut mailboxes, mut steps, mut sockets) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut frame = Vec::new();
        mailboxes.push(timed(50_000, || {
            mailbox.send(&FRAME).expect("a frame is sent");
            mailbox.receive(&mut frame, &mut |_| ControlFlow::Continue(())).expect("it comes back");
        }));
        let mut frame = FRAME;
        sockets.push(timed(5_000, || {
            socket.write_all(&FRAME).expect("a frame is sent");
            socket.read_exact(&mut frame).expect("it comes back");
        }));
        steps.push(timed(20_000, || {
            common::call(&mut host, 0, Deed::Behave).expect("an answer");
        }));
        // Calls of one schedule are kept by the process; a fresh one keeps them few.
        host.end().expect("an end");
        host.begin().expect("a beginning");
        common::start_node(&mut host, 0).expect("a node");
    }
    let (mailbox, step, socket) = (median(mailboxes), median(steps), median(sockets));
    println!("bare socket   {socket:8.3} µs a round trip");
    println!("mailbox       {mailbox:8.3} µs a round trip, {:.1} times as fast", socket / mailbox);
    println!("step          {step:8.3} µs, {:.1} times as fast", socket / step);
}
