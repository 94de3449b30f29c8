//! A running submission and the conversation with it.

use super::frames::{FromChild, ToChild};
use super::last_words::LastWords;
use super::watch::Watch;
use super::{Launch, Transport};
use crate::limits::Limits;
use crate::sandbox::{LINK_FD, STUB_FAILED, STUB_SAYS};
use kata::link::{Link, LinkError, socket::Socket};
use kata_ports::NodeId;
use kata_ports::wire::{self, Act, Delivery, PROTOCOL, Role, Violation};
use kata_sim::HostError;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// The link's descriptor in a process without a sandbox: its standard input.
const BARE_LINK_FD: i32 = 0;

/// How long a process that closed its link may take to end.
const CLOSING_MS: u32 = 500;

/// A process. Dropping it kills and reaps it.
pub(crate) struct Process {
    child: Child,
    link: Box<dyn Link>,
    last_words: LastWords,
    limits: Limits,
    frame: Vec<u8>,
    greeted: bool,
    /// Captured output of this schedule, in bytes.
    output_bytes: usize,
    /// Frames of this schedule, in bytes.
    frame_bytes: usize,
    /// CPU time of this schedule's slow steps.
    slow_cpu: Duration,
    /// Linux kills a process when the *thread* that started it ends, so a process must not move to another.
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Process {
    /// Starts a process, and does not wait for it.
    pub(crate) fn spawn(launch: &Launch) -> Result<Process, HostError> {
        Process::try_spawn(launch).map_err(|error| {
            HostError::Ours(format!("cannot start {}: {error}", launch.executable.display()))
        })
    }

    fn try_spawn(launch: &Launch) -> io::Result<Process> {
        let (link, theirs, kind) = open_link(launch.transport)?;
        let last_words = LastWords::new()?;
        let (mut command, link_fd) = match &launch.sandbox {
            Some(stub) => (stub.command(&launch.executable, &launch.limits), LINK_FD),
            None => {
                let mut command = Command::new(&launch.executable);
                command.env_clear();
                (command, BARE_LINK_FD)
            }
        };
        command.args(["kata-child", kind, &link_fd.to_string()]);
        if let Some(variant) = &launch.variant {
            command.args(["variant", variant]);
        }
        let child = command.stdin(theirs).stdout(last_words.stdio()?).stderr(last_words.stdio()?).spawn()?;
        Ok(Process {
            child,
            link,
            last_words,
            limits: launch.limits,
            frame: Vec::new(),
            greeted: false,
            output_bytes: 0,
            frame_bytes: 0,
            slow_cpu: Duration::ZERO,
            stays_on_its_thread: PhantomData,
        })
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process has said what it is.
    pub(crate) fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// Waits for the first frame and checks that the process implements what the suite expects.
    pub(crate) fn greet(&mut self, expected: &[Role]) -> Result<Vec<Role>, HostError> {
        let FromChild::Hello { protocol, roles } = self.receive(NodeId(0))? else {
            return Err(malformed("it did not say hello"));
        };
        self.greeted = true;
        let as_expected =
            roles.len() == expected.len() && expected.iter().all(|expected| roles.contains(expected));
        if protocol == PROTOCOL && as_expected { Ok(roles) } else { Err(HostError::OtherContract) }
    }

    /// Begins a schedule.
    pub(crate) fn begin(&mut self) -> Result<(), HostError> {
        self.output_bytes = 0;
        self.frame_bytes = 0;
        self.slow_cpu = Duration::ZERO;
        self.exchange(&ToChild::Begin, NodeId(0), &mut Vec::new())
    }

    /// Delivers one event and appends what came of it to `acts`.
    pub(crate) fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        self.exchange(&ToChild::Deliver(delivery), delivery.node, acts)
    }

    /// Delivers a batch, which may use `cpu_max` of CPU time, and gives how long it took.
    pub(crate) fn deliver_batch(
        &mut self,
        delivery: &Delivery,
        cpu_max: Duration,
        acts: &mut Vec<Act>,
    ) -> Result<Duration, HostError> {
        let (limits, slow_cpu) = (self.limits, self.slow_cpu);
        self.limits = limits.for_batch(cpu_max);
        let began = Instant::now();
        let delivered = self.deliver(delivery, acts);
        let took = began.elapsed();
        (self.limits, self.slow_cpu) = (limits, slow_cpu);
        delivered.map(|()| took)
    }

    /// Ends the schedule.
    pub(crate) fn end(&mut self) -> Result<(), HostError> {
        self.exchange(&ToChild::End, NodeId(0), &mut Vec::new())
    }

    fn exchange(&mut self, frame: &ToChild<'_>, node: NodeId, acts: &mut Vec<Act>) -> Result<(), HostError> {
        self.frame.clear();
        self.frame = wire::encode(frame, std::mem::take(&mut self.frame));
        if let Err(error) = self.link.send(&self.frame) {
            return Err(self.broken_link(error));
        }
        let FromChild::Report(mut report) = self.receive(node)? else {
            return Err(malformed("it said hello twice"));
        };
        self.check(&report.0)?;
        acts.append(&mut report.0);
        Ok(())
    }

    /// What the process's own runtime says it may not do, and how much it prints.
    fn check(&mut self, acts: &[Act]) -> Result<(), HostError> {
        for act in acts {
            match act {
                Act::Violation(violation) => return Err(HostError::Violation(*violation)),
                Act::Wrote { text, .. } => self.output_bytes += text.len(),
                _ => {}
            }
        }
        if self.output_bytes > self.limits.output_bytes {
            return Err(HostError::Violation(Violation::OutputFlood));
        }
        Ok(())
    }

    /// Waits for the next frame, for as long as the process is alive, busy within limits, and not blocked.
    fn receive(&mut self, node: NodeId) -> Result<FromChild, HostError> {
        let mut watch: Option<Watch> = None;
        let mut wrong = None;
        let received = self.link.receive(&mut self.frame, &mut |waited| {
            let verdict = match self.child.try_wait() {
                Ok(Some(status)) => ControlFlow::Break(Wrong::Ended(status)),
                Ok(None) => watch
                    .get_or_insert_with(|| Watch::new(self.limits, node, waited))
                    .look(self.child.id())
                    .map_break(Wrong::Stuck),
                Err(error) => ControlFlow::Break(Wrong::Stuck(HostError::Ours(error.to_string()))),
            };
            verdict.map_break(|reason| wrong = Some(reason))
        });
        match (received, wrong) {
            (Ok(()), _) => {
                self.add_up(watch)?;
                wire::decode(&self.frame).map_err(|error| HostError::Malformed { why: error.0 })
            }
            (Err(_), Some(Wrong::Ended(status))) => Err(self.ended(status)),
            (Err(_), Some(Wrong::Stuck(error))) => Err(error),
            (Err(error), None) => Err(self.broken_link(error)),
        }
    }

    /// What is little in one step may be too much in all of them.
    fn add_up(&mut self, watch: Option<Watch>) -> Result<(), HostError> {
        self.slow_cpu += watch.map_or(Duration::ZERO, |watch| watch.used());
        let limit_ms = self.limits.cpu_ms_per_schedule;
        if self.slow_cpu > Duration::from_millis(limit_ms) {
            return Err(HostError::Busy { limit_ms });
        }
        self.frame_bytes += self.frame.len();
        if self.frame_bytes > self.limits.frame_bytes {
            let mib = self.limits.frame_bytes >> 20;
            return Err(malformed(&format!("it sent more than {mib} MiB in one run")));
        }
        Ok(())
    }

    fn broken_link(&mut self, error: LinkError) -> HostError {
        match error {
            // A process that ends closes its link a moment before it can be reaped.
            LinkError::Closed => {
                for _ in 0..CLOSING_MS {
                    if let Ok(Some(status)) = self.child.try_wait() {
                        return self.ended(status);
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                malformed("it closed its link")
            }
            LinkError::Broken(why) => HostError::Malformed { why },
            LinkError::GaveUp | LinkError::Io(_) => HostError::Ours(format!("the link failed: {error}")),
        }
    }

    fn ended(&self, status: ExitStatus) -> HostError {
        let last_words = self.last_words.read();
        match (status.code(), status.signal()) {
            (Some(code), _) => match last_words.strip_prefix(STUB_SAYS) {
                Some(why) if code == i32::from(STUB_FAILED) && !self.greeted => {
                    HostError::Ours(why.to_owned())
                }
                _ => HostError::Exited { code },
            },
            // What std says when the allocator has nothing left.
            (_, Some(libc::SIGABRT)) if last_words.contains("memory allocation of ") => {
                HostError::Memory { limit_mib: self.limits.memory_mib }
            }
            (_, signal) => HostError::Signalled { signal: signal.unwrap_or(0), last_words },
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It leads a group of its own once it is in the sandbox. Each fails if it is gone already, which is as well.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
            && matches!(self.child.try_wait(), Ok(None))
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why a wait ended without a frame.
enum Wrong {
    Ended(ExitStatus),
    Stuck(HostError),
}

fn malformed(why: &str) -> HostError {
    HostError::Malformed { why: why.to_owned() }
}

/// A link, the child's end of it, and what that is called in the child's arguments.
fn open_link(transport: Transport) -> io::Result<(Box<dyn Link>, OwnedFd, &'static str)> {
    match transport {
        #[cfg(target_os = "linux")]
        Transport::Mailbox => {
            let (link, theirs) = kata::link::mailbox::Mailbox::create()?;
            Ok((Box::new(link), theirs, "mailbox"))
        }
        _ => {
            let (link, theirs) = Socket::create()?;
            Ok((Box::new(link), theirs, "socket"))
        }
    }
}
