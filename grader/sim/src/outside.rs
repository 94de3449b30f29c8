//! Services outside of the simulation: real ones, that answer in their own time.
//!
//! A run with an [`Outside`] is the same scenario in the same world. Nodes' requests are handed out instead of being answered by
//! models, nothing takes time on its way, and what time it is is said from outside. Such a run cannot be repeated, so it is
//! judged as it went: [`judge_outside`].

use crate::host::Host;
use crate::requirement::Requirement;
use crate::run::{End, run_outside};
use kata_check::{Complaint, Counterexample, History, Judgement, Verdict};
use kata_ports::{NodeId, Port, Reply, Request, Time, Trouble};

/// Real services, and a real clock.
pub trait Outside {
    /// What time it is.
    fn now(&mut self) -> Time;

    /// Takes a request of a node to its service. Its answer comes out of [`wait`](Outside::wait), sooner or later or never.
    fn ask(&mut self, number: u64, from: NodeId, request: &Request);

    /// The next answer and the number that its request had; nothing if none came until `until`.
    fn wait(&mut self, until: Time) -> Option<(u64, Result<Reply, Trouble>)>;

    /// Whether the service behind a port can be stopped for real in that way.
    fn can_stop(&self, port: &Port, stop: Stop) -> bool;

    /// Does something to the services, and returns when it is done. Fails with what went wrong if it cannot be.
    fn act(&mut self, deed: Deed) -> Result<(), String>;
}

/// Something that a scenario does to services.
pub enum Deed {
    /// A node crashed: its connections are gone.
    Crashed(NodeId),
    /// The cache keeps only the keys that this says.
    EvictCache(Box<dyn Fn(&str) -> bool + Send + Sync>),
    /// Every consumer group of the log hands its partitions out anew.
    Rebalance,
    /// Every connection that listens to channels breaks.
    BreakSubscriptions,
    /// Everything that a queue has handed out is handed out again.
    Redeliver,
    /// Everything in stores marked as derived is gone.
    WipeDerived,
    /// A service stops.
    Stop(Port, Stop),
    /// A service that was stopped goes on, and answers when this is done.
    Resume(Port, Stop),
}

/// How a service stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It is killed: what it holds in memory is gone, and it refuses connections.
    Killed,
    /// It stands still: nothing is refused and nothing is answered. What arrived may take effect once it goes on.
    Paused,
}

/// Judges a requirement by one run on real services.
pub fn judge_outside(
    host: &mut dyn Host,
    requirement: &Requirement,
    seed: u64,
    outside: Box<dyn Outside>,
) -> Judgement {
    let ran = run_outside(host, requirement, seed, outside);
    let told = |Complaint { summary, expected, observed }, history| {
        // Time is real, so no token leads here again.
        let (found_at, replay) = ("a run on real services".to_owned(), String::new());
        Some(Counterexample { summary, expected, observed, found_at, history, replay })
    };
    let (verdict, counterexample) = match (ran.ran.end, ran.doubt) {
        (End::Outcome(Ok(())), _) => (Verdict::Pass, None),
        (End::Outcome(Err(complaint)), None) => (requirement.unmet(), told(complaint, ran.ran.history)),
        (End::Outcome(Err(complaint)), Some(doubt)) => {
            let observed = format!("{} (but {doubt}, so this says little)", complaint.observed);
            (Verdict::Inconclusive, told(Complaint { observed, ..complaint }, ran.ran.history))
        }
        (End::Broken(why), _) => {
            let cannot = Complaint::new(
                "the grader cannot tell",
                "services and a machine that let the program run",
                why,
            );
            (Verdict::Inconclusive, told(cannot, History::default()))
        }
    };
    Judgement {
        schedules: 1,
        steps: ran.ran.steps,
        measured: ran.ran.measured,
        counterexample,
        ..requirement.judgement(verdict)
    }
}
