//! Stage `impressions`: which ids count.

use crate::clients::{SHOES, register};
use crate::tally::Tally;
use ad_click_aggregator::{AdClickAggregatorClient as AdClient, Click, ClickError, Config};
use futures_util::future::try_join_all;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::collections::BTreeSet;
use std::time::Duration;

/// How many letters a counter changes at most in a hundred steps. Where ids hold 64 random bits, in 11 letters or 16 digits, no more than
/// that differ in one grade of a billion, or fewer.
const COUNTED_LETTERS_MAX: usize = 2;

/// Ids that somebody made up are refused, however odd, and count nothing.
#[requirement(stage = "impressions", level = acceptance, points = 3, schedules = 5)]
async fn made_up_ids_are_refused(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 1, Config::default()).await?;
    tally.visit("cy").await?;
    let (long, accents) = ("0123456789abcdef".repeat(400), "\u{e9}\u{20ac}".repeat(40));
    for id in ["", "0", "1", SHOES, "a\0b", "8f14e45f-ceea-467f-a0e6-0d9f1c3f9b5a", &accents, &long] {
        refused(dc, SHOES, id).await?;
    }
    tally.settle().await
}

/// An id is good letter by letter: with a letter changed, capitalised, added or left out it is another id, which was never
/// issued. The real one still counts, once.
#[requirement(stage = "impressions", level = acceptance, points = 3, schedules = 5)]
async fn altered_ids_are_refused(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 1, Config::default()).await?;
    let id = tally.place().await?;
    for altered in alterations(&id) {
        refused(dc, SHOES, &altered).await?;
    }
    tally.insist(&dc.client("cy"), &id).await?;
    // Whoever accepted the real one may now take its alterations for duplicates.
    for altered in alterations(&id) {
        refused(dc, SHOES, &altered).await?;
    }
    tally.settle().await
}

/// Texts that look like `id` and are not.
fn alterations(id: &str) -> Vec<String> {
    let letters: Vec<char> = id.chars().collect();
    let changed = |at: usize, to: char| {
        let mut letters = letters.clone();
        letters[at] = to;
        letters.into_iter().collect::<String>()
    };
    let mut altered = vec![
        id.to_uppercase(),
        id.to_lowercase(),
        format!("{id} "),
        format!(" {id}"),
        format!("{id}0"),
        format!("0{id}"),
        format!("+{id}"),
        format!("{id}="),
        format!("{id}{id}"),
        letters[1..].iter().collect(),
        letters[..letters.len() - 1].iter().collect(),
        letters.iter().rev().collect(),
    ];
    for at in [0, letters.len() / 3, letters.len() / 2, letters.len() - 1] {
        // The neighbour in any alphabet: the last letter of some encodings has bits to spare.
        let neighbour = char::from_u32(u32::from(letters[at]) ^ 1).unwrap_or('0');
        altered.push(changed(at, neighbour));
        altered.push(changed(at, if letters[at] == '7' { '8' } else { '7' }));
    }
    altered.retain(|altered| altered != id);
    altered
}

/// An impression of one ad cannot be clicked as one of another, not even where the ads' names and the id could be cut
/// apart differently. It still counts for its own ad.
#[requirement(stage = "impressions", level = acceptance, points = 3, schedules = 5)]
async fn an_id_belongs_to_its_ad(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 1, Config::default()).await?;
    let id = tally.place().await?;
    // "shoes" and "1f.." against "shoes1" and "f..", and the other way round.
    let (first, rest) = id.split_at(id.chars().next().map_or(0, char::len_utf8));
    let (longer, shorter) = (format!("{SHOES}{first}"), "shoe".to_owned());
    let hats = Tally::of(dc, "hats", Config::default().freshness).await?;
    register(dc, &longer).await?;
    register(dc, &shorter).await?;
    refused(dc, "hats", &id).await?;
    refused(dc, &longer, &id).await?;
    refused(dc, &longer, rest).await?;
    refused(dc, &shorter, &format!("s{id}")).await?;
    tally.insist(&dc.client("cy"), &id).await?;
    refused(dc, "hats", &id).await?;
    tally.settle().await?;
    hats.check().await
}

/// An impression can be clicked for `Config::impression_valid_for`, up to its last seconds; a second click then still counts nothing.
/// Afterwards it is refused, whether it was clicked before or not, and counts nothing.
#[requirement(stage = "impressions", level = acceptance, points = 3, schedules = 3)]
async fn impressions_run_out(dc: &Datacentre) -> Outcome {
    // Longer than `Config::horizon`, which has nothing to do with it.
    let valid_for = Duration::from_secs(3 * 3_600);
    let config = Config { impression_valid_for: valid_for, ..Config::default() };
    let tally = Tally::deploy(dc, 1, config).await?;
    let cy = dc.client("cy");
    let called = dc.now();
    let (early, late, never) = (tally.place().await?, tally.place().await?, tally.place().await?);
    let answered = dc.now();
    tally.insist(&cy, &early).await?;
    dc.sleep_until(called + valid_for - Duration::from_secs(2)).await;
    tally.insist(&cy, &early).await?;
    tally.insist(&cy, &late).await?;
    dc.sleep_until(answered + valid_for).await;
    for impression in [&early, &late, &never] {
        refused(dc, SHOES, impression).await?;
    }
    tally.settle().await
}

/// No two impressions get the same id: not when they are placed at the same moment through several nodes, and not when the
/// nodes start anew. Nor can one be guessed from another.
#[requirement(stage = "impressions", level = concurrency, points = 3, schedules = 100)]
async fn impressions_are_unique(dc: &Datacentre) -> Outcome {
    dc.deploy::<AdClient>(3, Config::default()).await;
    register(dc, SHOES).await?;
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let pages = dc.nodes().into_iter().chain(dc.nodes());
        let pages = pages.map(|node| dc.client_at::<AdClient>("page", node));
        let placed = try_join_all(pages.map(async |page| {
            let id = page.place(SHOES.to_owned()).await.expect_ok("the placing of an ad")?;
            Ok::<String, Complaint>(id)
        }));
        for id in placed.await? {
            ensure!(
                seen.insert(id.clone()),
                "two impressions have one id",
                "another id each time",
                "{id:?} twice"
            );
        }
        for node in dc.nodes() {
            dc.crash(node);
        }
        for node in dc.nodes() {
            dc.restart(node).await;
        }
    }
    for (index, one) in seen.iter().enumerate() {
        for other in seen.iter().skip(index + 1) {
            ensure!(
                differences(one, other) > COUNTED_LETTERS_MAX,
                "who knows one impression id can guess another",
                "ids that differ in more than {COUNTED_LETTERS_MAX} letters",
                "{one:?} and {other:?}"
            );
        }
    }
    // They are all good.
    let visitor = dc.client::<AdClient>("visitor");
    for impression in [seen.first(), seen.last()].into_iter().flatten().cloned() {
        visitor.click(Click { ad: SHOES.to_owned(), impression }).await.expect_ok("a click")?;
    }
    Ok(())
}

/// In how many places two texts differ.
fn differences(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    one.iter().zip(&other).filter(|(one, other)| one != other).count() + one.len().abs_diff(other.len())
}

/// A click that must be refused because its impression is not good.
async fn refused(dc: &Datacentre, ad: &str, impression: &str) -> Outcome {
    let click = Click { ad: ad.to_owned(), impression: impression.to_owned() };
    let shown: String = impression.chars().take(100).collect();
    let call = format!("a click on {ad:?} with {shown:?}, which `place` did not issue for it");
    let error = dc.client::<AdClient>("forger").click(click).await.expect_refused(&call)?;
    ensure!(
        error == ClickError::UnknownImpression,
        "a click on no impression is refused for another reason",
        "UnknownImpression for {shown:?}",
        "{error:?}"
    );
    Ok(())
}
