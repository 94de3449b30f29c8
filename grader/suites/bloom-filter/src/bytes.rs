//! Stage `bytes`: filters travel, and are united.

use crate::filters::{OTHERS, config, filled, filter, holds_about, holds_all, holds_hardly_any, keys};
use bloom_filter::{
    BONUS_SIZE_FACTOR, BloomFilterClient as Client, BytesError, COUNTING_SIZE_FACTOR, Config,
    HEADER_BYTES_MAX, PLAIN_SIZE_FACTOR,
};
use kata::keys::{Family, Keys};
use kata_check::{Outcome, ensure, spoilt};
use kata_sim::{Datacentre, Expect, requirement};
use std::f64::consts::LN_2;

/// A filter that is restored from another's bytes is what that one was, whatever its size, and nothing of what it was before; and
/// it goes on from there.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn bytes_restore_a_filter(dc: &Datacentre) -> Outcome {
    let keys = keys(dc, Family::Random);
    // Of many sizes, so that the last bits of some of them are half a word or half a byte.
    for (capacity, removal) in
        (1_000..1_012).map(|capacity| (capacity, capacity % 4 == 0)).chain([(10_000, false), (10_000, true)])
    {
        let config = Config { capacity, removal, ..config(dc) };
        let ana = filled(dc, "ana", config, keys, 0..capacity).await?;
        let bo = filled(dc, "bo", config, keys, capacity..2 * capacity).await?;
        let bytes = ana.to_bytes().await.expect_ok("ana's bytes")?;
        bo.restore(&bytes).await.expect_ok("restoring from ana's bytes")?;
        holds_all(&bo, keys, 0..capacity, "in a restored filter").await?;
        if capacity >= 10_000 {
            holds_hardly_any(
                &bo,
                keys,
                capacity..2 * capacity,
                config.false_positive_rate,
                "in a restored filter",
            )
            .await?;
            holds_about(&bo, capacity, "of a restored filter").await?;
        }
        bo.insert(b"one more").await.expect_ok("inserting into a restored filter")?;
        let found = bo.contains(b"one more").await.expect_ok("looking up")?;
        ensure!(found, "a restored filter takes no more keys", "contains(..) = true", "false");
    }
    Ok(())
}

/// The bytes of a full filter are at most twice what the textbook's filter needs, and eight times if it lets keys go; and a
/// few for a head.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn bytes_are_few(dc: &Datacentre) -> Outcome {
    takes_at_most(dc, false, PLAIN_SIZE_FACTOR).await?;
    takes_at_most(dc, true, COUNTING_SIZE_FACTOR).await
}

/// The bytes of a full filter that lets nothing go are at most a tenth more than what the textbook's filter needs; and a few
/// for a head.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1, bonus)]
async fn bytes_are_next_to_the_fewest(dc: &Datacentre) -> Outcome {
    takes_at_most(dc, false, BONUS_SIZE_FACTOR).await
}

/// Full filters take no more than so many times the optimum, and a head.
async fn takes_at_most(dc: &Datacentre, removal: bool, factor: f64) -> Outcome {
    for (capacity, false_positive_rate) in [(100, 0.01), (10_000, 0.5), (10_000, 0.001), (20_000, 0.01)] {
        let config = Config { capacity, false_positive_rate, removal, ..config(dc) };
        let ana = filled(dc, "ana", config, keys(dc, Family::Random), 0..capacity).await?;
        let length = ana.to_bytes().await.expect_ok("ana's bytes")?.len() as u64;
        let optimum = capacity as f64 * -libm::log(false_positive_rate) / (LN_2 * LN_2) / 8.0;
        let limit = libm::ceil(factor * optimum) as u64 + HEADER_BYTES_MAX;
        ensure!(
            length <= limit,
            "a filter takes too many bytes",
            "{factor} times the optimum and {HEADER_BYTES_MAX}: {limit}",
            "{length} with {config:?}"
        );
    }
    Ok(())
}

/// A filter that was united with another finds the keys of both and hardly any others, and counts those that both held
/// once. The other stays as it was, and uniting once more changes nothing.
#[requirement(stage = "bytes", level = acceptance, points = 10, schedules = 1)]
async fn a_union_holds_both(dc: &Datacentre) -> Outcome {
    let (config, keys) = (config(dc), keys(dc, Family::Random));
    let ana = filled(dc, "ana", config, keys, 0..5_000).await?;
    let bo = filled(dc, "bo", config, keys, 4_000..10_000).await?;
    let bytes = bo.to_bytes().await.expect_ok("bo's bytes")?;
    for when in ["after a union", "after the same union again"] {
        ana.unite(&bytes).await.expect_ok("uniting with bo's bytes")?;
        holds_all(&ana, keys, 0..10_000, when).await?;
        holds_about(&ana, 10_000, when).await?;
        holds_hardly_any(&ana, keys, 10_000..10_000 + OTHERS, config.false_positive_rate, when).await?;
    }
    holds_about(&bo, 6_000, "of a filter that another was united with").await
}

/// Bytes that are no filter of this configuration are refused, and change nothing: cut short, too long, or of a filter with
/// another capacity, rate or secret, or of one that lets keys go.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn foreign_bytes_are_refused(dc: &Datacentre) -> Outcome {
    let (config, keys) = (config(dc), keys(dc, Family::Random));
    let ana = filled(dc, "ana", config, keys, 0..5_000).await?;
    let bo = filled(dc, "bo", config, keys, 5_000..9_000).await?;
    let bytes = bo.to_bytes().await.expect_ok("bo's bytes")?;
    for (what, bytes) in spoilt::all(&bytes, 8) {
        refuses(&ana, &bytes, &what, keys, config).await?;
    }
    let others = [
        // So little more that it may take as many bytes.
        ("a filter for one key more", Config { capacity: config.capacity + 1, ..config }),
        ("a filter of another rate", Config { false_positive_rate: 0.010_000_1, ..config }),
        ("a filter with another secret", Config { secret: config.secret ^ 1, ..config }),
        (
            "a filter with a secret that differs in its high bits",
            Config { secret: config.secret ^ 1 << 100, ..config },
        ),
        ("a filter that lets keys go", Config { removal: true, ..config }),
    ];
    for (what, other) in others {
        let cy = filter(dc, "cy", other).await;
        cy.insert_all(keys, 5_000, 9_000).await.expect_ok("inserting")?;
        let bytes = cy.to_bytes().await.expect_ok("cy's bytes")?;
        refuses(&ana, &bytes, what, keys, config).await?;
    }
    // Those of its own kind are fine all the while.
    ana.unite(&bytes).await.expect_ok("uniting with bo's bytes")?;
    holds_all(&ana, keys, 0..9_000, "after a union").await?;
    // A filter that lets keys go takes nothing of one that does not, and no spoilt bytes.
    let counting = Config { removal: true, ..config };
    let di = filled(dc, "di", counting, keys, 0..5_000).await?;
    refuses(&di, &bytes, "a filter that lets nothing go", keys, counting).await?;
    let ed = filled(dc, "ed", counting, keys, 5_000..9_000).await?;
    for (what, bytes) in spoilt::all(&ed.to_bytes().await.expect_ok("ed's bytes")?, 8) {
        refuses(&di, &bytes, &what, keys, counting).await?;
    }
    Ok(())
}

/// Demands that a filter with the first 5,000 keys takes no such bytes, and stays what it is.
async fn refuses(ana: &Client, bytes: &[u8], what: &str, keys: Keys, config: Config) -> Outcome {
    for error in [
        ana.unite(bytes).await.expect_refused(&format!("a union with {what}"))?,
        ana.restore(bytes).await.expect_refused(&format!("restoring from {what}"))?,
    ] {
        ensure!(error == BytesError::Foreign, "bytes are refused for another reason", "Foreign", "{error:?}");
    }
    let when = "after bytes were refused";
    holds_all(ana, keys, 0..5_000, when).await?;
    holds_about(ana, 5_000, when).await?;
    holds_hardly_any(ana, keys, 5_000..9_000, config.false_positive_rate, when).await
}
