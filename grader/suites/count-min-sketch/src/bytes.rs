//! Stage `bytes`: sketches travel, and are merged.

use crate::sketches::{config, keys, sketch, sure};
use crate::tally::Tally;
use count_min_sketch::{
    BytesError, COUNTER_BYTES, Config, CountMinSketchClient as Client, HEADER_BYTES_MAX,
    LISTED_KEY_BYTES_MAX, LISTED_KEYS_FACTOR, SIZE_FACTOR,
};
use kata::keys::Family;
use kata_check::{Outcome, ensure, spoilt};
use kata_sim::{Datacentre, Expect, requirement};

/// A sketch that is restored from another's bytes is what that one was, and nothing of what it was before; and it goes on from
/// there.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn bytes_restore_a_sketch(dc: &Datacentre) -> Outcome {
    let keys = keys(dc, Family::SamePrefix);
    for (error, removal) in [(0.01, false), (0.01, true), (0.011, false), (0.3, true)] {
        let config = Config { error, heavy_share: 2.0 * error, removal, ..sure(dc) };
        let (ana, bo) = (sketch(dc, "ana", config).await, sketch(dc, "bo", config).await);
        ana.add_zipf(keys, 1_000).await.expect_ok("adding")?;
        // What is in the way.
        Tally::new(keys, 2_000).add(&bo, 500..2_000, 50, 1).await?;
        let bytes = ana.to_bytes().await.expect_ok("ana's bytes")?;
        bo.restore(&bytes).await.expect_ok("restoring from ana's bytes")?;
        let mut tally = Tally::zipf(keys, 1_000);
        tally.is_close_to(&bo, error, " in a restored sketch").await?;
        tally.add(&bo, 0..500, 7, 3).await?;
        tally.is_close_to(&bo, error, " after more was added to a restored sketch").await?;
        Tally::zipf(keys, 1_000)
            .is_close_to(&ana, error, " in a sketch from which another was restored")
            .await?;
    }
    Ok(())
}

/// The bytes of a sketch are at most twice what the textbook's sketch needs, and a few for a head and for a list of heavy hitters:
/// after thousands of keys, after a stream in which each new key is a heavy hitter for a while, and after many merges, each with other
/// heavy hitters.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn bytes_are_few(dc: &Datacentre) -> Outcome {
    for removal in [false, true] {
        for (error, failure) in [(0.01, 0.01), (0.02, 0.01), (0.001, 0.1), (0.4, 0.5), (0.01, 1e-15)] {
            let config = Config { error, failure, heavy_share: 2.0 * error, removal, ..config(dc) };
            let keys = keys(dc, Family::Random);
            let ana = sketch(dc, "ana", config).await;
            ana.add_zipf(keys, 10_000).await.expect_ok("adding")?;
            is_small(&ana, &config, "a stream after Zipf's law").await?;
        }
    }
    let config = Config { error: 0.02, failure: 0.01, heavy_share: 0.04, ..config(dc) };
    let (bo, mut tally) = (sketch(dc, "bo", config).await, Tally::new(keys(dc, Family::Random), 600));
    for number in 0..600 {
        let count = tally.total() / 16 + 1;
        tally.add(&bo, number..number + 1, count, 1).await?;
    }
    is_small(&bo, &config, "600 keys, each of which was a seventeenth of all when it came").await?;
    let (cy, dan) = (sketch(dc, "cy", config).await, sketch(dc, "dan", config).await);
    let (keys, empty) = (keys(dc, Family::Random), dan.to_bytes().await.expect_ok("dan's bytes")?);
    for merge in 0..30 {
        dan.restore(&empty).await.expect_ok("restoring from the bytes of an empty sketch")?;
        dan.add_all(keys, merge * 24, (merge + 1) * 24, 100, 1).await.expect_ok("adding")?;
        cy.merge(&dan.to_bytes().await.expect_ok("dan's bytes")?).await.expect_ok("merging dan's bytes")?;
    }
    is_small(&cy, &config, "30 merges with sketches of 24 other heavy hitters each").await
}

/// Demands few bytes of a sketch with keys of 16 bytes. `after` says what it counted.
async fn is_small(sketch: &Client, config: &Config, after: &str) -> Outcome {
    let Config { error, failure, removal, .. } = *config;
    let length = sketch.to_bytes().await.expect_ok("bytes")?.len() as u64;
    let (rows, width) = (libm::ceil(-libm::log(failure)), libm::ceil(std::f64::consts::E / error));
    let optimum = rows * width * COUNTER_BYTES as f64;
    let listed = if removal { 0.0 } else { LISTED_KEYS_FACTOR / error };
    let list = listed * (16 + LISTED_KEY_BYTES_MAX) as f64;
    let limit = libm::ceil(SIZE_FACTOR * optimum + list) as u64 + HEADER_BYTES_MAX;
    ensure!(
        length <= limit,
        "a sketch takes too many bytes after {after}",
        "{SIZE_FACTOR} times the optimum of {optimum}, {HEADER_BYTES_MAX}, and {list} for the list: {limit}",
        "{length} with {config:?}"
    );
    Ok(())
}

/// A sketch that was merged with another has the counts of both, and once more those of the other if it is merged once more.
/// The other stays as it was.
#[requirement(stage = "bytes", level = acceptance, points = 10, schedules = 1)]
async fn a_merge_adds_up(dc: &Datacentre) -> Outcome {
    for removal in [false, true] {
        let (config, keys) = (Config { removal, ..sure(dc) }, keys(dc, Family::Random));
        let (ana, bo) = (sketch(dc, "ana", config).await, sketch(dc, "bo", config).await);
        let mut theirs = Tally::new(keys, 3_000);
        theirs.add(&bo, 1_000..3_000, 3, 1).await?;
        theirs.add(&bo, 0..50, 1_000, 1).await?;
        let bytes = bo.to_bytes().await.expect_ok("bo's bytes")?;
        ana.add_zipf(keys, 3_000).await.expect_ok("adding")?;
        let mut both = Tally::zipf(keys, 3_000);
        for when in [" after a merge", " after the same bytes were merged again"] {
            ana.merge(&bytes).await.expect_ok("merging bo's bytes")?;
            both = both.plus(&theirs);
            both.is_close_to(&ana, config.error, when).await?;
        }
        both.add(&ana, 0..2_000, 1, 2).await?;
        both.is_close_to(&ana, config.error, " after more was added to a merged sketch").await?;
        theirs.is_close_to(&bo, config.error, " in a sketch that was merged into another").await?;
    }
    Ok(())
}

/// Bytes that are no sketch of this configuration are refused, and change nothing: cut short, too long, or of a sketch with
/// another error, failure, secret or heavy share, or of one with removal.
#[requirement(stage = "bytes", level = acceptance, points = 5, schedules = 1)]
async fn foreign_bytes_are_refused(dc: &Datacentre) -> Outcome {
    let (config, keys) = (sure(dc), keys(dc, Family::Random));
    let (ana, bo) = (sketch(dc, "ana", config).await, sketch(dc, "bo", config).await);
    ana.add_zipf(keys, 1_000).await.expect_ok("adding")?;
    let held = Tally::zipf(keys, 1_000);
    let mut theirs = Tally::new(keys, 1_000);
    theirs.add(&bo, 0..1_000, 10, 1).await?;
    theirs.add(&bo, 0..1, 5_000, 1).await?;
    let bytes = bo.to_bytes().await.expect_ok("bo's bytes")?;
    for (what, bytes) in spoilt::all(&bytes, 8) {
        refuses(&ana, &bytes, &what, &held, &config).await?;
    }
    let others = [
        // So little more that it may have just as many counters.
        ("a sketch with another error", Config { error: 0.010_000_1, ..config }),
        ("a sketch with another failure", Config { failure: 1.000_001e-15, ..config }),
        ("a sketch with another secret", Config { secret: config.secret ^ 1, ..config }),
        (
            "a sketch with a secret that differs in its high bits",
            Config { secret: config.secret ^ 1 << 100, ..config },
        ),
        ("a sketch with another heavy share", Config { heavy_share: 0.06, ..config }),
        ("a sketch with removal", Config { removal: true, ..config }),
    ];
    for (what, other) in others {
        let cy = sketch(dc, "cy", other).await;
        cy.add_all(keys, 0, 1_000, 10, 1).await.expect_ok("adding")?;
        let bytes = cy.to_bytes().await.expect_ok("cy's bytes")?;
        refuses(&ana, &bytes, what, &held, &config).await?;
    }
    // Those of its own kind are fine all the while.
    ana.merge(&bytes).await.expect_ok("merging bo's bytes")?;
    held.plus(&theirs).is_close_to(&ana, config.error, " after a merge").await
}

/// Demands that a sketch takes no such bytes, and stays what it is.
async fn refuses(ana: &Client, bytes: &[u8], what: &str, held: &Tally, config: &Config) -> Outcome {
    for error in [
        ana.merge(bytes).await.expect_refused(&format!("a merge with {what}"))?,
        ana.restore(bytes).await.expect_refused(&format!("restoring from {what}"))?,
    ] {
        ensure!(error == BytesError::Foreign, "bytes are refused for another reason", "Foreign", "{error:?}");
    }
    let when = format!(" after {what} were refused");
    held.is_close_to(ana, config.error, &when).await?;
    held.is_listed_by(ana, config, &when).await
}
