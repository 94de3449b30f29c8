//! Stage `clocks`: clocks step back.

use crate::clients::{Desk, desks};
use crate::register::Register;
use futures_util::future::{try_join, try_join_all};
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::partition;
use kata_sim::{Datacentre, Port, requirement};
use std::time::Duration;
use unique_id::{Config, MintError, RECOVERY};

/// How often two nodes that should not both mint are asked for as much as they can. Once would do, were they sure to use up
/// the same milliseconds.
const STORMS_MAX: u32 = 3;

/// Sets a desk's node's clock off, by `per_mille` of how far it may be.
fn set_off(dc: &Datacentre, desk: &Desk<'_>, config: &Config, per_mille: i64) {
    dc.skew(desk.node, config.clock_error.as_micros() as i64 * per_mille / 1_000);
}

/// How far off the clocks are, one after the other: back by a little, by two seconds, ahead, back again.
const STEPS_PER_MILLE: [i64; 7] = [1_000, 995, 990, 700, -1_000, 500, -900];

/// Nodes mint while their clocks step back: by milliseconds, and by as much as two seconds. Every call is answered, ids
/// rise, none is given twice, and all tell the time.
#[requirement(stage = "clocks", level = faults, points = 8, schedules = 10)]
async fn a_step_back_repeats_nothing(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config::default());
    let desks = desks(dc, 2, register.config).await;
    for step in STEPS_PER_MILLE {
        for desk in &desks {
            set_off(dc, desk, &register.config, step);
        }
        // Most milliseconds have room left when the clock comes back to them, and some are full.
        let calls = try_join_all(desks.iter().map(async |desk| {
            for count in [1, 10, 9_000, 1] {
                desk.mint(&register, count).await?;
            }
            Ok::<(), Complaint>(())
        }));
        // And a little back while calls are under way.
        let step_again = async {
            dc.sleep(Duration::from_millis(15)).await;
            desks.iter().for_each(|desk| set_off(dc, desk, &register.config, (step - 8).max(-1_000)));
            Ok(())
        };
        try_join(calls, step_again).await?;
    }
    Ok(())
}

/// The same with UUIDs and ULIDs.
#[requirement(stage = "clocks", level = faults, points = 4, schedules = 10)]
async fn texts_survive_a_step_back(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config::default());
    let desks = desks(dc, 2, register.config).await;
    for step in STEPS_PER_MILLE {
        for desk in &desks {
            set_off(dc, desk, &register.config, step);
            for count in [1, 50, 1] {
                desk.uuids(&register, count).await?;
                desk.ulids(&register, count).await?;
            }
        }
    }
    Ok(())
}

/// There is one worker id, and the node that holds it cannot reach the table any more. It may go on for a while, with its
/// clock behind. The other node takes over when it can, with its clock ahead, and then steps back, too. In the end it does
/// mint. When the first one can reach the table again, the worker id is not its any more. Whenever both mint, they mint
/// nothing twice.
#[requirement(stage = "clocks", level = faults, points = 8, schedules = 10)]
async fn a_worker_id_changes_hands_with_its_time(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { workers: 1, ..Config::default() });
    let config = &register.config;
    let desks = desks(dc, 2, *config).await;
    let is_first = desks[0].try_mint(&register, 1).await?.is_ok();
    let (old, new) = if is_first { (&desks[0], &desks[1]) } else { (&desks[1], &desks[0]) };
    set_off(dc, old, config, dc.pick("how far ahead the old one is", 2_001) as i64 - 1_000);
    old.mint(&register, 1).await?;
    dc.sleep(Duration::from_secs(3)).await;
    let cut = dc.install(partition(old.node, Port::Table));
    let reclaimed = dc.now() + config.reclaim_after;
    set_off(dc, old, config, -1_000);
    // Some ask while their clock is ahead; others have taken over in the background by the time somebody asks.
    let asks_ahead = dc.pick("asks ahead", 2) == 0;
    let mut storms = 0;
    loop {
        let is_due = dc.now() >= reclaimed;
        set_off(dc, new, config, if asks_ahead { 1_000 } else { -1_000 });
        let new_mints = mints(new, &register).await?;
        ensure!(
            new_mints || !is_due,
            "a worker id does not come back from a node that is cut off",
            "another node holds it within `reclaim_after`",
            "Refused(NoWorker)"
        );
        set_off(dc, new, config, -1_000);
        // The old one may wait for the table in vain; that is its own business.
        let old_mints = old.try_mint(&register, 1).await?.is_ok();
        if new_mints && old_mints && storms < STORMS_MAX {
            storms += 1;
            try_join(old.storm(&register, 4), new.storm(&register, 4)).await?;
        }
        if is_due {
            break;
        }
        set_off(dc, new, config, 1_000);
        dc.sleep(Duration::from_millis(200)).await;
    }
    drop(cut);
    dc.sleep(RECOVERY).await;
    for _ in 0..STORMS_MAX {
        let (old_mints, new_mints) = (mints(old, &register).await?, mints(new, &register).await?);
        if old_mints && new_mints {
            try_join(old.storm(&register, 4), new.storm(&register, 4)).await?;
        }
        dc.sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Whether a node that reaches the table mints; if not, it says that it has no worker id.
async fn mints(desk: &Desk<'_>, register: &Register) -> Result<bool, Complaint> {
    match desk.try_mint(register, 1).await? {
        Answer::Ok(_) => Ok(true),
        Answer::Refused(MintError::NoWorker) => Ok(false),
        other => {
            let summary = "a node that waits for a worker id says something else";
            Err(Complaint::new(
                summary,
                "Ok(..), or Refused(NoWorker) until the worker id is free",
                other.to_string(),
            ))
        }
    }
}
