//! Stage `limits`: how many links an owner may make, and how many codes there are.

use crate::clients::{aliased, at_each_node, keyspace, leads_to, refused, request, shorten};
use futures_util::future::{join, join_all};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::collections::BTreeSet;
use std::time::Duration;
use url_shortener::ShortenError::{
    AliasTaken, Blocked, Exhausted, InvalidAlias, InvalidLifetime, InvalidUrl, KeyReused, RateLimited,
    ReservedAlias,
};
use url_shortener::{
    CREATIONS_WINDOW, Config, KEYSPACE_EXACT_MAX, LIFETIME_MIN, Shorten, ShortenError, UrlProblem,
    UrlShortenerClient as Client,
};

const URL: &str = "https://example.com/";

fn limited(creations_max: u32) -> Config {
    Config { creations_max, ..Config::default() }
}

/// Three links a minute means three in *every* minute, wherever it begins. As soon as the first of three is a minute old, there
/// is room for one more, and only for one.
#[requirement(stage = "limits", level = acceptance, points = 3, schedules = 10)]
async fn the_limit_holds_in_every_window(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, limited(3)).await;
    let ana = dc.client::<Client>("ana");
    let mut created = Vec::new();
    // Late in one minute of the clock and early in the next.
    for (key, pause) in [(1, 40), (2, 8), (3, 8)] {
        dc.sleep(Duration::from_secs(pause)).await;
        // That they expire makes no room.
        let brief = Shorten { lifetime: Some(LIFETIME_MIN), ..request(URL, key) };
        created.push(shorten(&ana, brief).await?.created_at);
    }
    dc.sleep(Duration::from_secs(8)).await;
    refused(&ana, request(URL, 4), RateLimited).await?;
    for (key, earlier) in [(4, created[0]), (5, created[1])] {
        dc.sleep_until(earlier + CREATIONS_WINDOW - Duration::from_secs(2)).await;
        refused(&ana, request(URL, key), RateLimited).await?;
        dc.sleep_until(earlier + CREATIONS_WINDOW).await;
        let link = shorten(&ana, request(URL, key)).await?;
        leads_to(&ana, &link.code, URL).await?;
        refused(&ana, request(URL, 6), RateLimited).await?;
    }
    Ok(())
}

/// Requests that are refused, for whatever reason, cost nothing, and neither do repeated ones. A link that was deleted has
/// cost what it cost.
#[requirement(stage = "limits", level = acceptance, points = 3, schedules = 6)]
async fn refused_and_repeated_calls_cost_nothing(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, limited(2)).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    shorten(&bo, aliased(URL, "taken", 1)).await?;
    let first = shorten(&ana, request(URL, 1)).await?;
    for _ in 0..2 {
        shorten(&ana, request(URL, 1)).await?;
        refused(&ana, request("https://example.com/other", 1), KeyReused).await?;
        refused(&ana, request("ftp://example.com", 2), InvalidUrl(UrlProblem::Scheme)).await?;
        refused(&ana, request("https://phish.example", 2), Blocked).await?;
        refused(&ana, aliased(URL, "no good", 2), InvalidAlias).await?;
        refused(&ana, aliased(URL, "admin", 2), ReservedAlias).await?;
        refused(&ana, aliased(URL, "taken", 2), AliasTaken).await?;
        refused(&ana, Shorten { lifetime: Some(Duration::ZERO), ..request(URL, 2) }, InvalidLifetime).await?;
    }
    ana.delete(first.code).await.expect_ok("ana's delete of her link")?;
    let second = shorten(&ana, request(URL, 2)).await?;
    // These are refused by the limit, and do not make it last longer.
    for key in 3..6 {
        refused(&ana, request(URL, key), RateLimited).await?;
        dc.sleep(Duration::from_secs(10)).await;
    }
    shorten(&ana, request(URL, 1)).await?;
    dc.sleep_until(first.created_at + CREATIONS_WINDOW).await;
    shorten(&ana, request(URL, 3)).await?;
    dc.sleep_until(second.created_at + CREATIONS_WINDOW).await;
    shorten(&ana, request(URL, 4)).await.map(drop)
}

/// Ana asks for four links at once, through three nodes, and may have two. She gets two, and Bo, who asks at the same moment, gets
/// his. So it is with fourteen of which she may have twelve: however many get into each other's way, all are dealt with.
#[requirement(stage = "limits", level = concurrency, points = 4, schedules = 800)]
async fn the_limit_is_shared_by_all_nodes(dc: &Datacentre) -> Outcome {
    let allowed = if dc.pick("crowd", 20) == 0 { 12 } else { 2 };
    dc.deploy::<Client>(3, limited(allowed)).await;
    let (nodes, bo) = (at_each_node(dc, "ana"), dc.client::<Client>("bo"));
    let asked = allowed as usize + 2;
    let asks = (0..asked).map(|key| nodes[key % 3].shorten(request(URL, key as u64)));
    let (answers, bos) = join(join_all(asks), shorten(&bo, request(URL, 1))).await;
    bos?;
    let made = answers.iter().filter(|answer| answer.is_ok()).count();
    let limited =
        answers.iter().filter(|answer| **answer == Answer::Refused(ShortenError::RateLimited)).count();
    let told: Vec<String> = answers.iter().map(ToString::to_string).collect();
    let told = told.join(", ");
    ensure!(
        made == allowed as usize && limited == 2,
        "{asked} links at once, of which {allowed} are allowed",
        "{allowed} links and two `RateLimited`",
        "{told}"
    );
    refused(&nodes[0], request(URL, 99), RateLimited).await
}

/// As long as a code is free, it is found; when all are taken, the answer says so. An alias can still be had then. Where there are
/// more codes than must be tried, one is found as long as fewer are taken than that.
#[requirement(stage = "limits", level = acceptance, points = 2, schedules = 24)]
async fn an_exhausted_keyspace_says_so(dc: &Datacentre) -> Outcome {
    let keyspaces = [("xyz", 1, 3), ("01", 3, 8), ("a", 5, 1), ("01", 6, KEYSPACE_EXACT_MAX), ("abc", 4, 81)];
    let (alphabet, length, size) = keyspaces[usize::try_from(dc.pick("keyspace", 5)).unwrap_or_default()];
    let is_exact = size <= KEYSPACE_EXACT_MAX;
    dc.deploy::<Client>(2, keyspace(alphabet, length)).await;
    let ana = dc.client::<Client>("ana");
    let mut codes = BTreeSet::new();
    // When that many less one are taken, whoever tries that many finds a free one.
    for key in 0..size.min(KEYSPACE_EXACT_MAX) {
        let code = shorten(&ana, request(URL, key)).await?.code;
        ensure!(
            !codes.contains(&code),
            "two links share a code",
            "a code that is none of {codes:?}",
            "{code:?}"
        );
        codes.insert(code);
    }
    for _ in 0..2 {
        if is_exact {
            refused(&ana, request(URL, size), Exhausted).await?;
        }
    }
    shorten(&ana, aliased("https://example.com/alias", "alias", size)).await?;
    shorten(&ana, request(URL, 0)).await?;
    leads_to(&ana, "alias", "https://example.com/alias").await
}
