//! Stage `rush`: half of the famous rate, and many who want one id each.

use crate::clients::Desk;
use crate::register::{Register, Span};
use kata::Answer;
use kata_check::{Complaint, Outcome};
use kata_sim::{Arrivals, Datacentre, Visitor, requirement};
use std::time::Duration;
use unique_id::{BATCH_P99_MAX, Config, MINT_P99_MAX, MintError, UniqueIdClient as Client};

/// As the contract says under "Load".
const NODES: u16 = 6;
/// Ours: two thousand requests a second and node, each of which needs one name.
const SINGLE_PER_S: u32 = 12_000;
/// The system-design cheat sheet, Snowflake: 4,096 ids a millisecond and machine. Half of that, in batches.
const BATCHES_PER_S_AND_NODE: u32 = 500;
/// As many as fit into a millisecond.
const BATCH: u32 = 4_096;
/// Time for nodes to get their worker ids.
const WARM_UP: Duration = Duration::from_millis(500);

/// Enters an answer under load. Whether there was one; a complaint if it is wrong.
fn entered(
    dc: &Datacentre,
    register: &Register,
    count: u32,
    began: kata::Time,
    answer: &Answer<Vec<u64>, MintError>,
) -> Result<bool, Complaint> {
    match answer {
        Answer::Ok(ids) => register.enter(count, ids, Span { began, ended: dc.now() }).map(|()| true),
        Answer::Unknown | Answer::Refused(MintError::Failed(_)) => Ok(false),
        Answer::Refused(_) => Err(Complaint::new(
            "a call that nothing speaks against is refused under load",
            "Ok(..)",
            answer.to_string(),
        )),
    }
}

/// Twelve thousand clients a second want one id each, from six nodes. 99 of 100 have it within four milliseconds, which
/// leaves no time to ask the table; and no two have the same.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn single_ids_are_fast(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config::default());
    dc.deploy::<Client>(NODES, register.config).await;
    let client = dc.client::<Client>("ana");
    let arrivals = Arrivals::poisson(SINGLE_PER_S, Duration::from_secs(1));
    let load = dc.load("single ids", arrivals).warming_up(WARM_UP);
    let served = load
        .run(async |_: Visitor| {
            let began = dc.now();
            entered(dc, &register, 1, began, &client.mint(1).await)
        })
        .await?;
    served.p99_within(MINT_P99_MAX, "this kata; twice through the network")
}

/// Two nodes mint two million ids a second each, in batches of 4,096. 99 of 100 batches are there within fifteen
/// milliseconds, and no id is in two of them.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn half_of_what_the_layout_holds(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config::default());
    dc.deploy::<Client>(2, register.config).await;
    let desks: Vec<Desk<'_>> = dc.nodes().into_iter().map(|node| Desk::new(dc, node)).collect();
    let arrivals = Arrivals::poisson(2 * BATCHES_PER_S_AND_NODE, Duration::from_secs(1));
    let load = dc.load("batches", arrivals).warming_up(WARM_UP);
    let served = load
        .run(async |visitor: Visitor| {
            let began = dc.now();
            let desk = &desks[(visitor.number % 2) as usize];
            entered(dc, &register, BATCH, began, &desk.client.mint(BATCH).await)
        })
        .await?;
    served.p99_within(BATCH_P99_MAX, "half of the cheat sheet's 4,096 ids a millisecond and machine")
}
