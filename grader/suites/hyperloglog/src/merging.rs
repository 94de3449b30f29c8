//! Stage `merging`: sketches of many nodes become one.

use crate::sketches::{
    bytes, config, counts_about, estimate, filled, holds_all, is_about, is_the_same, is_told_by_one, keys,
    sketch,
};
use hyperloglog::{Config, HyperLogLogClient as Client};
use kata::keys::Family;
use kata_check::{Complaint, Outcome};
use kata_sim::{Datacentre, Expect, requirement};

/// Gives a sketch what another one holds.
async fn merge(into: &Client, from: &Client) -> Outcome {
    into.merge(&bytes(from).await?).await.expect_ok("merging")
}

/// After a merge, all keys of both are in, and those that both held count once: with few keys and with many, and with few in one and many in
/// the other, at every precision. The other sketch stays as it was.
#[requirement(stage = "merging", level = acceptance, points = 10, schedules = 1)]
async fn a_merge_adds_all_keys(dc: &Datacentre) -> Outcome {
    let keys = keys(dc, Family::Random);
    for (precision, part) in [
        (4, 2),
        (4, 20_000),
        (5, 100),
        (6, 300),
        (7, 5_000),
        (9, 30),
        (11, 1_000),
        (14, 10),
        (14, 400),
        (14, 20_000),
        (18, 20_000),
    ] {
        let config = Config { precision, ..config(dc) };
        let ana = filled(dc, "ana", config, keys, 0..3 * part).await?;
        let bo = filled(dc, "bo", config, keys, 2 * part..5 * part).await?;
        let before = estimate(&bo).await?;
        merge(&ana, &bo).await?;
        holds_all(&ana, keys, 0..5 * part, "after a merge").await?;
        if is_told_by_one(5 * part, precision) {
            counts_about(&ana, 5 * part, precision, "after a merge").await?;
        }
        is_the_same(estimate(&bo).await?, before, "the estimate of a sketch that was merged into another")?;
    }
    for (precision, few, many) in [(8, 20, 2_000), (14, 300, 60_000)] {
        let config = Config { precision, ..config(dc) };
        for (mine, theirs) in [(few, many), (many, few)] {
            let all = mine + theirs;
            let ana = filled(dc, "ana", config, keys, 0..mine).await?;
            let bo = filled(dc, "bo", config, keys, mine..all).await?;
            merge(&ana, &bo).await?;
            let when = format!("after {theirs} keys were merged into {mine}");
            holds_all(&ana, keys, 0..all, &when).await?;
            if is_told_by_one(all, precision) {
                counts_about(&ana, all, precision, &when).await?;
            }
        }
    }
    Ok(())
}

/// Three sketches are merged in every order, one by one and by way of each other, and again. All that hold the same give the same
/// estimate.
#[requirement(stage = "merging", level = acceptance, points = 10, schedules = 1)]
async fn order_and_repetition_change_nothing(dc: &Datacentre) -> Outcome {
    for (precision, part) in [(4, 50), (8, 40), (14, 100), (14, 30_000)] {
        let config = Config { precision, ..config(dc) };
        let keys = keys(dc, Family::Random);
        let parts = [0..3 * part, 2 * part..5 * part, 4 * part..9 * part];
        let mut merged = Vec::new();
        for [one, two, three] in [[0, 1, 2], [1, 2, 0], [2, 1, 0]] {
            let mut sketches = Vec::new();
            for (name, part) in ["ana", "bo", "cy"].into_iter().zip(parts.clone()) {
                sketches.push(filled(dc, name, config, keys, part).await?);
            }
            // The first takes the second, and then the third.
            merge(&sketches[one], &sketches[two]).await?;
            merge(&sketches[one], &sketches[three]).await?;
            merged.push(estimate(&sketches[one]).await?);
            // The third takes the second, and then all of the first, most of which it has by then.
            merge(&sketches[three], &sketches[two]).await?;
            merge(&sketches[three], &sketches[one]).await?;
            merged.push(estimate(&sketches[three]).await?);
            for from in [two, one, three] {
                merge(&sketches[one], &sketches[from]).await?;
                merged.push(estimate(&sketches[one]).await?);
            }
        }
        for estimate in &merged {
            is_the_same(
                *estimate,
                merged[0],
                "the estimate of sketches that were merged in another order, or again,",
            )?;
        }
        if is_told_by_one(9 * part, precision) {
            is_about(merged[0], 9 * part, precision, "after merges")?;
        }
    }
    Ok(())
}

/// Sixteen nodes count, each a part of many keys that overlaps with the next one's. Merged pair by pair or one after the other, they
/// give the same, and it is close.
#[requirement(stage = "merging", level = acceptance, points = 5, schedules = 1)]
async fn many_nodes_count_together(dc: &Datacentre) -> Outcome {
    const NODES: u64 = 16;
    const STEP: u64 = 20_000;
    const OVERLAP: u64 = 10_000;
    let (config, keys) = (config(dc), keys(dc, Family::Random));
    let mut sketches = Vec::new();
    for node in 0..NODES {
        let name = format!("ana-{node}");
        sketches.push(filled(dc, &name, config, keys, node * STEP..(node + 1) * STEP + OVERLAP).await?);
    }
    let total = sketch(dc, "bo", config).await;
    is_the_same(estimate(&total).await?, 0, "the estimate of an empty sketch")?;
    for sketch in &sketches {
        merge(&total, sketch).await?;
    }
    let in_pairs = pair_by_pair(sketches).await?;
    let estimate = estimate(&total).await?;
    is_about(
        estimate,
        NODES * STEP + OVERLAP,
        config.precision,
        "after the sketches of many nodes were merged",
    )?;
    is_the_same(in_pairs, estimate, "the estimate of many sketches merged pair by pair")?;
    holds_all(&total, keys, 0..NODES * STEP + OVERLAP, "after many merges").await
}

/// Merges every second sketch into the one before it until one is left; gives its estimate.
async fn pair_by_pair(mut sketches: Vec<Client>) -> Result<u64, Complaint> {
    while sketches.len() > 1 {
        let mut left = Vec::new();
        let mut pairs = sketches.into_iter();
        while let Some(into) = pairs.next() {
            if let Some(from) = pairs.next() {
                merge(&into, &from).await?;
            }
            left.push(into);
        }
        sketches = left;
    }
    estimate(&sketches[0]).await
}
