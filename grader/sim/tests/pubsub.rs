//! News between nodes in the simulated datacentre: it travels, it is lost with its connection, and it costs what the cache costs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use kata::{Failure, Listener};
use kata_check::{Judgement, Outcome, Verdict, ensure};
use kata_sim::rules::outage;
use kata_sim::{Arrivals, Datacentre, Expect, InProcess, Judge, Port, Requirement, requirement};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Configures the toy.
#[kata::data]
pub struct Config {
    /// Whether a node listens again when it was cut off, and looks up what it missed.
    pub recovers: bool,
}

/// Why the toy fails.
#[kata::error]
pub enum ToyError {
    /// The infrastructure failed.
    Failed(Failure),
}

/// Keeps words in a table, and tells all nodes of them.
#[kata::contract(config = Config, ports(table, pubsub, clock))]
pub trait Toy {
    /// Keeps a word; how many nodes heard of it at once.
    async fn say(&self, word: String) -> Result<u64, ToyError>;
    /// The words that this node knows.
    async fn knows(&self) -> Result<Vec<String>, ToyError>;
}

struct Node {
    env: Env,
    recovers: bool,
    words: kata::Table<String>,
    known: Mutex<BTreeSet<String>>,
    listener: Listener<String>,
}

impl Node {
    async fn listener(env: &Env) -> Option<Listener<String>> {
        let listener = env.pubsub().listen().await.ok()?;
        listener.subscribe("words").await.ok()?;
        Some(listener)
    }

    async fn look_up(&self) -> Option<()> {
        let words = self.words.query("all").all().await.ok()?;
        self.known.lock().unwrap().extend(words.into_iter().map(|item| item.value));
        Some(())
    }
}

impl Toy for Node {
    async fn open(env: Env, config: Config) -> Result<Self, kata::OpenError> {
        let listener = Node::listener(&env).await.ok_or_else(|| kata::OpenError::new("no news"))?;
        let (words, known) = (env.table("words"), Mutex::default());
        Ok(Node { env, recovers: config.recovers, words, known, listener })
    }

    async fn background(self: Arc<Self>) {
        let mut listener = self.listener.clone();
        let mut knows_all = self.look_up().await.is_some();
        loop {
            while self.recovers && !knows_all {
                self.env.clock().sleep(Duration::from_millis(50)).await;
                if let Some(again) = Node::listener(&self.env).await {
                    listener = again;
                    knows_all = self.look_up().await.is_some();
                }
            }
            match listener.next().await {
                Ok(heard) => drop(self.known.lock().unwrap().insert(heard.message)),
                Err(_) if self.recovers => knows_all = false,
                Err(_) => return,
            }
        }
    }

    async fn say(&self, word: String) -> Result<u64, ToyError> {
        self.words.put(("all".to_owned(), word.clone()), &word).await?;
        Ok(self.env.pubsub().publish("words", &word).await?)
    }

    async fn knows(&self) -> Result<Vec<String>, ToyError> {
        Ok(self.known.lock().unwrap().iter().cloned().collect())
    }
}

async fn everybody_knows(dc: &Datacentre, expected: &[&str]) -> Outcome {
    for node in dc.nodes() {
        let known = dc.client_at::<ToyClient>("bo", node).knows().await.expect_ok("what a node knows")?;
        ensure!(known == expected, "a node does not know all words", "{expected:?}", "{node}: {known:?}");
    }
    Ok(())
}

async fn say_two(dc: &Datacentre, recovers: bool) -> Outcome {
    dc.deploy::<ToyClient>(2, Config { recovers }).await;
    let ana = dc.client::<ToyClient>("ana");
    for word in ["one", "two"] {
        let _ = ana.say(word.to_owned()).await;
        dc.sleep(Duration::from_millis(100)).await;
    }
    dc.heal().await;
    dc.sleep(Duration::from_secs(3)).await;
    everybody_knows(dc, &["one", "two"]).await
}

/// Connections break at any moment, and a node that looks up what it missed knows everything.
#[requirement(stage = "toy", level = faults, points = 1, schedules = 20, sweep = disconnections)]
async fn who_recovers_misses_nothing(dc: &Datacentre) -> Outcome {
    say_two(dc, true).await
}

/// A node that trusts its connection misses what comes after it broke.
#[requirement(stage = "toy", level = faults, points = 1, schedules = 20, sweep = disconnections)]
async fn who_trusts_its_connection_misses_news(dc: &Datacentre) -> Outcome {
    say_two(dc, false).await
}

/// Nobody listens to a service that is down, nor by itself when it is back.
#[requirement(stage = "toy", level = faults, points = 1)]
async fn an_outage_breaks_connections(dc: &Datacentre) -> Outcome {
    dc.deploy::<ToyClient>(2, Config { recovers: false }).await;
    let ana = dc.client::<ToyClient>("ana");
    let heard = ana.say("one".to_owned()).await.expect_ok("a word")?;
    ensure!(heard == 2, "not everybody hears", "2", "{heard}");
    drop(dc.install(outage(Port::PubSub)));
    let heard = ana.say("two".to_owned()).await.expect_ok("a word")?;
    ensure!(heard == 0, "connections survive an outage", "0", "{heard}");
    Ok(())
}

/// A node crashes: it hears nothing more.
#[requirement(stage = "toy", level = faults, points = 1)]
async fn a_crash_ends_a_connection(dc: &Datacentre) -> Outcome {
    dc.deploy::<ToyClient>(2, Config { recovers: true }).await;
    dc.crash(dc.nodes()[1]);
    let heard = dc.client::<ToyClient>("ana").say("one".to_owned()).await.expect_ok("a word")?;
    ensure!(heard == 1, "who crashed still listens", "1", "{heard}");
    dc.restart(dc.nodes()[1]).await;
    dc.sleep(Duration::from_secs(1)).await;
    everybody_knows(dc, &["one"]).await
}

/// Five hundred words a second, to four nodes each: five commands of the cache's shard for every word.
#[requirement(stage = "toy", level = scale, points = 1)]
async fn news_costs_what_the_cache_costs(dc: &Datacentre) -> Outcome {
    dc.deploy::<ToyClient>(4, Config { recovers: true }).await;
    let load = dc.load("words", Arrivals::poisson(500, Duration::from_secs(1)));
    let load = load.warming_up(Duration::from_millis(200));
    let toy = dc.client::<ToyClient>("ana");
    let served = load.run(async |visitor| Ok(toy.say(visitor.number.to_string()).await.is_ok())).await?;
    let place = served.measured().places.iter().find(|place| place.store == "cache");
    // 2,500 of 100,000 commands a second: 25 per mille, give or take the arrivals.
    ensure!(
        place.is_some_and(|place| (20..30).contains(&place.busy_per_mille)),
        "the shard is not as busy as news makes it",
        "about 25 of 1,000",
        "{place:?}"
    );
    let verbs: Vec<&str> = served.measured().arrows.iter().map(|arrow| arrow.verb.as_str()).collect();
    ensure!(
        verbs.contains(&"publish") && verbs.contains(&"listen"),
        "traffic is not drawn",
        "publish and listen",
        "{verbs:?}"
    );
    let bill = &served.measured().bill;
    ensure!(
        bill.lines.iter().any(|line| line.what == "1 cache shard"),
        "the channels' shard is not on the bill",
        "1 cache shard",
        "{bill:?}"
    );
    Ok(())
}

fn judge(requirement: &Requirement) -> Judgement {
    let mut host = InProcess::new(vec![kata::runtime::role::<ToyContract<Node>>()]);
    Judge::new(&mut host, 7).judge(requirement)
}

#[test]
fn news_behaves() {
    for requirement in [
        who_recovers_misses_nothing(),
        an_outage_breaks_connections(),
        a_crash_ends_a_connection(),
        news_costs_what_the_cache_costs(),
    ] {
        let judgement = judge(&requirement);
        assert_eq!(judgement.verdict, Verdict::Pass, "{}: {:#?}", requirement.id, judgement.counterexample);
    }
}

#[test]
fn broken_connections_are_found_to_matter() {
    let judgement = judge(&who_trusts_its_connection_misses_news());
    assert_eq!(judgement.verdict, Verdict::Fail);
    let found = judgement.counterexample.expect("a failure tells why").found_at;
    assert!(found.starts_with("listeners cut off after step "), "{found}");
}
