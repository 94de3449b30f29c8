//! How fast a whole suite explores: all requirements of url-shortener against its reference, in sandboxed processes.
//!
//! Three ways of sharing the cores, in turns within one run: one judge that watches its link while its process computes (two
//! cores for one pair), one judge that sleeps beside its process on one core, and such a pair on each core. For comparison,
//! a bare Unix-socket ping-pong of frames of the usual size. Then the loads of level `scale`, one pair on one core: how many
//! requests and events of virtual time go by in a second of real time.
//!
//! `cargo bench -p kata-cli`

use kata_check::{Judgement, Level};
use kata_ports::wire::{Act, Delivery, Role};
use kata_runner::sandbox::{SandboxStub, stub_main};
use kata_runner::{BuildOptions, ChildHost, Launch, Limits, Mode, Submission, Transport, build};
use kata_runner::{cores, stay_on_core};
use kata_sim::{Host, HostError, Hosts, Judge, Requirement, Suite};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The first argument that makes this program the sandbox's stub.
const STUB: &str = "__sandbox";
const ROUNDS: usize = 5;
const FRAME: [u8; 60] = [7; 60];
const PINGS: u32 = 20_000;

/// What one grading of the suite took.
#[derive(Clone, Copy, Debug, Default)]
struct Took {
    wall: Duration,
    /// Of the workers' time, that from handing a step to the process until its answer is there.
    child: Duration,
    schedules: u64,
    steps: u64,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == STUB) {
        return stub_main(arguments);
    }
    let suite = kata_suite_url_shortener::suite();
    let launch = launch(&suite);
    let (loads, explored): (Vec<Requirement>, Vec<Requirement>) =
        suite.requirements.iter().copied().partition(|requirement| requirement.level == Level::Scale);
    let ways: [(&str, usize, bool); 3] = [
        ("one pair on two cores, watching", 1, false),
        ("one pair on one core, sleeping", 1, true),
        ("such a pair on each core", cores(), true),
    ];
    let mut taken = ways.map(|_| Vec::new());
    let mut sockets = Vec::new();
    for _ in 0..ROUNDS {
        for ((_, workers, pinned), taken) in ways.iter().zip(&mut taken) {
            taken.push(grade(&explored, &launch, *workers, *pinned));
        }
        sockets.push(ping_pong());
    }
    sockets.sort_unstable();
    let socket_us = sockets[ROUNDS / 2].as_secs_f64() * 1e6;
    println!("bare socket ping-pong: {socket_us:.1} µs");
    for ((name, workers, _), mut taken) in ways.into_iter().zip(taken) {
        taken.sort_unstable_by_key(|took| took.wall);
        let Took { wall, child, schedules, steps } = taken[ROUNDS / 2];
        let (seconds, cores) = (wall.as_secs_f64(), workers as f64);
        println!("{name}: {schedules} schedules, {steps} steps in {seconds:.2} s");
        println!(
            "  {:.0} schedules/s, {:.0} steps/s; {:.1} µs a step, {:.1} times as fast as the ping-pong; \
             {:.0} % of it waiting for the process",
            schedules as f64 / seconds,
            steps as f64 / seconds,
            seconds / steps as f64 * 1e6,
            socket_us / (seconds / steps as f64 * 1e6),
            child.as_secs_f64() / (seconds * cores) * 100.0,
        );
    }
    stay_on_core(0);
    for load in &loads {
        carry(load, &launch);
    }
    ExitCode::SUCCESS
}

/// Judges one load.
fn carry(load: &Requirement, launch: &Launch) {
    let mut hosts = TimedHosts::start(launch);
    let mut judge = || {
        let begun = Instant::now();
        let judgement = Judge::new(&mut hosts, 1).judge(load);
        (begun.elapsed(), judgement)
    };
    let mut taken: Vec<(Duration, Judgement)> = (0..ROUNDS).map(|_| judge()).collect();
    taken.sort_by_key(|(took, _)| *took);
    let (took, judgement) = taken.swap_remove(ROUNDS / 2);
    let measured = judgement.measured.expect("a load is measured");
    let requests: u64 = measured.arrows.iter().map(|arrow| arrow.requests).sum();
    let (seconds, steps) = (took.as_secs_f64(), judgement.steps);
    println!("{}: {requests} measured calls and requests, {steps} steps in {seconds:.2} s", load.id);
    println!(
        "  {:.0} steps/s, {:.1} µs a step; {:.2} s of virtual time a second",
        steps as f64 / seconds,
        seconds / steps as f64 * 1e6,
        measured.millis as f64 / 1e3 / seconds,
    );
}

fn launch(suite: &Suite) -> Launch {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../solutions/url-shortener");
    let submission = Submission::find(&folder).expect("the reference is a submission");
    let built = build(&submission, BuildOptions::default(), &mut |_| ()).expect("the reference compiles");
    let (contract, hash) = suite.contract;
    Launch {
        executable: built.executable,
        variant: None,
        roles: vec![Role { contract: contract.to_owned(), hash }],
        limits: Limits::default(),
        sandbox: Some(SandboxStub::current_exe(STUB).expect("this program is a file")),
        transport: Transport::Mailbox,
    }
}

/// Judges all requirements once.
fn grade(requirements: &[Requirement], launch: &Launch, workers: usize, pinned: bool) -> Took {
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Took::default());
    let begun = Instant::now();
    let work = |worker| {
        if pinned {
            stay_on_core(worker);
        }
        let mut hosts = TimedHosts::start(launch);
        while let Some(requirement) = requirements.get(next.fetch_add(1, Ordering::Relaxed)) {
            let judgement = Judge::new(&mut hosts, 1).judge(requirement);
            assert!(judgement.counterexample.is_none(), "{judgement:?}");
            let mut total = total.lock().expect("no worker panics");
            total.schedules += judgement.schedules;
            total.steps += judgement.steps;
        }
        total.lock().expect("no worker panics").child += hosts.shared.waited + hosts.isolated.waited;
    };
    thread::scope(|scope| (0..workers).for_each(|worker| drop(scope.spawn(move || work(worker)))));
    Took { wall: begun.elapsed(), ..total.into_inner().expect("no worker panics") }
}

/// A bare round trip.
fn ping_pong() -> Duration {
    let (mut here, mut there) = UnixStream::pair().expect("a pair of sockets");
    let echo = thread::spawn(move || {
        let mut frame = FRAME;
        while there.read_exact(&mut frame).is_ok() {
            there.write_all(&frame).expect("a frame is sent");
        }
    });
    let mut frame = FRAME;
    let begun = Instant::now();
    for _ in 0..PINGS {
        here.write_all(&FRAME).expect("a frame is sent");
        here.read_exact(&mut frame).expect("it comes back");
    }
    let took = begun.elapsed();
    drop(here);
    echo.join().expect("the echo ends");
    took / PINGS
}

struct TimedHosts {
    shared: Timed,
    isolated: Timed,
}

impl TimedHosts {
    fn start(launch: &Launch) -> TimedHosts {
        let start = |mode| Timed {
            host: ChildHost::start(launch.clone(), mode).expect("the reference starts"),
            waited: Duration::ZERO,
        };
        TimedHosts { shared: start(Mode::Shared), isolated: start(Mode::Isolated) }
    }
}

impl Hosts for TimedHosts {
    fn shared(&mut self) -> &mut dyn Host {
        &mut self.shared
    }

    fn isolated(&mut self) -> &mut dyn Host {
        &mut self.isolated
    }
}

/// A host that adds up how long its process takes.
struct Timed {
    host: ChildHost,
    waited: Duration,
}

impl Timed {
    fn timed<T>(&mut self, act: impl FnOnce(&mut ChildHost) -> T) -> T {
        let begun = Instant::now();
        let done = act(&mut self.host);
        self.waited += begun.elapsed();
        done
    }
}

impl Host for Timed {
    fn roles(&self) -> &[Role] {
        self.host.roles()
    }

    fn begin(&mut self) -> Result<(), HostError> {
        self.timed(Host::begin)
    }

    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        self.timed(|host| host.deliver(delivery, acts))
    }

    fn end(&mut self) -> Result<(), HostError> {
        self.timed(ChildHost::end)
    }
}
