//! How fast a solution is in real time: it and a yardstick take turns at the same work.

use crate::Datacentre;
use crate::batch::{BatchChannel, Target};
use kata::client::Client;
use kata::runtime::RoleEntry;
use kata_check::measured::Speed;
use kata_check::speed::{Ratio, Round, Rounds};
use kata_check::{Complaint, Outcome, Verdict};
use kata_ports::NodeId;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// CPU time of a batch before the yardstick has shown what is usual.
const WARM_UP_CPU_MAX: Duration = Duration::from_secs(20);
/// A batch that uses so many times the CPU time that the bound allows will never come near it.
const BEYOND_HOPE: f64 = 40.0;
/// Shorter limits than this would be about the machine.
const CPU_MAX_LEAST: Duration = Duration::from_secs(2);

/// A solution that is part of the grader.
pub struct Yardstick {
    pub(crate) name: &'static str,
    pub(crate) entry: RoleEntry,
    pub(crate) config: Vec<u8>,
}

impl Yardstick {
    /// The yardstick called `name` (a crate and its version, say): `kata::runtime::role::<BloomFilterContract<Fastbloom>>()`.
    pub fn new(name: &'static str, entry: RoleEntry) -> Yardstick {
        Yardstick { name, entry, config: Vec::new() }
    }
}

/// A race between the solution and a yardstick.
pub struct Race {
    /// What is done, in the plural: `inserts and look-ups`.
    pub name: &'static str,
    /// Against whom.
    pub yardstick: Yardstick,
    /// How many calls run at once, each on a thread of its own.
    pub threads: u16,
    /// How many operations a round has, those of all threads together. A round should take the yardstick about 10 ms or
    /// more, beside which starting threads is nothing.
    pub operations: u64,
    /// How many times as long as the yardstick a solution may take.
    pub ratio_max: f64,
}

impl Race {
    /// Runs rounds until it is clear on which side of the bound the solution is. `work` does the work of the round with that
    /// number, in one call per thread, all under way at once, and says what is wrong with the answers. Each side does it
    /// on a fresh node, one after the other; who begins alternates.
    ///
    /// # Errors
    ///
    /// What `work` complains of, or that the solution is too slow. A machine too noisy to tell is no complaint; the
    /// requirement is then inconclusive.
    ///
    /// # Panics
    ///
    /// If the yardstick does the work wrong.
    pub async fn run<C: Client>(
        self,
        dc: &Datacentre,
        config: C::Config,
        work: impl AsyncFn(C, u64) -> Outcome,
    ) -> Outcome {
        let Race { name, yardstick, threads, operations, ratio_max } = self;
        let config = postcard::to_stdvec(&config).expect("a contract's configuration encodes");
        let yardstick = Rc::new(Yardstick { config: config.clone(), ..yardstick });
        dc.deploy_encoded::<C>(1, config).await;
        let mut track =
            Track { dc, yardstick: Rc::clone(&yardstick), threads, cpu_max: WARM_UP_CPU_MAX, work };
        // Both are warm before anything counts, and the yardstick has shown what is usual.
        let usual = track.yardstick(0).await;
        let allowed = usual.mul_f64(ratio_max * BEYOND_HOPE * f64::from(threads));
        track.cpu_max = allowed.max(CPU_MAX_LEAST);
        track.solution(0).await?;
        let mut rounds = Rounds::new();
        let verdict = loop {
            let number = rounds.len() as u64 + 1;
            let round = if number.is_multiple_of(2) {
                let solution = track.solution(number).await?;
                Round { solution, yardstick: track.yardstick(number).await }
            } else {
                let yardstick = track.yardstick(number).await;
                Round { solution: track.solution(number).await?, yardstick }
            };
            rounds.add(round);
            if let Some(verdict) = rounds.verdict(ratio_max) {
                break verdict;
            }
        };
        let speed = speed(name, yardstick.name, threads, operations, &rounds, ratio_max);
        let (against, ratio) =
            (yardstick.name, Ratio { low: speed.ratio_low, median: speed.ratio, high: speed.ratio_high });
        dc.world.borrow_mut().speeds.push(speed);
        match verdict {
            Verdict::Fail => Err(too_slow(name, against, ratio, ratio_max)),
            Verdict::Inconclusive => {
                dc.world.borrow_mut().undecided =
                    Some(unclear(name, against, ratio, ratio_max, rounds.len()));
                Ok(())
            }
            Verdict::Pass | Verdict::Missed | Verdict::Skipped => Ok(()),
        }
    }
}

/// Both sides' turns.
struct Track<'a, W> {
    dc: &'a Datacentre,
    yardstick: Rc<Yardstick>,
    threads: u16,
    cpu_max: Duration,
    work: W,
}

impl<W> Track<'_, W> {
    async fn solution<C: Client>(&self, round: u64) -> Result<Duration, Complaint>
    where
        W: AsyncFn(C, u64) -> Outcome,
    {
        const NODE: NodeId = NodeId(0);
        if round > 0 {
            self.dc.crash(NODE);
            self.dc.restart(NODE).await;
        }
        self.take(Target::Node(NODE), round).await
    }

    async fn yardstick<C: Client>(&self, round: u64) -> Duration
    where
        W: AsyncFn(C, u64) -> Outcome,
    {
        let took = self.take(Target::Yardstick(Rc::clone(&self.yardstick)), round).await;
        took.unwrap_or_else(|wrong| panic!("the yardstick {} is wrong: {wrong:?}", self.yardstick.name))
    }

    async fn take<C: Client>(&self, to: Target, round: u64) -> Result<Duration, Complaint>
    where
        W: AsyncFn(C, u64) -> Outcome,
    {
        let channel = BatchChannel::new(Rc::clone(&self.dc.world), to, self.threads.into(), self.cpu_max);
        let took: Rc<Cell<Duration>> = Rc::clone(&channel.took);
        (self.work)(C::new(Rc::new(channel)), round).await?;
        Ok(took.get())
    }
}

fn speed(
    name: &str,
    yardstick: &str,
    threads: u16,
    operations: u64,
    rounds: &Rounds,
    ratio_max: f64,
) -> Speed {
    let (ratio, typical) = (rounds.ratio(), rounds.typical());
    let per_second = |took: Duration| (operations as f64 / took.as_secs_f64().max(1e-9)) as u64;
    Speed {
        name: name.to_owned(),
        yardstick: yardstick.to_owned(),
        threads,
        operations,
        rounds: u32::try_from(rounds.len()).unwrap_or(u32::MAX),
        ratio: ratio.median,
        ratio_low: ratio.low,
        ratio_high: ratio.high,
        ratio_max,
        per_second: per_second(typical.solution),
        yardstick_per_second: per_second(typical.yardstick),
    }
}

fn too_slow(name: &str, against: &str, ratio: Ratio, ratio_max: f64) -> Complaint {
    Complaint::new(
        format!("{name} are too slow"),
        format!("at most {ratio_max} times the time of {against}"),
        format!(
            "{:.1} times ({:.1} to {:.1}), both in turns on this machine",
            ratio.median, ratio.low, ratio.high
        ),
    )
}

fn unclear(name: &str, against: &str, ratio: Ratio, ratio_max: f64, rounds: usize) -> String {
    format!(
        "{name} take {:.1} to {:.1} times as long as {against}, and {ratio_max} is the bound: {rounds} rounds do not tell on \
         which side they are, on a machine as busy as this",
        ratio.low, ratio.high
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_those_of_the_usual_round() {
        let mut rounds = Rounds::new();
        for solution in [20, 30, 900] {
            rounds.add(Round {
                solution: Duration::from_millis(solution),
                yardstick: Duration::from_millis(10),
            });
        }
        let speed = speed("inserts", "fastbloom", 2, 3_000, &rounds, 4.0);
        assert_eq!((speed.per_second, speed.yardstick_per_second), (100_000, 300_000));
        assert_eq!((speed.ratio_low, speed.ratio, speed.ratio_high, speed.rounds), (2.0, 3.0, 90.0, 3));
    }
}
