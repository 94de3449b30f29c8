//! Stage `mint`: one node mints ids that rise, tell their time and do not repeat.

use crate::clients::desks;
use crate::register::Register;
use futures_util::future::try_join_all;
use kata::Time;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use unique_id::{Config, MintError, Parts, SEQUENCE_BITS, TextError, WORKER_BITS};

/// What the contract says of the layout, the other way round.
fn assembled(config: &Config, timestamp: u64, worker: u64, sequence: u64) -> (u64, Parts) {
    let id = (timestamp << WORKER_BITS | worker) << SEQUENCE_BITS | sequence;
    let at = config.epoch + Duration::from_millis(timestamp);
    (id, Parts { at, worker: worker as u16, sequence: sequence as u16 })
}

/// Ids are numbers of 41 bits of time, 10 of worker and 12 of sequence, and parse back into them: those that were just
/// minted, whose time is now, and any others. What is no id parses into nothing.
#[requirement(stage = "mint", level = acceptance, points = 5, schedules = 10)]
async fn ids_parse_back(dc: &Datacentre) -> Outcome {
    let days = dc.pick("days since the epoch", 5_000);
    let workers = [1_024, 24][dc.pick("workers", 2) as usize];
    let whole_ms = (dc.now().as_secs() - 86_400 * days - 60) * 1_000;
    let epoch = Time::from_millis(whole_ms + 1 + dc.pick("milliseconds of the epoch", 999));
    let config = Config { epoch, workers, ..Config::default() };
    let register = Register::new(config);
    let desks = desks(dc, 2, config).await;
    let last = (1 << 41) - 1;
    let mut known = vec![
        assembled(&config, 0, 0, 0),
        assembled(&config, 0, 0, 4_095),
        assembled(&config, 1, 0, 0),
        assembled(&config, last, u64::from(workers) - 1, 4_095),
        assembled(
            &config,
            dc.pick("timestamp", last),
            dc.pick("worker", workers.into()),
            dc.pick("sequence", 4_096),
        ),
    ];
    for desk in &desks {
        for id in desk.mint(&register, 3).await? {
            let mask = |bits: u32| (1 << bits) - 1;
            let (sequence, worker) = (id & mask(SEQUENCE_BITS), id >> SEQUENCE_BITS & mask(WORKER_BITS));
            known.push(assembled(&config, id >> (SEQUENCE_BITS + WORKER_BITS), worker, sequence));
        }
    }
    for (id, parts) in known {
        let parsed = desks[0].client.parse(id).await.expect_ok("parse")?;
        ensure!(
            parsed == Some(parts),
            "an id does not parse back",
            "parse({id}) = Some({parts:?})",
            "{parsed:?}"
        );
    }
    let mut none = vec![1 << 63, u64::MAX];
    if workers < 1_024 {
        none.push(assembled(&config, 5, workers.into(), 7).0);
    }
    for id in none {
        let parsed = desks[0].client.parse(id).await.expect_ok("parse")?;
        ensure!(parsed.is_none(), "something parses that is no id", "parse({id:#x}) = None", "{parsed:?}");
    }
    Ok(())
}

/// Who asks for no ids, or for more than the configuration allows, is refused, whatever the form. The most it allows is
/// answered.
#[requirement(stage = "mint", level = acceptance, points = 3, schedules = 4)]
async fn counts_are_checked(dc: &Datacentre) -> Outcome {
    let config = Config { count_max: 5 + dc.pick("the most", 5_000) as u32, ..Config::default() };
    let register = Register::new(config);
    let desks = desks(dc, 1, config).await;
    let (desk, most) = (&desks[0], config.count_max);
    for count in [0, most + 1, u32::MAX] {
        let refused =
            desk.client.mint(count).await.expect_refused(&format!("mint({count}) of at most {most}"))?;
        ensure!(
            refused == MintError::InvalidCount,
            "a wrong count is refused for another reason",
            "InvalidCount",
            "{refused:?}"
        );
        let texts = [("uuids", desk.client.uuids(count).await), ("ulids", desk.client.ulids(count).await)];
        for (method, answer) in texts {
            let refused = answer.expect_refused(&format!("{method}({count}) of at most {most}"))?;
            ensure!(
                refused == TextError::InvalidCount,
                "a wrong count is refused for another reason",
                "InvalidCount",
                "{refused:?}"
            );
        }
    }
    desk.mint(&register, most).await?;
    desk.mint(&register, 1).await?;
    desk.uuids(&register, most).await?;
    desk.ulids(&register, most).await
}

/// Every id of a node is greater than all that it answered before, also within one millisecond, and however many others ask
/// meanwhile.
#[requirement(stage = "mint", level = concurrency, points = 4, schedules = 40)]
async fn ids_of_a_node_rise(dc: &Datacentre) -> Outcome {
    let config = Config::default();
    let register = Register::new(config);
    let desks = desks(dc, 2, config).await;
    try_join_all(desks.iter().flat_map(|desk| [desk; 3]).map(async |desk| {
        for count in [1, 1, 2, 700, 1, 1] {
            desk.mint(&register, count).await?;
        }
        Ok::<(), Complaint>(())
    }))
    .await?;
    Ok(())
}

/// Eight clients ask a node for 50,000 ids each, a hundred milliseconds' worth, while its clock is ahead as far as it may
/// be. All get them; none is given twice, and none is from further in the future than the contract allows.
#[requirement(stage = "mint", level = concurrency, points = 5, schedules = 6)]
async fn a_full_millisecond_is_no_excuse(dc: &Datacentre) -> Outcome {
    let config = Config { slack: Duration::from_millis(20), ..Config::default() };
    let register = Register::new(config);
    let desks = desks(dc, 1, config).await;
    dc.skew(desks[0].node, config.clock_error.as_micros() as i64);
    desks[0].mint(&register, 1).await?;
    try_join_all((0..8).map(|_| desks[0].mint(&register, config.count_max))).await?;
    Ok(())
}

/// Before the epoch there is no timestamp, so nothing is minted; soon after it, ids are as always, with small timestamps.
#[requirement(stage = "mint", level = acceptance, points = 3, schedules = 4)]
async fn nothing_is_minted_before_the_epoch(dc: &Datacentre) -> Outcome {
    let epoch = Time::from_secs(dc.now().as_secs() + 10);
    let config = Config { epoch, ..Config::default() };
    let register = Register::new(config);
    let desks = desks(dc, 1, config).await;
    let refused =
        desks[0].client.mint(1).await.expect_refused("a call of mint(1) ten seconds before the epoch")?;
    ensure!(
        refused == MintError::OutsideEpoch,
        "nothing is minted before the epoch, but for another reason",
        "OutsideEpoch",
        "{refused:?}"
    );
    dc.sleep_until(epoch + config.clock_error + config.slack).await;
    desks[0].mint(&register, 5).await?;
    Ok(())
}
