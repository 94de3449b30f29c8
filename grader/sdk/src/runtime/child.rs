//! The loop of a graded process: one schedule after another, each on a thread of its own.

use super::node::Node;
#[cfg(target_os = "linux")]
use super::overrides;
use super::panics::report_panics;
use super::role::RoleEntry;
use super::threads;
use crate::few::Few;
use crate::link::{Link, LinkError};
use kata_ports::NodeId;
use kata_ports::wire::{self, Act, Delivery, Event, FromChild, PROTOCOL, ToChild};
use std::ops::ControlFlow;
use std::process::ExitCode;

/// Serves the grader that started this process; without one, says how to get one.
///
/// The grader passes `kata-child <link> <file descriptor>`.
pub fn main(roles: &[RoleEntry]) -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [command, kind, descriptor, ..] = args.as_slice() else { return not_alone() };
    if command != "kata-child" {
        return not_alone();
    }
    let served = open(kind, descriptor).and_then(|mut link| serve(&mut *link, roles));
    match served {
        // The grader went away: so do we.
        Ok(()) | Err(LinkError::Closed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kata: the link to the grader failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn not_alone() -> ExitCode {
    eprintln!("This is a solution of a kata. It runs inside the grader's datacentre: try `kata grade`.");
    ExitCode::FAILURE
}

fn open(kind: &str, descriptor: &str) -> Result<Box<dyn Link>, LinkError> {
    let fd =
        descriptor.parse().map_err(|_| LinkError::Broken(format!("`{descriptor}` is no file descriptor")))?;
    match kind {
        #[cfg(target_os = "linux")]
        "mailbox" => Ok(Box::new(crate::link::mailbox::Mailbox::from_raw_fd(fd)?)),
        #[cfg(unix)]
        "socket" => Ok(Box::new(crate::link::socket::Socket::from_raw_fd(fd)?)),
        _ => Err(LinkError::Broken(format!("there is no link called `{kind}`"))),
    }
}

fn serve(link: &mut dyn Link, roles: &[RoleEntry]) -> Result<(), LinkError> {
    report_panics();
    let roles_said = roles.iter().map(|entry| entry.role.clone()).collect();
    let hello = FromChild::Hello { protocol: PROTOCOL, roles: roles_said };
    link.send(&wire::encode(&hello, Vec::new()))?;
    let mut frame = Vec::new();
    loop {
        match next(link, &mut frame)? {
            ToChild::Begin => {
                #[cfg(target_os = "linux")]
                overrides::begin();
                // Hash keys and everything else that std keeps per thread start anew with the thread.
                let link = &mut *link;
                std::thread::scope(|scope| {
                    threads::start(scope, || schedule(link, roles))?
                        .join()
                        .unwrap_or_else(|_| Err(LinkError::Broken("the schedule's thread died".into())))
                })?;
            }
            ToChild::Deliver(_) | ToChild::End => return Err(out_of_turn()),
        }
    }
}

/// One schedule, from the answer to its `Begin` to the answer to its `End`.
fn schedule(link: &mut dyn Link, roles: &[RoleEntry]) -> Result<(), LinkError> {
    let mut nodes: Few<NodeId, Node> = Few::new();
    let mut frame = Vec::new();
    let mut acts = Vec::new();
    loop {
        frame = wire::encode(&FromChild::Report(std::mem::take(&mut acts)), recycled(frame));
        link.send(&frame)?;
        match next(link, &mut frame)? {
            ToChild::Deliver(delivery) => acts = deliver(&mut nodes, roles, delivery)?,
            ToChild::End => break,
            ToChild::Begin => return Err(out_of_turn()),
        }
    }
    drop(nodes);
    link.send(&wire::encode(&FromChild::Report(Vec::new()), recycled(frame)))
}

fn deliver(
    nodes: &mut Few<NodeId, Node>,
    roles: &[RoleEntry],
    delivery: Delivery,
) -> Result<Vec<Act>, LinkError> {
    let Delivery { node: id, now, event } = delivery;
    #[cfg(target_os = "linux")]
    overrides::set_now(now);
    match event {
        Event::Start { seed, role, config } => {
            #[cfg(target_os = "linux")]
            overrides::set_random(seed);
            let role =
                roles.get(usize::from(role)).ok_or_else(|| LinkError::Broken("no such role".into()))?;
            let node =
                Node::start(id, role, now, seed, &config).map_err(|why| LinkError::Broken(why.0.into()))?;
            let acts = node.take_acts();
            nodes.insert(id, node);
            Ok(acts)
        }
        Event::Crash => {
            if let Some(node) = nodes.remove(&id) {
                node.crash();
            }
            Ok(Vec::new())
        }
        event => {
            let node = nodes.get(&id).ok_or_else(|| LinkError::Broken("no such node".into()))?;
            node.deliver(now, event).map_err(|why| LinkError::Broken(why.0.into()))?;
            Ok(node.take_acts())
        }
    }
}

fn next(link: &mut dyn Link, frame: &mut Vec<u8>) -> Result<ToChild, LinkError> {
    link.receive(frame, &mut |_| ControlFlow::Continue(()))?;
    wire::decode(frame).map_err(|error| LinkError::Broken(error.0))
}

fn recycled(mut frame: Vec<u8>) -> Vec<u8> {
    frame.clear();
    frame
}

fn out_of_turn() -> LinkError {
    LinkError::Broken("a frame came out of turn".into())
}
