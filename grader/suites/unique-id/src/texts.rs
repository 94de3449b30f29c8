//! Stage `texts`: UUIDs and ULIDs.

use crate::clients::desks;
use crate::register::Register;
use futures_util::future::try_join_all;
use kata_check::{Complaint, Outcome};
use kata_sim::{Datacentre, requirement};
use unique_id::Config;

/// More in one call than two bytes tell apart.
const MANY: u32 = 70_000;

/// UUIDs have the version, the variant, the time and the look of RFC 9562's version 7. Those of a node rise as text, many
/// in one millisecond, too.
#[requirement(stage = "texts", level = acceptance, points = 5, schedules = 3)]
async fn uuids_are_of_version_7(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { count_max: MANY, ..Config::default() });
    for (desk, many) in desks(dc, 2, register.config).await.iter().zip([MANY, 5_000]) {
        for count in [1, 1, many, 20, 1] {
            desk.uuids(&register, count).await?;
        }
    }
    Ok(())
}

/// ULIDs have the time, the alphabet and the length of their specification. Those of a node rise as text, many in one
/// millisecond, too.
#[requirement(stage = "texts", level = acceptance, points = 5, schedules = 3)]
async fn ulids_follow_their_specification(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config { count_max: MANY, ..Config::default() });
    for (desk, many) in desks(dc, 2, register.config).await.iter().zip([MANY, 5_000]) {
        for count in [1, 1, many, 20, 1] {
            desk.ulids(&register, count).await?;
        }
    }
    Ok(())
}

/// Three nodes make UUIDs and ULIDs at the same time, in the same milliseconds. None is made twice, and those of each node
/// rise. Then they crash, and their clocks go back to where they were: what they make then was not made before.
#[requirement(stage = "texts", level = concurrency, points = 5, schedules = 30)]
async fn texts_repeat_on_no_node(dc: &Datacentre) -> Outcome {
    let register = Register::new(Config::default());
    let desks = desks(dc, 3, register.config).await;
    let began = dc.now();
    for _life in 0..2 {
        try_join_all(desks.iter().flat_map(|desk| [desk; 2]).map(async |desk| {
            for _ in 0..10 {
                desk.uuids(&register, 3).await?;
                desk.ulids(&register, 3).await?;
            }
            Ok::<(), Complaint>(())
        }))
        .await?;
        for desk in &desks {
            dc.crash(desk.node);
            desk.new_life();
        }
        dc.heal().await;
        let back = dc.now().since(began).min(register.config.clock_error);
        for desk in &desks {
            dc.skew(desk.node, -(back.as_micros() as i64));
        }
    }
    Ok(())
}
