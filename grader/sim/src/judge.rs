//! Judges a requirement: many runs, the first that fails confirmed and told.

use crate::host::Host;
use crate::plan::{Order, Plan, Tape, Token};
use crate::recorder::Record;
use crate::requirement::{Points, Requirement, Sweep};
use crate::run::{End, Ran, Wanted, run};
use crate::shrink::{Tried, shrink};
use kata_check::{Complaint, Counterexample, History, Judgement, Level, Measured, Verdict};

/// Where runs take place.
pub trait Hosts {
    /// One process for all nodes: fast.
    fn shared(&mut self) -> &mut dyn Host;

    /// A process per node and life: what one node keeps in statics, no other sees.
    fn isolated(&mut self) -> &mut dyn Host;
}

/// How many schedules run both ways, to see whether the solution keeps state outside its nodes.
const COMPARED: u64 = 2;

/// The number of the run that sweeps disturb: one that no schedule has.
const SWEPT: u64 = 1 << 32;

/// Judges requirements of one submission.
pub struct Judge<'a> {
    hosts: &'a mut dyn Hosts,
    seed: u64,
}

/// One requirement under way.
struct Trial<'a> {
    hosts: &'a mut dyn Hosts,
    requirement: &'a Requirement,
    seed: u64,
    isolated: bool,
    schedules: u64,
    steps: u64,
    /// What the last run measured, at level `scale`.
    measured: Option<Measured>,
    /// What the history of the last run should tell of.
    story: Record,
}

/// Why a trial ended early.
enum Found {
    /// A run that shows what is wrong.
    Wrong { plan: Plan, found_at: String },
    /// The machine or the grader gave in.
    Broken(String),
    /// The solution behaves differently in a process of its own.
    NotIsolated,
}

impl Judge<'_> {
    /// A judge of the submission that runs in `hosts`; everything random comes from `seed`.
    pub fn new(hosts: &mut dyn Hosts, seed: u64) -> Judge<'_> {
        Judge { hosts, seed }
    }

    /// Judges one requirement. Equal seeds and equal submissions give equal judgements, whatever was judged before.
    pub fn judge(&mut self, requirement: &Requirement) -> Judgement {
        self.trial(requirement).judge()
    }

    /// Judges one requirement that an earlier state of the submission failed in the run `failed`: that run comes first. If it
    /// fails again, that is the judgement; if not, all runs decide, as in [`Judge::judge`].
    ///
    /// The choices on its tape were made for another program. Where they do not fit, a quiet network's are made.
    pub fn judge_after(&mut self, requirement: &Requirement, failed: &Plan) -> Judgement {
        let mut trial = self.trial(requirement);
        // What has one run only has no first.
        if requirement.level == Level::Scale || requirement.native {
            return trial.judge();
        }
        match trial.fails_again(failed) {
            Some(judgement) => judgement,
            None => trial.judge(),
        }
    }

    /// Runs the one run that `plan` names, isolated, and tells its history if it fails.
    pub fn replay(&mut self, requirement: &Requirement, plan: &Plan) -> Judgement {
        let mut trial = self.trial(requirement);
        trial.isolated = true;
        if requirement.native {
            return trial.judge_natively(plan, &format!("replay of {plan}"));
        }
        if requirement.level == Level::Scale {
            // Which visit shows what is wrong is known when all have ended.
            trial.run(plan);
        }
        trial.schedules = 1;
        match trial.tell(plan, &format!("replay of {plan}")) {
            Some(judgement) => judgement,
            None => trial.judgement(Verdict::Pass, None),
        }
    }

    fn trial<'a>(&'a mut self, requirement: &'a Requirement) -> Trial<'a> {
        let (hosts, seed) = (&mut *self.hosts, self.seed);
        // A load is long and runs once: in the way that leaves nothing to compare.
        let isolated = requirement.level == Level::Scale;
        Trial {
            hosts,
            requirement,
            seed,
            isolated,
            schedules: 0,
            steps: 0,
            measured: None,
            story: Record::Everything,
        }
    }
}

impl Trial<'_> {
    fn judge(&mut self) -> Judgement {
        if self.requirement.native {
            return self.judge_natively(&Plan::plain(0), "in real time");
        }
        let before = (self.schedules, self.steps);
        let mut found = self.all_runs();
        if let Some(Found::Wrong { plan, found_at }) = &found {
            if let Some(judgement) = self.confirm(plan, found_at) {
                return judgement;
            }
            found = Some(Found::NotIsolated);
        }
        if let Some(Found::NotIsolated) = found {
            self.isolated = true;
            (self.schedules, self.steps) = before;
            found = self.all_runs();
        }
        match found {
            None => self.judgement(Verdict::Pass, None),
            Some(Found::Wrong { plan, found_at }) => match self.confirm(&plan, &found_at) {
                Some(judgement) => judgement,
                None => self.unrepeatable(&plan, found_at),
            },
            Some(Found::Broken(why)) => self.broken(&why),
            Some(Found::NotIsolated) => self.broken("a process of its own behaves unlike itself"),
        }
    }

    /// One run. Threads and real time do not repeat, so what it shows is all that there is to be shown: a scenario complains
    /// only of what cannot be chance. What it measures should not be the starting of processes.
    fn judge_natively(&mut self, plan: &Plan, found_at: &str) -> Judgement {
        let wanted = Wanted { history: Record::Everything, trace: false };
        let ran = run(self.hosts.shared(), self.requirement, self.seed, plan, wanted);
        self.schedules += 1;
        self.steps += ran.steps;
        self.measured = ran.measured;
        match ran.end {
            End::Outcome(Ok(())) => self.judgement(Verdict::Pass, None),
            End::Outcome(Err(complaint)) => self.failed(complaint, ran.history, plan, found_at),
            End::Broken(why) => self.broken(&why),
        }
    }

    /// Runs a plan that an earlier program failed, isolated, and once more for its history. `None` unless this program fails
    /// both times. A plan that disturbs the run as this requirement does not may ask more of it than its contract states.
    fn fails_again(&mut self, plan: &Plan) -> Option<Judgement> {
        let sweeps = self.requirement.budget.sweeps;
        let is_ours = plan.disturbance.is_none_or(|(sweep, _)| {
            sweeps.contains(&sweep) || (sweep == Sweep::CutOffs && sweeps.contains(&Sweep::Crashes))
        });
        if !is_ours {
            return None;
        }
        let ran = run(self.hosts.isolated(), self.requirement, self.seed, plan, Wanted::default());
        self.schedules += 1;
        self.steps += ran.steps;
        let told = match ran.end {
            End::Outcome(Err(_)) => self.tell(plan, "the run that failed last time")?,
            End::Outcome(Ok(())) | End::Broken(_) => return None,
        };
        (told.verdict == self.requirement.unmet()).then_some(told)
    }

    fn all_runs(&mut self) -> Option<Found> {
        let budget = self.requirement.budget;
        for number in 0..budget.schedules {
            let plan = Plan { order: order(number), ..Plan::plain(number) };
            let found_at = || match self.requirement.level {
                Level::Scale => "in virtual time".to_owned(),
                _ => format!("schedule {} of {}", number + 1, budget.schedules),
            };
            if let Some(found) = self.compare(&plan, number).or_else(|| self.try_plan(plan, found_at)) {
                return Some(found);
            }
        }
        for &sweep in budget.sweeps {
            for order in [Order::Timed, Order::Walk] {
                if let Some(found) = self.sweep(sweep, order) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The first few schedules run both ways: a solution that keeps state outside its nodes behaves differently.
    fn compare(&mut self, plan: &Plan, number: u64) -> Option<Found> {
        if self.isolated || number >= COMPARED {
            return None;
        }
        let wanted = Wanted { trace: true, history: Record::Nothing };
        let shared = run(self.hosts.shared(), self.requirement, self.seed, plan, wanted);
        let isolated = run(self.hosts.isolated(), self.requirement, self.seed, plan, wanted);
        (shared.trace != isolated.trace).then_some(Found::NotIsolated)
    }

    /// A disturbance at every point of an undisturbed run.
    fn sweep(&mut self, sweep: Sweep, order: Order) -> Option<Found> {
        let undisturbed = Plan { order, ..Plan::plain(SWEPT) };
        let calm = self.run(&undisturbed);
        if let Some(found) = found(&calm, &undisturbed, || "undisturbed run".to_owned()) {
            return Some(found);
        }
        let points = match sweep.points() {
            Points::Steps => calm.storm_steps,
            Points::Requests => calm.storm_requests,
        };
        // Half of the budget for each order.
        let tries = points.min(self.requirement.budget.points_max.div_ceil(2));
        for i in 0..tries {
            let point = 1 + i * points / tries;
            let plan = Plan { disturbance: Some((sweep, point)), ..undisturbed.clone() };
            let found_at = || sweep.found_at(point, points);
            let ran = self.run(&plan);
            if let Some(found) = found(&ran, &plan, found_at) {
                return Some(found);
            }
            if sweep == Sweep::Crashes && ran.asked_at_crash {
                let plan = Plan { disturbance: Some((Sweep::CutOffs, point)), ..undisturbed.clone() };
                if let Some(found) = self.try_plan(plan, found_at) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn try_plan(&mut self, plan: Plan, found_at: impl FnOnce() -> String) -> Option<Found> {
        let ran = self.run(&plan);
        found(&ran, &plan, found_at)
    }

    fn run(&mut self, plan: &Plan) -> Ran {
        let host = if self.isolated { self.hosts.isolated() } else { self.hosts.shared() };
        let ran = run(host, self.requirement, self.seed, plan, Wanted::default());
        self.schedules += 1;
        self.steps += ran.steps;
        self.measured.clone_from(&ran.measured);
        self.story = ran.story;
        ran
    }

    /// Runs a failing plan again, isolated, and tells the simplest story of it. `None` if it does not fail there.
    fn confirm(&mut self, plan: &Plan, found_at: &str) -> Option<Judgement> {
        let simplest = self.simplest(plan)?;
        self.tell(&simplest, found_at).or_else(|| self.tell(plan, found_at))
    }

    /// The plan with as few unusual choices as still fail in the same way. `None` if it does not fail in a process per node.
    fn simplest(&mut self, plan: &Plan) -> Option<Plan> {
        if self.isolated && plan.order == Order::Timed {
            return Some(plan.clone());
        }
        let ran = run(self.hosts.isolated(), self.requirement, self.seed, plan, Wanted::default());
        let summary = match ran.end {
            End::Outcome(Ok(())) => return None,
            End::Outcome(Err(complaint)) if plan.order != Order::Timed => complaint.summary,
            _ => return Some(plan.clone()),
        };
        let taped = |tape: &Tape| Plan { tape: Some(tape.clone()), ..plan.clone() };
        let tape = shrink(&ran.tape, |tape| {
            let host = if self.isolated { self.hosts.isolated() } else { self.hosts.shared() };
            let ran = run(host, self.requirement, self.seed, &taped(tape), Wanted::default());
            let work = ran.work();
            let fails = matches!(ran.end, End::Outcome(Err(complaint)) if complaint.summary == summary);
            Tried { fails, work }
        });
        Some(taped(&tape))
    }

    /// Runs a plan, isolated, for its history. `None` if it does not fail.
    fn tell(&mut self, plan: &Plan, found_at: &str) -> Option<Judgement> {
        let wanted = Wanted { history: self.story, trace: false };
        let ran = run(self.hosts.isolated(), self.requirement, self.seed, plan, wanted);
        match ran.end {
            End::Outcome(Ok(())) => None,
            End::Outcome(Err(complaint)) => Some(self.failed(complaint, ran.history, plan, found_at)),
            End::Broken(why) => Some(self.broken(&why)),
        }
    }

    fn failed(&self, complaint: Complaint, history: History, plan: &Plan, found_at: &str) -> Judgement {
        let Complaint { summary, expected, observed } = complaint;
        let (found_at, replay) = (found_at.to_owned(), self.token(plan));
        let told = Counterexample { summary, expected, observed, found_at, history, replay };
        self.judgement(self.requirement.unmet(), Some(told))
    }

    fn token(&self, plan: &Plan) -> String {
        Token { requirement: self.requirement.id.to_owned(), seed: self.seed, plan: plan.clone() }.to_string()
    }

    /// A failure that will not fail again is no proof of anything but nondeterminism.
    fn unrepeatable(&self, plan: &Plan, found_at: String) -> Judgement {
        let told = Counterexample {
            summary: "a run failed, and passed when it was repeated".to_owned(),
            expected: "the same run gives the same result: randomness, time and order come from `env`"
                .to_owned(),
            observed: "the program drew on something else (addresses, threads, the outside)".to_owned(),
            found_at,
            history: History::default(),
            replay: self.token(plan),
        };
        self.judgement(Verdict::Inconclusive, Some(told))
    }

    fn broken(&self, why: &str) -> Judgement {
        let told = Counterexample {
            summary: "the grader cannot tell".to_owned(),
            expected: "a machine that lets the program run".to_owned(),
            observed: why.to_owned(),
            found_at: String::new(),
            history: History::default(),
            replay: String::new(),
        };
        self.judgement(Verdict::Inconclusive, Some(told))
    }

    fn judgement(&self, verdict: Verdict, counterexample: Option<Counterexample>) -> Judgement {
        Judgement {
            schedules: self.schedules,
            steps: self.steps,
            measured: self.measured.clone(),
            counterexample,
            ..self.requirement.judgement(verdict)
        }
    }
}

/// The first run is timed, as plain as can be; then strategies take turns. Which of them finds a mistake first depends on
/// the mistake: latencies find what a slow hop is enough for, priorities what needs one party to wait for long, a walk the rest.
fn order(number: u64) -> Order {
    match number % 4 {
        0 => Order::Timed,
        1 | 3 => Order::Walk,
        _ => Order::Pct,
    }
}

fn found(ran: &Ran, plan: &Plan, found_at: impl FnOnce() -> String) -> Option<Found> {
    match &ran.end {
        End::Outcome(Ok(())) => None,
        End::Outcome(Err(_)) => Some(Found::Wrong { plan: plan.clone(), found_at: found_at() }),
        End::Broken(why) => Some(Found::Broken(why.clone())),
    }
}
