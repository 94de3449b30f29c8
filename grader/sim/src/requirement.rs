//! A requirement: one promise of a contract, and how to judge it.

use crate::Datacentre;
use kata_check::{Judgement, Level, Outcome, Verdict};
use std::future::Future;
use std::pin::Pin;

/// One promise of a contract: a scenario that a right solution survives under every schedule.
///
/// Written with [`macro@crate::requirement`].
#[derive(Clone, Copy)]
pub struct Requirement {
    /// The name that people type: a behaviour.
    pub id: &'static str,
    /// The stage in which a learner meets it; the id of a [`Stage`] of its suite.
    pub stage: &'static str,
    /// How it is judged.
    pub level: Level,
    /// Whether it runs threads or measures in real time. It is then judged alone, by one run.
    pub native: bool,
    /// What it is worth.
    pub points: u32,
    /// Whether that comes on top: a solution that does not meet it lacks nothing that the contract demands.
    pub bonus: bool,
    /// What it demands, as told to people. Markdown.
    pub story: &'static str,
    /// How much is spent on it.
    pub budget: Budget,
    /// What a client does, and what must hold.
    pub scenario: Scenario,
}

impl Requirement {
    /// What it says with this verdict, before anything ran: nothing measured, no counterexample.
    pub fn judgement(&self, verdict: Verdict) -> Judgement {
        Judgement {
            id: self.id.to_owned(),
            stage: self.stage.to_owned(),
            level: self.level,
            verdict,
            points: self.points,
            bonus: self.bonus,
            earned: if verdict == Verdict::Pass { self.points } else { 0 },
            schedules: 0,
            steps: 0,
            // Real time is the caller's to measure.
            seconds: 0.0,
            measured: None,
            counterexample: None,
        }
    }

    /// What it says of a submission that does not meet it.
    pub(crate) fn unmet(&self) -> Verdict {
        if self.bonus { Verdict::Missed } else { Verdict::Fail }
    }
}

/// The body of a requirement.
pub type Scenario = for<'a> fn(&'a Datacentre) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// How much is spent on a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Schedules without sweeps: the first timed, the rest alternately explored and timed.
    pub schedules: u64,
    /// What is tried at every point of an undisturbed run.
    pub sweeps: &'static [Sweep],
    /// The most points that one sweep tries; beyond it they are sampled evenly.
    pub points_max: u64,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { schedules: 20, sweeps: &[], points_max: 400 }
    }
}

/// One disturbance, tried once per point of a run: the run is made undisturbed first to count the points, then once for
/// each of them. Points lie between the end of `deploy` and `heal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sweep {
    /// A node crashes right after one of its steps, and starts again a little later. What it had asked still arrives; where
    /// there was something, [`Sweep::CutOffs`] is tried as well.
    Crashes,
    /// The same, but what the node had asked and had not arrived yet is lost with it.
    CutOffs,
    /// A node crashes after one of its steps, and again within its first ten steps after it started: recovery must
    /// survive, too.
    DoubleCrashes,
    /// A request takes effect but its answer is lost.
    LostAnswers,
    /// A request times out first and takes effect long after.
    LateEffects,
    /// The service that a request goes to is down from that request on, for up to 3 s.
    Outages,
    /// The cache loses everything, between two steps.
    CacheLosses,
    /// All consumer groups of the log are rebalanced, between two steps.
    Rebalances,
    /// Every connection that listens to channels breaks, between two steps.
    Disconnections,
}

/// What a sweep's points are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Points {
    /// Steps of nodes.
    Steps,
    /// Requests of nodes.
    Requests,
}

impl Sweep {
    /// All sweeps.
    pub const ALL: [Sweep; 9] = [
        Sweep::Crashes,
        Sweep::CutOffs,
        Sweep::DoubleCrashes,
        Sweep::LostAnswers,
        Sweep::LateEffects,
        Sweep::Outages,
        Sweep::CacheLosses,
        Sweep::Rebalances,
        Sweep::Disconnections,
    ];

    /// The word in replay tokens.
    pub const fn word(self) -> &'static str {
        match self {
            Sweep::Crashes => "crash",
            Sweep::CutOffs => "cut",
            Sweep::DoubleCrashes => "twice",
            Sweep::LostAnswers => "lost",
            Sweep::LateEffects => "late",
            Sweep::Outages => "outage",
            Sweep::CacheLosses => "cacheloss",
            Sweep::Rebalances => "rebalance",
            Sweep::Disconnections => "disconnect",
        }
    }

    pub(crate) const fn points(self) -> Points {
        match self {
            Sweep::Crashes
            | Sweep::CutOffs
            | Sweep::DoubleCrashes
            | Sweep::CacheLosses
            | Sweep::Rebalances
            | Sweep::Disconnections => Points::Steps,
            Sweep::LostAnswers | Sweep::LateEffects | Sweep::Outages => Points::Requests,
        }
    }

    /// The disturbance at point `point` of `points`, as people read it.
    pub(crate) fn found_at(self, point: u64, points: u64) -> String {
        match self {
            Sweep::Crashes | Sweep::CutOffs => format!("crash after step {point} of {points}"),
            Sweep::DoubleCrashes => format!("crash after step {point} of {points}, and again"),
            Sweep::Outages => format!("outage from request {point} of {points} on"),
            Sweep::LostAnswers => format!("answer {point} of {points} lost"),
            Sweep::LateEffects => format!("request {point} of {points} late"),
            Sweep::CacheLosses => format!("cache lost after step {point} of {points}"),
            Sweep::Rebalances => format!("rebalance after step {point} of {points}"),
            Sweep::Disconnections => format!("listeners cut off after step {point} of {points}"),
        }
    }
}

/// A step of a learner's way through a kata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The id that requirements name and people type, in kebab case.
    pub id: &'static str,
    /// The story in one sentence.
    pub story: &'static str,
}

/// All requirements of one kata, in the order a learner meets them.
#[derive(Clone)]
pub struct Suite {
    /// The kata's id.
    pub kata: &'static str,
    /// The contract's trait and its hash, which a submission must match.
    pub contract: (&'static str, u64),
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// The requirements; those of one stage stand together.
    pub requirements: Vec<Requirement>,
}

impl Suite {
    /// Whether submissions are compiled for speed: some requirement is native.
    pub fn is_native(&self) -> bool {
        self.requirements.iter().any(|requirement| requirement.native)
    }
}
