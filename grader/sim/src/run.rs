//! One run of one requirement: the loop between the scenario, the world and the host.

use crate::Datacentre;
use crate::draw::{Draw, hash, mix};
use crate::host::{Host, HostError};
use crate::outside::Outside;
use crate::plan::{Plan, Tape};
use crate::recorder::Record;
use crate::requirement::Requirement;
use crate::sentences;
use crate::world::Next;
use kata_check::{Complaint, History, Measured, Outcome};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

/// What is wanted of a run besides its outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Its history.
    pub(crate) history: Record,
    /// A hash over everything that the host said, to compare two runs.
    pub(crate) trace: bool,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) end: End,
    /// Steps of nodes, all of them and those of the storm; requests of the storm.
    pub(crate) steps: u64,
    pub(crate) storm_steps: u64,
    pub(crate) storm_requests: u64,
    /// How much its nodes answered to calls.
    answered_bytes: u64,
    /// Whether a node crashed with requests on their way.
    pub(crate) asked_at_crash: bool,
    pub(crate) history: History,
    pub(crate) trace: u64,
    /// The choices it made.
    pub(crate) tape: Tape,
    /// What it measured, at level `scale`.
    pub(crate) measured: Option<Measured>,
    /// What its history should tell of, if somebody will read it.
    pub(crate) story: Record,
}

impl Ran {
    /// About how much work it was, in steps, whatever the machine.
    pub(crate) fn work(&self) -> u64 {
        // As long as a step takes, answers of so many bytes are made, encoded, decoded and looked at.
        const STEP_BYTES: u64 = 50;
        self.steps + self.answered_bytes / STEP_BYTES
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum End {
    /// As the scenario, or a rule that holds for all scenarios, says.
    Outcome(Outcome),
    /// The host could not go on, and it is not the submission's doing.
    Broken(String),
}

/// Runs `requirement` once.
pub(crate) fn run(
    host: &mut dyn Host,
    requirement: &Requirement,
    seed: u64,
    plan: &Plan,
    wanted: Wanted,
) -> Ran {
    let seed = run_seed(requirement, seed, plan);
    let dc = Datacentre::new(seed, requirement.level, plan, host.roles().to_vec(), wanted.history);
    run_in(&dc, host, requirement, wanted)
}

/// A run whose services were outside.
pub(crate) struct RanOutside {
    pub(crate) ran: Ran,
    /// Why a failure may be the machine's doing.
    pub(crate) doubt: Option<String>,
}

/// Runs `requirement` once, on services outside of the simulation.
pub(crate) fn run_outside(
    host: &mut dyn Host,
    requirement: &Requirement,
    seed: u64,
    outside: Box<dyn Outside>,
) -> RanOutside {
    let plan = Plan::plain(0);
    let seed = run_seed(requirement, seed, &plan);
    let dc = Datacentre::new(seed, requirement.level, &plan, host.roles().to_vec(), Record::Everything);
    dc.world.borrow_mut().go_abroad(outside);
    let ran = run_in(&dc, host, requirement, Wanted::default());
    let mut world = dc.world.borrow_mut();
    // Whatever the scenario left standing still goes on.
    world.resume_abroad(|_| true);
    let doubt = world.abroad.take().and_then(|abroad| abroad.doubt);
    RanOutside { ran, doubt }
}

fn run_in(dc: &Datacentre, host: &mut dyn Host, requirement: &Requirement, wanted: Wanted) -> Ran {
    let mut trace = 0;
    let driven = drive(host, requirement, dc, wanted.trace.then_some(&mut trace));
    let ended = host.end();
    let mut end = match driven.and_then(|outcome| ended.map(|()| outcome)) {
        Ok(end) => end,
        Err(error) => match sentences::host_error(&error) {
            Some(complaint) => End::Outcome(Err(complaint)),
            None => End::Broken(error.to_string()),
        },
    };
    let history = dc.take_history();
    let world = dc.world.borrow();
    if let (End::Outcome(Ok(())), Some(why)) = (&end, &world.undecided) {
        end = End::Broken(why.clone());
    }
    let (steps, storm_steps, storm_requests) = (world.steps, world.storm_steps, world.storm_requests);
    let tape = Tape(world.flight.chosen().clone());
    let (answered_bytes, asked_at_crash) = (world.answered_bytes, world.asked_at_crash > 0);
    let told = world.scale.as_ref().and_then(|scale| scale.told);
    let story = told.map_or(Record::Everything, Record::Visit);
    let simulated = world.scale.as_ref().and_then(|scale| scale.measured.clone());
    let mut measured = simulated.or_else(|| world.measured_abroad());
    if !world.speeds.is_empty() {
        measured.get_or_insert_default().speeds.clone_from(&world.speeds);
    }
    Ran {
        end,
        steps,
        storm_steps,
        storm_requests,
        answered_bytes,
        asked_at_crash,
        history,
        trace,
        tape,
        measured,
        story,
    }
}

/// A run's seed does not depend on its disturbance: up to the disturbed point it goes as the undisturbed one.
fn run_seed(requirement: &Requirement, seed: u64, plan: &Plan) -> u64 {
    Draw::new(seed ^ hash(requirement.id.as_bytes())).bits("run", u64::from(plan.order.letter()), plan.number)
}

fn drive(
    host: &mut dyn Host,
    requirement: &Requirement,
    dc: &Datacentre,
    mut trace: Option<&mut u64>,
) -> Result<End, HostError> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut scenario = (requirement.scenario)(dc);
    let mut acts = Vec::new();
    host.begin()?;
    loop {
        if woken.0.swap(false, Relaxed) {
            // A scenario that trips over an answer it did not foresee must not take the grader with it.
            match catch_unwind(AssertUnwindSafe(|| scenario.as_mut().poll(&mut context))) {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(outcome)) => return Ok(End::Outcome(outcome)),
                Err(_) => {
                    let id = requirement.id;
                    return Ok(End::Broken(format!(
                        "the requirement `{id}` itself panicked: please report it"
                    )));
                }
            }
        }
        let next = dc.world.borrow_mut().next();
        match next {
            Next::Nothing => {}
            Next::Batch(batch) => {
                acts.clear();
                let delivery = batch.run(host, &dc.world, &mut acts)?;
                let mut world = dc.world.borrow_mut();
                if let Some(delivery) = delivery {
                    world.absorb(&delivery, std::mem::take(&mut acts));
                }
                if let Some(complaint) = world.complaint.take() {
                    return Ok(End::Outcome(Err(complaint)));
                }
            }
            Next::Broken(why) => return Ok(End::Broken(why)),
            Next::Stuck(complaint) => return Ok(End::Outcome(Err(complaint))),
            Next::Deliver(delivery) => {
                acts.clear();
                host.deliver(&delivery, &mut acts)?;
                if let Some(trace) = &mut trace {
                    let bytes = kata_ports::wire::encode(&(&delivery, &acts), Vec::new());
                    **trace = mix(**trace ^ hash(&bytes));
                }
                let mut world = dc.world.borrow_mut();
                world.absorb(&delivery, std::mem::take(&mut acts));
                if let Some(complaint) = world.complaint.take() {
                    return Ok(End::Outcome(Err::<(), Complaint>(complaint)));
                }
            }
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}
