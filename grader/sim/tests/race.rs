//! Races on a toy contract, with a host whose clock says what the test wants.

use futures_util::future::join_all;
use kata::OpenError;
use kata::runtime::node::Node;
use kata::runtime::role;
use kata_check::measured::Speed;
use kata_check::{Judgement, Outcome, Verdict, ensure};
use kata_ports::wire::{Act, Delivery, Role};
use kata_sim::host::{Contestant, TimedBatch};
use kata_sim::{
    Datacentre, Expect, Host, HostError, Hosts, InProcess, Judge, NodeId, Race, Yardstick, requirement,
};
use std::sync::Mutex;
use std::time::Duration;

/// Configures the toy.
#[kata::data]
pub struct Config {
    /// Answers this much more than the sum.
    pub off_by: u64,
}

/// Adds up.
#[kata::contract(config = Config)]
pub trait Adder {
    /// Adds; panics at 13.
    fn add(&self, number: u64);
    /// The sum.
    fn sum(&self) -> u64;

    /// Adds all numbers below `below`; gives the sum of everything.
    #[drive]
    fn add_all(&self, below: u64) -> u64 {
        (0..below).for_each(|number| self.add(number));
        self.sum()
    }
}

struct Toy {
    sum: Mutex<u64>,
    off_by: u64,
}

impl Adder for Toy {
    async fn open(_env: Env, config: Config) -> Result<Toy, OpenError> {
        Ok(Toy { sum: Mutex::new(0), off_by: config.off_by })
    }

    fn add(&self, number: u64) {
        assert!(number != 13, "bad luck");
        *self.sum.lock().expect("nobody panics here") += number;
    }

    fn sum(&self) -> u64 {
        *self.sum.lock().expect("nobody panics here") + self.off_by
    }
}

struct Right;

impl Adder for Right {
    async fn open(_env: Env, _config: Config) -> Result<Right, OpenError> {
        Ok(Right)
    }

    fn add(&self, _number: u64) {}

    fn sum(&self) -> u64 {
        45
    }
}

async fn race(dc: &Datacentre, config: Config, below: u64) -> Outcome {
    let race = Race {
        name: "additions",
        yardstick: Yardstick::new("arithmetic", role::<AdderContract<Right>>()),
        threads: 1,
        operations: 1_000,
        ratio_max: 3.0,
    };
    race.run::<AdderClient>(dc, config, async |adder, _| {
        let sum = adder.add_all(below).await.expect_ok("additions")?;
        ensure!(sum == 45, "the sum is wrong", "45", "{sum}");
        Ok(())
    })
    .await
}

/// Adds right.
#[requirement(stage = "toy", level = scale, points = 5, native)]
async fn adds_quickly(dc: &Datacentre) -> Outcome {
    race(dc, Config { off_by: 0 }, 10).await
}

/// Adds wrong.
#[requirement(stage = "toy", level = scale, points = 5, native)]
async fn adds_wrong(dc: &Datacentre) -> Outcome {
    race(dc, Config { off_by: 1 }, 10).await
}

/// Panics on its thread.
#[requirement(stage = "toy", level = scale, points = 5, native)]
async fn has_bad_luck(dc: &Datacentre) -> Outcome {
    race(dc, Config { off_by: 0 }, 20).await
}

/// Three threads add to one node.
#[requirement(stage = "toy", level = concurrency, points = 5, native)]
async fn threads_share_a_node(dc: &Datacentre) -> Outcome {
    dc.deploy::<AdderClient>(1, Config { off_by: 0 }).await;
    let threads = dc.client_on_threads::<AdderClient>(NodeId(0), 3);
    let sums = join_all((0..3).map(|_| threads.add_all(10))).await;
    let mut sums: Vec<u64> = sums.into_iter().filter_map(kata::Answer::ok).collect();
    sums.sort_unstable();
    let total = dc.client::<AdderClient>("ana").sum().await.expect_ok("the sum")?;
    ensure!(sums.last() == Some(&135) && total == 135, "threads lose additions", "135", "{sums:?}, {total}");
    Ok(())
}

/// A host on which the solution takes `times` as long as the yardstick.
struct Timed {
    nodes: InProcess,
    times: Box<dyn FnMut() -> f64>,
}

impl Hosts for Timed {
    fn shared(&mut self) -> &mut dyn Host {
        self
    }

    fn isolated(&mut self) -> &mut dyn Host {
        self
    }
}

impl Host for Timed {
    fn roles(&self) -> &[Role] {
        self.nodes.roles()
    }

    fn begin(&mut self) -> Result<(), HostError> {
        self.nodes.begin()
    }

    fn deliver(&mut self, delivery: &Delivery, acts: &mut Vec<Act>) -> Result<(), HostError> {
        self.nodes.deliver(delivery, acts)
    }

    fn end(&mut self) -> Result<(), HostError> {
        self.nodes.end()
    }

    fn deliver_batch(&mut self, batch: &TimedBatch<'_>, acts: &mut Vec<Act>) -> Result<Duration, HostError> {
        let yardstick = Duration::from_millis(10);
        match batch.contestant {
            Contestant::Solution => {
                self.nodes.deliver(batch.delivery, acts)?;
                Ok(yardstick.mul_f64((self.times)()))
            }
            Contestant::Yardstick { entry, config } => {
                let Delivery { node, now, event } = batch.delivery.clone();
                let node = Node::start(node, entry, now, 0, config).expect("the yardstick starts");
                node.take_acts();
                node.deliver(now, event).expect("the yardstick runs");
                acts.extend(node.take_acts());
                Ok(yardstick)
            }
        }
    }
}

fn judge(requirement: &kata_sim::Requirement, times: impl FnMut() -> f64 + 'static) -> Judgement {
    let nodes = InProcess::new(vec![role::<AdderContract<Toy>>()]);
    Judge::new(&mut Timed { nodes, times: Box::new(times) }, 7).judge(requirement)
}

fn speed(judgement: &Judgement) -> &Speed {
    let measured = judgement.measured.as_ref().expect("a race measures");
    measured.speeds.first().expect("there was one race")
}

fn summary(judgement: &Judgement) -> &str {
    &judgement.counterexample.as_ref().expect("a failure tells why").summary
}

#[test]
fn quick_enough_passes_and_is_measured() {
    let judgement = judge(&adds_quickly(), || 2.0);
    assert_eq!(judgement.verdict, Verdict::Pass, "{judgement:#?}");
    let speed = speed(&judgement);
    assert_eq!((speed.ratio_low, speed.ratio, speed.ratio_high, speed.rounds), (2.0, 2.0, 2.0, 31));
    assert_eq!((speed.per_second, speed.yardstick_per_second), (50_000, 100_000));
}

#[test]
fn too_slow_fails_and_says_how_slow() {
    let judgement = judge(&adds_quickly(), || 4.0);
    assert_eq!(judgement.verdict, Verdict::Fail);
    assert_eq!(summary(&judgement), "additions are too slow");
    assert_eq!(speed(&judgement).rounds, 31);
}

#[test]
fn a_noisy_machine_leaves_it_open() {
    let mut slow = false;
    let judgement = judge(&adds_quickly(), move || {
        slow = !slow;
        if slow { 9.0 } else { 1.0 }
    });
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!(speed(&judgement).rounds, 61);
    let why = &judgement.counterexample.as_ref().expect("it says why").observed;
    assert!(why.starts_with("additions take 1.0 to 9.0 times as long as arithmetic"), "{why}");
}

#[test]
fn quick_and_wrong_is_wrong() {
    let judgement = judge(&adds_wrong(), || 0.1);
    assert_eq!((judgement.verdict, summary(&judgement)), (Verdict::Fail, "the sum is wrong"));
}

#[test]
fn a_panic_on_a_thread_is_told() {
    let judgement = judge(&has_bad_luck(), || 1.0);
    assert_eq!((judgement.verdict, summary(&judgement)), (Verdict::Fail, "node-1 panicked"));
}

#[test]
fn threads_share_what_they_call() {
    let judgement = judge(&threads_share_a_node(), || 1.0);
    assert_eq!(judgement.verdict, Verdict::Pass, "{judgement:#?}");
}

#[test]
fn a_host_without_a_clock_cannot_tell() {
    let mut host = InProcess::new(vec![role::<AdderContract<Toy>>()]);
    assert_eq!(Judge::new(&mut host, 7).judge(&adds_quickly()).verdict, Verdict::Inconclusive);
}
