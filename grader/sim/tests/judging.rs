//! The judge on a toy contract with known mistakes: each is found, told and replayed, and the right one passes.

use futures_util::join;
use kata::Failure;
use kata_check::{Judgement, Outcome, Verdict, ensure};
use kata_sim::{Datacentre, Expect, InProcess, Judge, plan::Token, requirement};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

/// What the toy's node does wrong.
#[kata::data]
pub enum Mistake {
    /// Nothing.
    None,
    /// Reads the total and writes it plus one.
    ReadsThenWrites,
    /// Answers before it has written.
    AnswersFirst,
    /// Adds again after a lost answer.
    RepeatsBlindly,
    /// Waits for what never comes.
    NeverReturns,
    /// Asks in a loop that never waits.
    AsksWithoutEnd,
}

/// Configures the toy.
#[kata::data]
pub struct Config {
    /// What the node does wrong.
    pub mistake: Mistake,
}

/// Why the toy fails.
#[kata::error]
pub enum ToyError {
    /// The infrastructure failed.
    Failed(Failure),
}

/// Counts.
#[kata::contract(config = Config, ports(table, clock))]
pub trait Toy {
    /// Adds one and remembers that `request` did.
    async fn add(&self, request: u64) -> Result<(), ToyError>;
    /// How many have been added.
    async fn total(&self) -> Result<i64, ToyError>;
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Count {
    total: i64,
}

struct Node {
    mistake: Mistake,
    clock: kata::Clock,
    counts: kata::Table<Count>,
}

impl Toy for Node {
    async fn open(env: Env, config: Config) -> Result<Self, kata::OpenError> {
        Ok(Node { mistake: config.mistake, clock: env.clock(), counts: env.table("counts") })
    }

    async fn background(self: Arc<Self>) {
        if self.mistake == Mistake::AsksWithoutEnd {
            loop {
                let _ = self.counts.get("all").await;
            }
        }
    }

    async fn add(&self, request: u64) -> Result<(), ToyError> {
        match self.mistake {
            Mistake::ReadsThenWrites => {
                let total = self.total().await?;
                self.counts.put("all", &Count { total: total + 1 }).await?;
            }
            Mistake::AnswersFirst => {
                let counts = self.counts.clone();
                tokio::spawn(async move { counts.add("all", "total", 1).await });
            }
            Mistake::RepeatsBlindly => {
                while self.counts.add("all", "total", 1).await.is_err() {
                    self.clock.sleep(Duration::from_millis(10)).await;
                }
            }
            Mistake::NeverReturns => pending().await,
            Mistake::None | Mistake::AsksWithoutEnd => {
                self.counts.put(format!("request-{request}"), &Count { total: 1 }).await?;
            }
        }
        Ok(())
    }

    async fn total(&self) -> Result<i64, ToyError> {
        let mut total = 0;
        for key in ["all", "request-1", "request-2"] {
            total += self.counts.get(key).await?.map_or(0, |item| item.value.total);
        }
        Ok(total)
    }
}

macro_rules! deploy {
    ($dc:expr, $mistake:ident) => {{
        $dc.deploy::<ToyClient>(2, Config { mistake: Mistake::$mistake }).await;
        $dc.client::<ToyClient>("ana")
    }};
}

async fn two_at_once(dc: &Datacentre, toy: &ToyClient) -> Outcome {
    let bo = dc.client::<ToyClient>("bo");
    let (a, b) = join!(toy.add(1), bo.add(2));
    let certain = i64::from(a.is_ok()) + i64::from(b.is_ok());
    dc.heal().await;
    dc.sleep(Duration::from_secs(8)).await;
    let total = toy.total().await.expect_ok("ana's total")?;
    ensure!(total >= certain && total <= 2, "an addition was lost", "{certain} to 2", "{total}");
    Ok(())
}

/// The right one, under everything.
#[requirement(stage = "toy", level = faults, points = 1, schedules = 200, sweep = [crashes, double_crashes, lost_answers, late_effects, outages])]
async fn right(dc: &Datacentre) -> Outcome {
    let toy = deploy!(dc, None);
    two_at_once(dc, &toy).await
}

/// Two read the same total.
#[requirement(stage = "toy", level = concurrency, points = 1, schedules = 200)]
async fn reads_then_writes(dc: &Datacentre) -> Outcome {
    let toy = deploy!(dc, ReadsThenWrites);
    two_at_once(dc, &toy).await
}

/// A crash between the answer and the write.
#[requirement(stage = "toy", level = faults, points = 1, schedules = 1, sweep = crashes)]
async fn answers_first(dc: &Datacentre) -> Outcome {
    let toy = deploy!(dc, AnswersFirst);
    let added = toy.add(1).await;
    dc.heal().await;
    let total = toy.total().await.expect_ok("ana's total")?;
    ensure!(total == 1 || !added.is_ok(), "an acknowledged addition was lost", "1", "{total}");
    Ok(())
}

/// A lost answer counted twice.
#[requirement(stage = "toy", level = faults, points = 1, schedules = 1, sweep = lost_answers)]
async fn repeats_blindly(dc: &Datacentre) -> Outcome {
    let toy = deploy!(dc, RepeatsBlindly);
    two_at_once(dc, &toy).await
}

/// A call that nothing will end.
#[requirement(stage = "toy", level = acceptance, points = 1)]
async fn never_returns(dc: &Datacentre) -> Outcome {
    let toy = deploy!(dc, NeverReturns);
    toy.add(1).await.expect_ok("ana's add")
}

/// A loop that never waits.
#[requirement(stage = "toy", level = acceptance, points = 1)]
async fn asks_without_end(dc: &Datacentre) -> Outcome {
    let _toy = deploy!(dc, AsksWithoutEnd);
    dc.sleep(Duration::from_secs(1_000)).await;
    Ok(())
}

fn judge(requirement: &kata_sim::Requirement, seed: u64) -> Judgement {
    let mut host = InProcess::new(vec![kata::runtime::role::<ToyContract<Node>>()]);
    Judge::new(&mut host, seed).judge(requirement)
}

#[test]
fn the_right_one_passes() {
    for seed in 1..=5 {
        let judgement = judge(&right(), seed);
        assert_eq!(judgement.verdict, Verdict::Pass, "{judgement:#?}");
        assert!(judgement.schedules > 220, "sweeps ran: {}", judgement.schedules);
    }
}

#[test]
fn every_mistake_is_found_and_told() {
    let cases: [(kata_sim::Requirement, &str); 5] = [
        (reads_then_writes(), "an addition was lost"),
        (answers_first(), "an acknowledged addition was lost"),
        (repeats_blindly(), "an addition was lost"),
        (never_returns(), "deadlock: nothing is in flight and nothing will happen"),
        (asks_without_end(), "the program asks without end"),
    ];
    for (requirement, summary) in cases {
        let judgement = judge(&requirement, 7);
        assert_eq!(judgement.verdict, Verdict::Fail, "{}: {judgement:#?}", requirement.id);
        let told = judgement.counterexample.as_ref().expect("a failure tells why");
        assert_eq!(told.summary, summary, "{}", requirement.id);
        assert!(!told.history.0.is_empty());
    }
}

#[test]
fn one_seed_one_judgement_and_its_token_replays_it() {
    let first = judge(&reads_then_writes(), 7);
    assert_eq!(first, judge(&reads_then_writes(), 7));
    let told = first.counterexample.expect("it fails");
    let token: Token = told.replay.parse().expect("the token reads back");
    let mut host = InProcess::new(vec![kata::runtime::role::<ToyContract<Node>>()]);
    let replayed = Judge::new(&mut host, token.seed).replay(&reads_then_writes(), &token.plan);
    let again = replayed.counterexample.expect("it fails again");
    assert_eq!((again.history, again.observed), (told.history, told.observed));
}

/// The judgement of a requirement that failed in the run `failed` before.
fn judge_after(requirement: &kata_sim::Requirement, failed: &str) -> Judgement {
    let token: Token = failed.parse().expect("a token");
    let mut host = InProcess::new(vec![kata::runtime::role::<ToyContract<Node>>()]);
    Judge::new(&mut host, token.seed).judge_after(requirement, &token.plan)
}

#[test]
fn the_run_that_failed_last_time_comes_first() {
    let first = judge(&reads_then_writes(), 7);
    let told = first.counterexample.expect("it fails");
    let again = judge_after(&reads_then_writes(), &told.replay);
    assert_eq!((again.verdict, again.schedules), (Verdict::Fail, 1));
    let found_at = "the run that failed last time".to_owned();
    assert_eq!(again.counterexample, Some(kata_check::Counterexample { found_at, ..told }));
}

#[test]
fn a_run_that_fails_no_more_changes_no_verdict() {
    let passes = judge(&right(), 7);
    // A run of another program: choices that this one does not have, a point behind its end, a sweep that is not its own.
    for (failed, runs) in [("w5~1.1,90000.3", 1), ("t4294967296-crash90000", 1), ("t0-rebalance1", 0)] {
        let after = judge_after(&right(), &format!("right@7:{failed}"));
        assert_eq!((after.verdict, after.schedules), (Verdict::Pass, passes.schedules + runs), "{failed}");
    }
    let after = judge_after(&answers_first(), "answers_first@7:t0");
    assert_eq!(after.counterexample, judge(&answers_first(), 7).counterexample);
}
