//! Stage `workers`: nodes agree on worker ids.

use crate::clients::{PATIENCE, desks};
use crate::register::Register;
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use std::time::Duration;
use unique_id::{Config, MintError};

/// Three nodes start at the same moment, there are only as many worker ids, and all mint as much as they can, in the same
/// milliseconds. Each gets its ids, and none is minted twice.
#[requirement(stage = "workers", level = concurrency, points = 8, schedules = 24)]
async fn nodes_mint_side_by_side(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { workers: 3, ..Config::default() });
    let desks = desks(dc, 3, register.config).await;
    try_join_all(desks.iter().map(async |desk| {
        desk.mint(&register, 1).await?;
        let answered = desk.storm(&register, 2).await?;
        ensure!(
            answered == 4,
            "a node with a worker id does not mint",
            "4 of 4 calls answered",
            "{answered} of 4"
        );
        Ok::<(), Complaint>(())
    }))
    .await?;
    Ok(())
}

/// Four nodes, and two worker ids: two nodes mint, in the same milliseconds, and whoever has no worker id says so. One that
/// mints crashes, and `reclaim_after` later another takes its place.
#[requirement(stage = "workers", level = concurrency, points = 8, schedules = 10)]
async fn no_more_nodes_mint_than_there_are_worker_ids(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { workers: 2, ..Config::default() });
    let desks = desks(dc, 4, register.config).await;
    let mut down = None;
    for _ in 0..2 {
        let mut minting = Vec::new();
        for desk in desks.iter().filter(|desk| Some(desk.node) != down) {
            // With a worker id or without.
            desk.uuids(&register, 1).await?;
            desk.ulids(&register, 1).await?;
            match desk.try_mint(&register, 1).await? {
                Answer::Ok(_) => minting.push(desk),
                Answer::Refused(MintError::NoWorker) => {}
                other => {
                    let summary = "a node without a worker id says something else";
                    let expected = "Ok(..) on two nodes and Refused(NoWorker) on the others";
                    return Err(Complaint::new(summary, expected, other.to_string()));
                }
            }
        }
        let count = minting.len();
        ensure!(count >= 2, "worker ids are free, and nobody takes them", "two nodes that mint", "{count}");
        try_join_all(minting.iter().map(|desk| desk.storm(&register, 3))).await?;
        down = Some(minting[0].node);
        dc.crash(minting[0].node);
        dc.sleep(register.config.reclaim_after).await;
    }
    Ok(())
}

/// A minute goes by, with clocks as wrong as they may be, and there are just enough worker ids. All nodes mint all the
/// time.
#[requirement(stage = "workers", level = acceptance, points = 5, schedules = 6)]
async fn worker_ids_are_kept(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { workers: 3, ..Config::default() });
    let desks = desks(dc, 3, register.config).await;
    let error_us = register.config.clock_error.as_micros() as i64;
    // Whoever is ahead asks first: to them, what the others hold seems to have lapsed.
    for (desk, skew_us) in desks.iter().zip([error_us, 0, -error_us]) {
        dc.skew(desk.node, skew_us);
    }
    let until = dc.now() + Duration::from_secs(60);
    while dc.now() < until {
        for desk in &desks {
            desk.mint(&register, 1).await?;
        }
        dc.sleep(3 * PATIENCE).await;
    }
    try_join_all(desks.iter().map(|desk| desk.storm(&register, 2))).await?;
    Ok(())
}
