//! Stage `removal`: filters that count.

use crate::filters::{OTHERS, config, filled, filter, holds_about, holds_all, holds_hardly_any, keys};
use bloom_filter::{Config, RemoveError};
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::ops::Range;

/// Of a filter that lets keys go.
fn counting(dc: &Datacentre) -> Config {
    Config { removal: true, ..config(dc) }
}

/// Removes keys that are there.
async fn remove(
    filter: &bloom_filter::BloomFilterClient,
    keys: Keys,
    numbers: Range<u64>,
) -> Result<(), Complaint> {
    let refused = filter.remove_all(keys, numbers.start, numbers.end).await.expect_ok("removing")?;
    ensure!(
        refused.is_none(),
        "a key that is there cannot be removed",
        "Ok(())",
        "key {refused:?} is refused"
    );
    Ok(())
}

/// Half of the keys of a full filter are removed. They are gone but for a few by chance, the others are still there, and the
/// estimate is that of what is left. What is inserted again is there again.
#[requirement(stage = "removal", level = acceptance, points = 10, schedules = 1)]
async fn removed_keys_go_and_others_stay(dc: &Datacentre) -> Outcome {
    let config = counting(dc);
    let (rate, when) = (config.false_positive_rate, "after others were removed");
    for family in [Family::Random, Family::SamePrefix, Family::OneBitApart] {
        let keys = keys(dc, family);
        let ana = filled(dc, "ana", config, keys, 0..10_000).await?;
        holds_hardly_any(&ana, keys, 10_000..10_000 + OTHERS, rate, "in a full filter").await?;
        remove(&ana, keys, 0..5_000).await?;
        holds_all(&ana, keys, 5_000..10_000, when).await?;
        holds_hardly_any(&ana, keys, 0..5_000, rate, "after they were removed").await?;
        holds_about(&ana, 5_000, when).await?;
        ana.insert_all(keys, 0, 5_000).await.expect_ok("inserting again")?;
        holds_all(&ana, keys, 0..10_000, "after it was inserted again").await?;
        remove(&ana, keys, 0..10_000).await?;
        holds_hardly_any(&ana, keys, 0..10_000, rate, "after all were removed").await?;
    }
    Ok(())
}

/// A key that was inserted several times, up to hundreds, is there until it was removed as often. From 15 times on, it may
/// stay for ever; it may never go too early.
#[requirement(stage = "removal", level = acceptance, points = 10, schedules = 1)]
async fn keys_inserted_often_stay(dc: &Datacentre) -> Outcome {
    for times in [1, 2, 3, 4, 7, 8, 14, 15, 16, 17, 31, 32, 64, 127, 128, 129, 255, 256, 257, 300] {
        let ana = filter(dc, "ana", counting(dc)).await;
        let key = format!("inserted {times} times");
        for inserted in 1..=times {
            ana.insert(key.as_bytes()).await.expect_ok("inserting")?;
            let found = ana.contains(key.as_bytes()).await.expect_ok("looking up")?;
            ensure!(
                found,
                "a key goes when it is inserted again",
                "there",
                "not there, after {inserted} times"
            );
        }
        for removed in 1..times {
            ana.remove(key.as_bytes()).await.expect_ok("removing what is there")?;
            let found = ana.contains(key.as_bytes()).await.expect_ok("looking up")?;
            ensure!(
                found,
                "a key goes before it was removed as often as it was inserted",
                "there: inserted {times} times, removed {removed} times",
                "not there"
            );
        }
        ana.remove(key.as_bytes()).await.expect_ok("removing what is there")?;
        // The filter is empty, so nothing is found by chance.
        let found = ana.contains(key.as_bytes()).await.expect_ok("looking up")?;
        ensure!(
            !found || times >= 15,
            "a key stays although it was removed as often as it was inserted",
            "not there: inserted and removed {times} times",
            "there"
        );
    }
    Ok(())
}

/// Keys that a filter does not find cannot be removed from it, and trying harms nobody. From a filter without removal, no key can.
#[requirement(stage = "removal", level = acceptance, points = 5, schedules = 1)]
async fn what_is_not_there_cannot_be_removed(dc: &Datacentre) -> Outcome {
    let keys = keys(dc, Family::Random);
    let ana = filled(dc, "ana", counting(dc), keys, 0..10_000).await?;
    let removed = ana.remove_absent(keys, 10_000, 10_000 + OTHERS).await.expect_ok("removing")?;
    ensure!(
        removed.is_none(),
        "a key can be removed that is not there",
        "Err(NotContained)",
        "key {removed:?} is removed"
    );
    holds_all(&ana, keys, 0..10_000, "after others, which were not there, were to be removed").await?;
    holds_about(&ana, 10_000, "after keys that were not there were to be removed").await?;
    let bo = filled(dc, "bo", config(dc), keys, 0..1_000).await?;
    for number in [0, 5_000] {
        let error =
            bo.remove(&keys.key(number)).await.expect_refused("removing from a filter without removal")?;
        ensure!(
            error == RemoveError::NotRemovable,
            "a key is not removed for another reason",
            "NotRemovable",
            "{error:?}"
        );
    }
    holds_all(&bo, keys, 0..1_000, "after it could not be removed").await
}

/// How often keys were inserted travels with the bytes: what two united filters held both must be removed twice.
#[requirement(stage = "removal", level = acceptance, points = 5, schedules = 1)]
async fn counts_travel(dc: &Datacentre) -> Outcome {
    let (config, keys) = (counting(dc), keys(dc, Family::Random));
    let rate = config.false_positive_rate;
    let ana = filled(dc, "ana", config, keys, 0..3_000).await?;
    let bo = filled(dc, "bo", config, keys, 2_000..5_000).await?;
    for filter in [&ana, &bo] {
        for _ in 0..10 {
            filter.insert(b"ten times").await.expect_ok("inserting")?;
        }
    }
    let bytes = bo.to_bytes().await.expect_ok("bo's bytes")?;
    ana.unite(&bytes).await.expect_ok("uniting with bo's bytes")?;
    let cy = filter(dc, "cy", config).await;
    let bytes = ana.to_bytes().await.expect_ok("ana's bytes")?;
    cy.restore(&bytes).await.expect_ok("restoring from ana's bytes")?;
    for filter in [ana, cy] {
        holds_all(&filter, keys, 0..5_000, "after a union").await?;
        holds_about(&filter, 5_000, "after a union").await?;
        remove(&filter, keys, 2_000..3_000).await?;
        let when = "although both held it and it was removed once";
        holds_all(&filter, keys, 0..5_000, when).await?;
        holds_about(&filter, 5_000, when).await?;
        remove(&filter, keys, 0..5_000).await?;
        holds_hardly_any(&filter, keys, 0..5_000, rate, "after all were removed").await?;
        for removed in 1..20 {
            filter.remove(b"ten times").await.expect_ok("removing what both held ten times")?;
            let found = filter.contains(b"ten times").await.expect_ok("looking up")?;
            ensure!(found, "a key goes too early after a union", "there: 20 - {removed} times", "not there");
        }
    }
    Ok(())
}
