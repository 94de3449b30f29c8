//! Stage `bytes`: sketches travel.

use crate::sketches::{
    bytes, config, counts_about, estimate, filled, holds_all, is_the_same, is_told_by_one, keys, sketch,
};
use hyperloglog::{
    BONUS_BYTES_MAX, BONUS_PRECISION, BytesError, Config, HEADER_BYTES_MAX, HyperLogLogClient as Client,
    REGISTER_BITS_MAX,
};
use kata::keys::{Family, Keys};
use kata_check::{Outcome, ensure, spoilt};
use kata_sim::{Datacentre, Expect, requirement};

/// A sketch that is restored from another's bytes estimates just what that one did, and holds its keys and nothing of what it held before:
/// at every size, empty or full. It goes on counting from there, and the other stays as it was.
#[requirement(stage = "bytes", level = acceptance, points = 10, schedules = 1)]
async fn bytes_restore_a_sketch(dc: &Datacentre) -> Outcome {
    let keys = keys(dc, Family::Random);
    for (precision, count) in [
        (4, 7),
        (4, 200_000),
        (5, 1_000),
        (10, 0),
        (10, 400),
        (14, 50),
        (14, 5_000),
        (14, 100_000),
        (18, 3_000),
    ] {
        let config = Config { precision, ..config(dc) };
        let ana = filled(dc, "ana", config, keys, 0..count).await?;
        let bo = filled(dc, "bo", config, keys, 400_000..430_000).await?;
        let more = 430_000..460_000;
        // Asked before and after: an estimate that is kept must not be kept too long.
        let (before, _) = (estimate(&ana).await?, estimate(&bo).await?);
        bo.restore(&bytes(&ana).await?).await.expect_ok("restoring from ana's bytes")?;
        is_the_same(estimate(&bo).await?, before, "the estimate of a restored sketch")?;
        holds_all(&bo, keys, 0..count, "in a restored sketch").await?;
        bo.add_all(keys, more.start, more.end).await.expect_ok("adding to a restored sketch")?;
        if is_told_by_one(count + 30_000, precision) {
            counts_about(&bo, count + 30_000, precision, "when a restored sketch goes on").await?;
        }
        is_the_same(
            estimate(&ana).await?,
            before,
            "the estimate of a sketch that another was restored from",
        )?;
    }
    Ok(())
}

/// The bytes of a sketch are at most six bits for each register, and a few for a head: whether it is empty or has seen many keys.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn bytes_are_few(dc: &Datacentre) -> Outcome {
    let keys = keys(dc, Family::Random);
    for precision in [4, 5, 8, 11, 14, 18] {
        let ana = sketch(dc, "ana", Config { precision, ..config(dc) }).await;
        let limit = (REGISTER_BITS_MAX << precision) / 8 + HEADER_BYTES_MAX;
        let mut added = 0;
        for count in [0, 10, 100, 1_000, 3_000, 10_000, 100_000] {
            ana.add_all(keys, added, count).await.expect_ok("adding")?;
            added = count;
            let length = bytes(&ana).await?.len() as u64;
            ensure!(
                length <= limit,
                "a sketch takes too many bytes",
                "{REGISTER_BITS_MAX} bits for each register and {HEADER_BYTES_MAX} bytes: {limit} at a precision of {precision}",
                "{length}, after {count} keys"
            );
        }
    }
    Ok(())
}

/// At a precision of 14 the bytes of a sketch are at most 12 KiB, head and all, however many keys it holds.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1, bonus)]
async fn bytes_fit_in_twelve_kibibytes(dc: &Datacentre) -> Outcome {
    let (config, keys) = (Config { precision: BONUS_PRECISION, ..config(dc) }, keys(dc, Family::Random));
    let ana = sketch(dc, "ana", config).await;
    let mut added = 0;
    for count in [0, 1_000, 30_000, 1_000_000] {
        ana.add_all(keys, added, count).await.expect_ok("adding")?;
        added = count;
        let length = bytes(&ana).await?.len() as u64;
        ensure!(
            length <= BONUS_BYTES_MAX,
            "a sketch takes more than 12 KiB",
            "{BONUS_BYTES_MAX} bytes at a precision of {BONUS_PRECISION}",
            "{length}, after {count} keys"
        );
    }
    Ok(())
}

/// Bytes that are no sketch of this configuration are refused, and change nothing: cut short, too long, or of a sketch with
/// another precision or another secret.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn foreign_bytes_are_refused(dc: &Datacentre) -> Outcome {
    let (config, keys) = (config(dc), keys(dc, Family::Random));
    for count in [100, 50_000] {
        let ana = filled(dc, "ana", config, keys, 0..count).await?;
        let bo = filled(dc, "bo", config, keys, count..2 * count).await?;
        let others = bytes(&bo).await?;
        for (what, bytes) in spoilt::all(&others, 3) {
            refuses(&ana, &bytes, &what, keys, count).await?;
        }
        let configs = [
            ("a sketch of a lower precision", Config { precision: config.precision - 1, ..config }),
            ("a sketch of a higher precision", Config { precision: config.precision + 1, ..config }),
            ("a sketch with another secret", Config { secret: config.secret ^ 1, ..config }),
            (
                "a sketch with a secret that differs in its high bits",
                Config { secret: config.secret ^ 1 << 100, ..config },
            ),
        ];
        for (what, other) in configs {
            let cy = filled(dc, "cy", other, keys, count..2 * count).await?;
            refuses(&ana, &bytes(&cy).await?, what, keys, count).await?;
        }
        // Those of its own kind are fine all the while.
        ana.merge(&others).await.expect_ok("merging bo's bytes")?;
        holds_all(&ana, keys, 0..2 * count, "after a merge").await?;
    }
    Ok(())
}

/// Demands that a sketch with the first `count` keys takes no such bytes, and stays what it is.
async fn refuses(ana: &Client, bytes: &[u8], what: &str, keys: Keys, count: u64) -> Outcome {
    let before = estimate(ana).await?;
    for error in [
        ana.merge(bytes).await.expect_refused(&format!("merging {what}"))?,
        ana.restore(bytes).await.expect_refused(&format!("restoring from {what}"))?,
    ] {
        ensure!(error == BytesError::Foreign, "bytes are refused for another reason", "Foreign", "{error:?}");
    }
    is_the_same(estimate(ana).await?, before, "the estimate after bytes were refused")?;
    holds_all(ana, keys, 0..count, "after bytes were refused").await
}
