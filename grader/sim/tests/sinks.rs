//! Sinks in the simulated datacentre: what is pushed arrives, in order, however calls and credit overtake each other.

use kata::{Failure, Sink};
use kata_check::{Outcome, Verdict, ensure};
use kata_sim::{Datacentre, InProcess, Judge, requirement};
use std::time::Duration;

/// Configures the toy.
#[kata::data]
pub struct Config {}

/// Why the toy fails.
#[kata::error]
pub enum ToyError {
    /// The infrastructure failed.
    Failed(Failure),
}

/// Counts.
#[kata::contract(config = Config, ports(clock))]
pub trait Toy {
    /// Pushes the numbers from 1 to `count`.
    async fn count(&self, count: u64, numbers: Sink<u64>) -> Result<(), ToyError>;
}

struct Node;

impl Toy for Node {
    async fn open(_env: Env, _config: Config) -> Result<Self, kata::OpenError> {
        Ok(Node)
    }

    async fn count(&self, count: u64, numbers: Sink<u64>) -> Result<(), ToyError> {
        for number in 1..=count {
            if numbers.send(&number).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// A client takes three numbers and the end.
#[requirement(stage = "toy", level = concurrency, points = 1, schedules = 200)]
async fn every_number_arrives(dc: &Datacentre) -> Outcome {
    dc.deploy::<ToyClient>(2, Config {}).await;
    let mut numbers = dc.client::<ToyClient>("ana").count(3);
    for expected in [Some(1), Some(2), Some(3), None] {
        let got = numbers.next().await;
        ensure!(got == expected, "another number came", "{expected:?}", "{got:?}");
    }
    Ok(())
}

/// The only node is down when a client comes; what the client was ready for waits with its call.
#[requirement(stage = "toy", level = faults, points = 1, schedules = 50)]
async fn numbers_wait_for_a_node(dc: &Datacentre) -> Outcome {
    dc.deploy::<ToyClient>(1, Config {}).await;
    let node = dc.nodes()[0];
    dc.crash(node);
    let mut numbers = dc.client::<ToyClient>("ana").count(2);
    let restarts = async {
        dc.sleep(Duration::from_secs(1)).await;
        dc.restart(node).await;
    };
    let (first, ()) = futures_util::join!(numbers.next(), restarts);
    let second = numbers.next().await;
    ensure!((first, second) == (Some(1), Some(2)), "numbers got lost", "1 and 2", "{first:?} and {second:?}");
    Ok(())
}

#[test]
fn sinks_push_under_every_schedule() {
    for requirement in [every_number_arrives(), numbers_wait_for_a_node()] {
        let mut host = InProcess::new(vec![kata::runtime::role::<ToyContract<Node>>()]);
        let judgement = Judge::new(&mut host, 7).judge(&requirement);
        assert_eq!(judgement.verdict, Verdict::Pass, "{}: {:#?}", requirement.id, judgement.counterexample);
    }
}
