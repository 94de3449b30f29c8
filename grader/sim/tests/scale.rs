//! Level `scale` on a toy contract: capacity, queues, refusals and figures are those of theory.

use futures_util::future::join;
use kata::Failure;
use kata_check::{Judgement, Measured, Outcome, Verdict, ensure, measured};
use kata_sim::{Arrivals, Datacentre, InProcess, Judge, NodeId, Requirement, requirement};
use std::cell::Cell;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Configures the toy.
#[kata::data]
pub struct Config {}

/// Why the toy fails.
#[kata::error]
pub enum ToyError {
    /// The infrastructure failed.
    Failed(Failure),
}

/// Does one thing each.
#[kata::contract(config = Config, ports(table, cache))]
pub trait Toy {
    /// Nothing.
    async fn nothing(&self) -> Result<(), ToyError>;
    /// Adds to the one row that there is.
    async fn hot(&self) -> Result<(), ToyError>;
    /// Adds to a row of its own.
    async fn spread(&self, row: u64) -> Result<(), ToyError>;
    /// Looks something up.
    async fn lookup(&self, key: u64) -> Result<(), ToyError>;
}

struct Node {
    rows: kata::Table<i64>,
    cache: kata::Cache,
}

impl Toy for Node {
    async fn open(env: Env, _config: Config) -> Result<Self, kata::OpenError> {
        Ok(Node { rows: env.table("rows"), cache: env.cache() })
    }

    async fn nothing(&self) -> Result<(), ToyError> {
        Ok(())
    }

    async fn hot(&self) -> Result<(), ToyError> {
        self.rows.add("hot", "", 1).await?;
        Ok(())
    }

    async fn spread(&self, row: u64) -> Result<(), ToyError> {
        self.rows.add(row.to_string(), "", 1).await?;
        Ok(())
    }

    async fn lookup(&self, key: u64) -> Result<(), ToyError> {
        let key = key.to_string();
        if self.cache.get::<u64>(&key).await.is_ok_and(|found| found.is_none()) {
            let _ = self.cache.set(&key, &1).await;
        }
        Ok(())
    }
}

async fn deploy(dc: &Datacentre, nodes: u16) -> ToyClient {
    dc.deploy::<ToyClient>(nodes, Config {}).await;
    dc.client::<ToyClient>("ana")
}

fn within(found: f64, expected: f64, share: f64) -> bool {
    (found / expected - 1.0).abs() <= share
}

fn place<'a>(measured: &'a Measured, store: &str, what: &str) -> &'a measured::Place {
    let found = measured.places.iter().find(|place| place.store == store && place.what == what);
    found.unwrap_or_else(|| panic!("no {what} of {store} in {:?}", measured.places))
}

/// A row serves a thousand writes a second, and no more.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn a_hot_row_serves_a_thousand(dc: &Datacentre) -> Outcome {
    let toy = deploy(dc, 4).await;
    let arrivals = Arrivals::poisson(2_000, 3 * SECOND);
    let served = dc.load("additions", arrivals).run(async |_| Ok(toy.hot().await.is_ok())).await?;
    let per_second = served.served() as f64 / 3.0;
    ensure!(within(per_second, 1_000.0, 0.03), "another rate", "1,000", "{per_second}");
    let row = place(served.measured(), "table rows", "writes");
    ensure!((980..=1_000).contains(&row.busy_per_mille), "not busy", "always", "{row:?}");
    ensure!(row.refused > 2_500, "it refuses too little", "half of 6,000", "{row:?}");
    served.p99_within(SECOND, "a test")
}

/// Who is refused tries again until it is not: nobody fails, and yet the row is asked for more than it can do.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn a_hot_row_refuses_whoever_comes_again(dc: &Datacentre) -> Outcome {
    let toy = deploy(dc, 4).await;
    let load = dc.load("additions", Arrivals::poisson(1_200, SECOND));
    let served = load
        .run(async |_| {
            while !toy.hot().await.is_ok() {
                dc.sleep(Duration::from_millis(10)).await;
            }
            Ok(true)
        })
        .await?;
    served.p99_within(SECOND, "a test")?;
    served.within_limits()
}

/// The same load on rows of their own is no load.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn rows_of_their_own_serve_all(dc: &Datacentre) -> Outcome {
    let toy = deploy(dc, 4).await;
    let arrivals = Arrivals::poisson(2_000, 3 * SECOND);
    let load = dc.load("additions", arrivals);
    let served = load.run(async |visitor| Ok(toy.spread(visitor.number).await.is_ok())).await?;
    ensure!(served.served() == served.offered(), "some failed", "none", "some");
    let row = place(served.measured(), "table rows", "writes");
    ensure!(row.of == served.offered(), "another number of rows", "one each", "{row:?}");
    served.within_limits()?;
    served.p99_within(Duration::from_millis(20), "a test")
}

/// A core takes 50 us a call. As many visits are under way as come while one lasts (Little), and the core is as busy as its
/// work makes it.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn a_core_is_a_queue(dc: &Datacentre) -> Outcome {
    let toy = deploy(dc, 1).await;
    let (inside, sum, samples) = (Cell::new(0_u64), Cell::new(0_u64), Cell::new(0_u64));
    let visits = dc.load("visits", Arrivals::poisson(15_000, 4 * SECOND)).run(async |_| {
        inside.set(inside.get() + 1);
        let answer = toy.nothing().await;
        inside.set(inside.get() - 1);
        Ok(answer.is_ok())
    });
    let looks = async {
        for _ in 0..20_000 {
            dc.sleep(Duration::from_micros(200)).await;
            sum.set(sum.get() + inside.get());
            samples.set(samples.get() + 1);
        }
    };
    let (served, ()) = join(visits, looks).await;
    let served = served?;
    let load = &served.measured().loads[0];
    let (inside, rate) = (sum.get() as f64 / samples.get() as f64, load.offered as f64 / 4.0);
    let mean_us = load.latency.mean_us as f64;
    ensure!(within(inside, rate * mean_us / 1e6, 0.02), "not Little's law", "{inside}", "{rate} * {mean_us}");
    let core = place(served.measured(), "node-1", "core");
    let work = rate * 50e-6 * 1e3;
    ensure!(within(core.busy_per_mille as f64, work, 0.02), "another utilisation", "{work}", "{core:?}");
    Ok(())
}

/// More than a core can do: it works all the time and not more, and nobody is forgotten.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn a_core_beyond_its_limit(dc: &Datacentre) -> Outcome {
    let toy = deploy(dc, 1).await;
    let arrivals = Arrivals::poisson(30_000, SECOND);
    let served = dc.load("visits", arrivals).run(async |_| Ok(toy.nothing().await.is_ok())).await?;
    let core = place(served.measured(), "node-1", "core");
    ensure!((990..=1_000).contains(&core.busy_per_mille), "another utilisation", "1,000", "{core:?}");
    ensure!(served.served() == served.offered(), "some failed", "none", "some");
    served.p99_within(Duration::from_millis(600), "a test")
}

/// A node crashes with calls in its inbox: their clients learn it, and everything goes on.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn a_crash_under_load(dc: &Datacentre) -> Outcome {
    let toy = deploy(dc, 2).await;
    let visits =
        dc.load("visits", Arrivals::poisson(42_000, SECOND)).run(async |_| Ok(toy.nothing().await.is_ok()));
    let crash = async {
        dc.sleep(SECOND / 2).await;
        dc.crash(NodeId(0));
        dc.sleep(SECOND / 10).await;
        dc.restart(NodeId(0)).await;
    };
    let (served, ()) = join(visits, crash).await;
    let served = served?;
    let failed = served.offered() - served.served();
    ensure!(failed > 0 && failed < 2_000, "another number of failures", "those in the inbox", "{failed}");
    Ok(())
}

/// What is looked up is there the second time.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn lookups_are_counted(dc: &Datacentre) -> Outcome {
    let toy = deploy(dc, 2).await;
    let load = dc.load("look-ups", Arrivals::poisson(1_000, 2 * SECOND)).warming_up(SECOND);
    let served = load.run(async |visitor| Ok(toy.lookup(visitor.draw("key") % 10).await.is_ok())).await?;
    let lookups = served.measured().lookups.unwrap_or_default();
    ensure!(lookups.all == lookups.found && lookups.all > 900, "others", "1,000 found", "{lookups:?}");
    let load = &served.measured().loads[0];
    ensure!(load.millis == 1_000, "another time", "a second without the warm-up", "{load:?}");
    // Who came in the warm-up and is served behind it is served then.
    let ended: u64 = load.slices.iter().map(|slice| slice.served).sum();
    ensure!(ended >= load.offered, "fewer ended than came", "all", "{ended} in {load:?}");
    Ok(())
}

fn judge(requirement: &Requirement, seed: u64) -> Judgement {
    let mut host = InProcess::new(vec![kata::runtime::role::<ToyContract<Node>>()]);
    Judge::new(&mut host, seed).judge(requirement)
}

#[track_caller]
fn passes(requirement: &Requirement) {
    for seed in 1..=2 {
        let judgement = judge(requirement, seed);
        assert_eq!(judgement.verdict, Verdict::Pass, "{:#?}", judgement.counterexample);
        for place in judgement.measured.expect("a load was measured").places {
            assert!(place.busy_per_mille <= 1_000, "{place:?}");
        }
    }
}

#[test]
fn rows_have_a_limit_each() {
    passes(&rows_of_their_own_serve_all());
    let judgement = judge(&a_hot_row_serves_a_thousand(), 1);
    let told = judgement.counterexample.unwrap();
    assert_eq!(told.summary, "additions under load: too many fail");
    assert!(
        told.observed.contains("table rows/hot: its writes (1000 a second is all it can)"),
        "{}",
        told.observed
    );
    // The story is that of one who failed.
    let story: Vec<String> =
        told.history.0.iter().map(|line| format!("{} {}", line.what, line.outcome)).collect();
    assert!(story.iter().any(|line| line.contains("throttled")), "{story:?}");
    assert!(story.len() < 10, "{story:?}");
}

#[test]
fn who_lives_on_second_attempts_is_told() {
    let told = judge(&a_hot_row_refuses_whoever_comes_again(), 1).counterexample.unwrap();
    assert_eq!(told.summary, "table rows/hot is asked for more than it can do");
    assert!(told.observed.contains(" took ") && told.observed.contains(" and refused "), "{}", told.observed);
}

#[test]
fn cores_have_a_limit() {
    passes(&a_core_is_a_queue());
    passes(&a_core_beyond_its_limit());
}

#[test]
fn crashes_lose_what_was_not_taken() {
    passes(&a_crash_under_load());
}

#[test]
fn the_cache_is_seen_to_help() {
    passes(&lookups_are_counted());
}

#[test]
fn one_seed_gives_the_same_figures() {
    let measured = |seed| judge(&rows_of_their_own_serve_all(), seed).measured.unwrap();
    assert_eq!(measured(3), measured(3));
    assert_ne!(measured(3), measured(4));
}
