//! Stage `crashes`: nodes crash, and what they held is had by others.

use crate::clients::desks;
use crate::register::Register;
use futures_util::future::try_join_all;
use kata_check::Outcome;
use kata_sim::{Datacentre, requirement};
use std::time::Duration;
use unique_id::{Config, RECOVERY};

/// Longer than any request can be late.
const SETTLED: Duration = Duration::from_secs(10);

/// Nodes crash at any moment, answers of the table get lost, and requests to it take effect long after. Whatever is minted,
/// before and after, is minted once; and once all is well again, all nodes mint.
#[requirement(
    stage = "crashes", level = faults, points = 8, schedules = 4,
    sweep = [crashes, double_crashes, lost_answers, late_effects, outages], points_max = 24,
)]
async fn nothing_repeats_after_a_crash(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { workers: 8, ..Config::default() });
    let desks = desks(dc, 2, register.config).await;
    // All at the same moment, however long one of them had to wait before: who believes what is not so mints beside others.
    for count in [1, 9_000, 1] {
        try_join_all(desks.iter().map(async |desk| {
            // It might be the first of a new life.
            desk.new_life();
            desk.try_mint(&register, count).await
        }))
        .await?;
    }
    dc.heal().await;
    dc.sleep(SETTLED).await;
    try_join_all(desks.iter().map(async |desk| {
        desk.new_life();
        desk.mint_at_last(&register, 1, RECOVERY).await?;
        desk.storm(&register, 1).await
    }))
    .await?;
    Ok(())
}

/// A node crashes again and again, and there is one worker id. Each time its next life can have it after `reclaim_after`,
/// and mints nothing twice although the clock steps back as far as it may, to where the life before was.
#[requirement(stage = "crashes", level = faults, points = 8, schedules = 6)]
async fn worker_ids_come_back(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { workers: 1, ..Config::default() });
    let desks = desks(dc, 1, register.config).await;
    let (desk, error_us) = (&desks[0], register.config.clock_error.as_micros() as i64);
    for _ in 0..3 {
        dc.skew(desk.node, error_us);
        let stormed = dc.now();
        desk.mint(&register, 1).await?;
        desk.storm(&register, 3).await?;
        dc.crash(desk.node);
        desk.new_life();
        let crashed = dc.now();
        dc.skew(desk.node, -error_us);
        dc.heal().await;
        let mut mints = false;
        while !mints && dc.now() < crashed + register.config.reclaim_after {
            mints = desk.try_mint(&register, 1).await?.is_ok();
            dc.sleep(Duration::from_millis(100)).await;
        }
        // The earlier it has the worker id, the nearer the clock can come to the moment of the last storm.
        let back_us = dc.now().since(stormed).as_micros() as i64;
        dc.skew(desk.node, (error_us - back_us).max(-error_us));
        desk.mint(&register, 1).await?;
        desk.storm(&register, 3).await?;
    }
    Ok(())
}
