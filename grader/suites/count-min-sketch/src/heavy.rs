//! Stage `heavy`: the list of keys with a great share of the total.

use crate::sketches::{keys, sketch, sure};
use crate::tally::Tally;
use count_min_sketch::{Config, ListError};
use kata::keys::Family;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// Of a sketch that lists keys from a fiftieth of the total on.
fn listing(dc: &Datacentre) -> Config {
    Config { error: 0.005, heavy_share: 0.02, ..sure(dc) }
}

/// All keys with at least `heavy_share` of the total are listed, the highest estimate first, and none with less than `heavy_share -
/// error`: of a stream after Zipf's law, whatever keys look like. A sketch that counted nothing lists nothing, and one with removal
/// keeps no list.
#[requirement(stage = "heavy", level = acceptance, points = 10, schedules = 1)]
async fn heavy_hitters_are_listed(dc: &Datacentre) -> Outcome {
    for family in Family::ALL {
        let (config, keys) = (listing(dc), keys(dc, family));
        let ana = sketch(dc, "ana", config).await;
        ana.add(&keys.key(0), 0).await.expect_ok("adding 0")?;
        Tally::new(keys, 1_000).is_listed_by(&ana, &config, " in an empty sketch").await?;
        ana.add_zipf(keys, 1_000).await.expect_ok("adding")?;
        let mut tally = Tally::zipf(keys, 1_000);
        tally.is_listed_by(&ana, &config, "").await?;
        // In one go, which is no different.
        tally.add(&ana, 900..903, 500, 1).await?;
        tally.is_listed_by(&ana, &config, " after counts were added in one call each").await?;
    }
    // Two halves, which any arithmetic has exactly.
    let (halves, keys) = (Config { heavy_share: 0.5, ..listing(dc) }, keys(dc, Family::Random));
    let cy = sketch(dc, "cy", halves).await;
    let mut tally = Tally::new(keys, 2);
    tally.add(&cy, 0..2, 100, 1).await?;
    tally.is_listed_by(&cy, &halves, " when two keys came equally often").await?;
    let listed = cy.heavy_hitters().await.expect_ok("the list of heavy hitters")?.len();
    ensure!(listed == 2, "a heavy hitter is not listed", "two keys with half of the total each", "{listed}");
    let bo = sketch(dc, "bo", Config { removal: true, ..listing(dc) }).await;
    bo.add(b"often", 100).await.expect_ok("adding")?;
    let error = bo.heavy_hitters().await.expect_refused("the list of a sketch with removal")?;
    ensure!(error == ListError::NotKept, "there is no list for another reason", "NotKept", "{error:?}");
    Ok(())
}

/// Keys come and go. One that was everything is nothing after a hundred others came, one that hardly came at first rises by one
/// and one until it is heavy, the first comes back, and in the end forty are heavy at once. The list is right all the time.
#[requirement(stage = "heavy", level = acceptance, points = 10, schedules = 1)]
async fn the_list_follows_the_stream(dc: &Datacentre) -> Outcome {
    let (config, keys) = (listing(dc), keys(dc, Family::SameSuffix));
    let ana = sketch(dc, "ana", config).await;
    let mut tally = Tally::new(keys, 1_000);
    tally.add(&ana, 0..1, 1_000, 1).await?;
    tally.is_listed_by(&ana, &config, " when only one key came").await?;
    tally.add(&ana, 1..101, 1_000, 1).await?;
    tally.is_listed_by(&ana, &config, " when a hundred keys came equally often").await?;
    tally.add(&ana, 500..503, 1, 4_000).await?;
    tally.is_listed_by(&ana, &config, " after three keys rose, one by one").await?;
    tally.add(&ana, 0..1, 500, 6).await?;
    tally.is_listed_by(&ana, &config, " after the first key came back").await?;
    tally.add(&ana, 101..1_000, 400, 1).await?;
    tally.is_listed_by(&ana, &config, " after hundreds of others came").await?;
    tally.add(&ana, 500..501, 1, 10_000).await?;
    tally.is_listed_by(&ana, &config, " after one key rose again").await?;
    tally.add(&ana, 700..740, 10_000, 10).await?;
    tally.is_listed_by(&ana, &config, " when forty keys came equally often").await
}

/// What two sketches hold together is heavy or not: also what is heavy in one of them alone. The list travels with the bytes, to a sketch
/// that is restored as well, and it goes on from there.
#[requirement(stage = "heavy", level = acceptance, points = 10, schedules = 1)]
async fn merged_lists_hold_all_heavy_hitters(dc: &Datacentre) -> Outcome {
    let (config, keys) = (listing(dc), keys(dc, Family::Random));
    let (ana, bo, cy) =
        (sketch(dc, "ana", config).await, sketch(dc, "bo", config).await, sketch(dc, "cy", config).await);
    let (mut mine, mut theirs) = (Tally::new(keys, 300), Tally::new(keys, 300));
    mine.add(&ana, 0..100, 100, 1).await?;
    theirs.add(&bo, 0..100, 100, 1).await?;
    // Heavy in one, and in both together.
    mine.add(&ana, 200..201, 3_000, 1).await?;
    theirs.add(&bo, 201..202, 2_000, 1).await?;
    // Heavy in bo's alone and in both together, with what ana had of it.
    mine.add(&ana, 202..203, 1, 220).await?;
    theirs.add(&bo, 202..203, 1, 450).await?;
    // Heavy in one, and not in both together.
    mine.add(&ana, 203..204, 350, 1).await?;
    theirs.add(&bo, 204..205, 350, 1).await?;
    mine.is_listed_by(&ana, &config, "").await?;
    theirs.is_listed_by(&bo, &config, "").await?;
    let bytes = bo.to_bytes().await.expect_ok("bo's bytes")?;
    ana.merge(&bytes).await.expect_ok("merging bo's bytes")?;
    let mut both = mine.plus(&theirs);
    both.is_listed_by(&ana, &config, " after a merge").await?;
    let bytes = ana.to_bytes().await.expect_ok("ana's bytes")?;
    // What is in the way.
    Tally::new(keys, 300).add(&cy, 290..292, 50_000, 1).await?;
    cy.restore(&bytes).await.expect_ok("restoring from ana's bytes")?;
    both.is_listed_by(&cy, &config, " in a restored sketch").await?;
    both.add(&cy, 5..6, 1, 3_000).await?;
    both.is_listed_by(&cy, &config, " after a key rose in a restored sketch").await
}
