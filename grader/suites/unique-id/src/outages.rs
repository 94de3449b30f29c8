//! Stage `outages`: the table goes away.

use crate::clients::{PATIENCE, desks};
use crate::register::Register;
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Datacentre, Port, requirement};
use std::time::Duration;
use unique_id::{Config, MintError, RECOVERY};

/// How long nodes are up before the table goes away.
const UP_BEFORE: Duration = Duration::from_secs(10);

/// The table is down, or does not answer. Nodes that have been up for a while go on minting for [`Config::autonomy`],
/// whatever their clocks are, and make UUIDs and ULIDs as long as they like.
#[requirement(stage = "outages", level = faults, points = 6, schedules = 10)]
async fn minting_goes_on_without_the_table(dc: &Datacentre) -> Outcome {
    let autonomy = Duration::from_secs(1 + dc.pick("autonomy", 10));
    let register = Register::new(Config {
        autonomy,
        reclaim_after: autonomy + Duration::from_secs(14),
        ..Config::default()
    });
    let desks = desks(dc, 3, register.config).await;
    let error_us = register.config.clock_error.as_micros() as i64;
    for (desk, skew_us) in desks.iter().zip([-error_us, 0, error_us]) {
        dc.skew(desk.node, skew_us);
    }
    let offset = Duration::from_millis(dc.pick("when", 3_000));
    dc.sleep(UP_BEFORE + offset).await;
    let answers = dc.pick("refuses", 2) == 0;
    let _down = dc.install(if answers { outage(Port::Table) } else { unreachable(Port::Table) });
    let began = dc.now();
    try_join_all(desks.iter().map(async |desk| {
        // A call takes twice 20 ms at most, and another 20 to begin; the last one must begin early enough to end in time.
        while dc.now().since(began) + Duration::from_millis(50) < autonomy {
            desk.mint(&register, 1).await?;
            dc.sleep(PATIENCE / 2).await;
        }
        dc.sleep(register.config.reclaim_after * 2).await;
        // There are more worker ids than anybody asked for: none is known to be taken.
        let answer = desk.try_mint(&register, 1).await?;
        ensure!(
            matches!(answer, Answer::Ok(_) | Answer::Unknown | Answer::Refused(MintError::Failed(_))),
            "a node without a table says something else",
            "Ok(..), or that infrastructure failed",
            "{answer}"
        );
        desk.uuids(&register, 5).await?;
        desk.ulids(&register, 5).await
    }))
    .await?;
    Ok(())
}

/// The table is away for a minute, longer than any lease. When it is back, all mint again within five seconds, without
/// having been restarted, and mint nothing twice.
#[requirement(stage = "outages", level = faults, points = 6, schedules = 10)]
async fn minting_resumes_after_an_outage(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { workers: 3, ..Config::default() });
    let desks = desks(dc, 3, register.config).await;
    for desk in &desks {
        desk.mint(&register, 1).await?;
    }
    let answers = dc.pick("refuses", 2) == 0;
    let down = dc.install(if answers { outage(Port::Table) } else { unreachable(Port::Table) });
    let until = dc.now() + Duration::from_secs(60);
    while dc.now() < until {
        for desk in &desks {
            let _ = desk.try_mint(&register, 1).await?;
        }
        dc.sleep(4 * PATIENCE).await;
    }
    drop(down);
    dc.sleep(RECOVERY).await;
    try_join_all(desks.iter().map(async |desk| {
        desk.mint(&register, 1).await?;
        desk.storm(&register, 2).await?;
        Ok::<(), Complaint>(())
    }))
    .await?;
    Ok(())
}
