//! Stage `links`: shorten and resolve, one client after the other.

use crate::clients::{at_each_node, keyspace, leads_nowhere, leads_to, request, shorten, unlimited};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::collections::BTreeSet;
use url_shortener::{LIFETIME_MIN, OwnerError, Shorten, UrlShortenerClient as Client};

const URL: &str = "https://example.com/a/long/way?to=go#down";

/// Ana shortens URLs, and whoever resolves the codes gets the very same text back, at once, through whichever node.
#[requirement(stage = "links", level = acceptance, points = 3, schedules = 10)]
async fn a_link_leads_to_its_url(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, unlimited()).await;
    let ana = dc.client::<Client>("ana");
    // A URL library would lengthen the first, lower the second, and escape the third.
    for (key, url) in (1..).zip([
        "https://example.com",
        "HTTPS://EXAMPLE.com:443/A/../b",
        "http://example.com/ä?ö=%c3",
        URL,
    ]) {
        let before = dc.now();
        let link = shorten(&ana, request(url, key)).await?;
        let after = dc.now();
        let (created_at, expires_at) = (link.created_at, link.expires_at);
        ensure!(
            before <= created_at && created_at <= after,
            "a link was not made during the call that made it",
            "`created_at` from {before} to {after}",
            "{created_at}"
        );
        ensure!(
            expires_at.is_none(),
            "a link without a lifetime expires",
            "no `expires_at`",
            "{expires_at:?}"
        );
        for visitor in at_each_node(dc, "bo") {
            leads_to(&visitor, &link.code, url).await?;
        }
    }
    Ok(())
}

/// Generated codes have the configured length and alphabet, and every link has one of its own, also if several lead to the same
/// URL.
#[requirement(stage = "links", level = acceptance, points = 3, schedules = 12)]
async fn codes_have_the_configured_shape(dc: &Datacentre) -> Outcome {
    let shapes = [
        ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 7),
        ("zyx", 9),
        // More codes than 64 bits can number.
        ("zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA9876543210", 16),
    ];
    let (alphabet, length) = shapes[usize::try_from(dc.pick("shape", 3)).unwrap_or_default()];
    dc.deploy::<Client>(2, keyspace(alphabet, length)).await;
    let ana = dc.client::<Client>("ana");
    let mut codes = BTreeSet::new();
    for key in 1..=5 {
        let code = shorten(&ana, request(URL, key)).await?.code;
        ensure!(
            code.chars().count() == length as usize && code.chars().all(|c| alphabet.contains(c)),
            "a code has the wrong shape",
            "{length} characters of {alphabet}",
            "{code:?}"
        );
        ensure!(
            !codes.contains(&code),
            "two links share a code",
            "a code that is none of {codes:?}",
            "{code:?}"
        );
        codes.insert(code);
    }
    for code in codes {
        leads_to(&ana, &code, URL).await?;
    }
    Ok(())
}

/// What nobody has made leads nowhere, and neither does text that could never be a code: empty, far too long, or full of
/// characters that no code has.
#[requirement(stage = "links", level = acceptance, points = 2, schedules = 4)]
async fn what_is_no_code_leads_nowhere(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, unlimited()).await;
    let ana = dc.client::<Client>("ana");
    let code = shorten(&ana, request(URL, 1)).await?.code;
    let long = "a".repeat(5_000);
    let twice = format!("{code}{code}");
    for text in ["", " ", "\0", "nothing", "a/b", "日本", "../links", &long, &twice] {
        leads_nowhere(&ana, text, "nobody made it").await?;
        let clicks = ana.clicks(text.to_owned()).await;
        ensure!(
            clicks == Answer::Refused(OwnerError::NotFound),
            "clicks of a link that never was are told",
            "Err(NotFound)",
            "clicks({text:?}): {clicks}"
        );
        let deleted = ana.delete(text.to_owned()).await;
        ensure!(
            deleted == Answer::Refused(OwnerError::NotFound),
            "a link that never was can be deleted",
            "Err(NotFound)",
            "delete({text:?}): {deleted}"
        );
    }
    leads_to(&ana, &code, URL).await
}

/// Bo may follow Ana's link, but neither read its clicks nor delete it. Ana may, and may delete it again, and still reads its
/// clicks then. So it is with a link that has expired.
#[requirement(stage = "links", level = acceptance, points = 2, schedules = 6)]
async fn only_the_owner_reads_clicks_and_deletes(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let staleness = config.staleness;
    dc.deploy::<Client>(2, config).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    let code = shorten(&ana, request(URL, 1)).await?.code;
    let brief = shorten(&ana, Shorten { lifetime: Some(LIFETIME_MIN), ..request(URL, 2) }).await?.code;
    let theirs = async |code: &str| -> Outcome {
        let (clicks, deleted) = (bo.clicks(code.to_owned()).await, bo.delete(code.to_owned()).await);
        ensure!(
            clicks == Answer::Refused(OwnerError::NotYours),
            "bo is told the clicks of ana's link",
            "Err(NotYours)",
            "{clicks}"
        );
        ensure!(
            deleted == Answer::Refused(OwnerError::NotYours),
            "bo may delete ana's link",
            "Err(NotYours)",
            "{deleted}"
        );
        Ok(())
    };
    theirs(&code).await?;
    dc.sleep(staleness.max(LIFETIME_MIN)).await;
    leads_to(&bo, &code, URL).await?;
    theirs(&brief).await?;
    ana.clicks(brief.clone()).await.expect_ok("ana's look at the clicks of her expired link")?;
    ana.delete(brief.clone()).await.expect_ok("ana's delete of her expired link")?;
    ana.clicks(brief).await.expect_ok("ana's look at the clicks of her expired and deleted link")?;
    ana.clicks(code.clone()).await.expect_ok("ana's look at the clicks of her link")?;
    ana.delete(code.clone()).await.expect_ok("ana's delete of her link")?;
    ana.delete(code.clone()).await.expect_ok("ana's second delete of her link")?;
    dc.sleep(staleness).await;
    leads_nowhere(&bo, &code, "it was deleted long enough ago").await?;
    ana.clicks(code.clone()).await.expect_ok("ana's look at the clicks of her deleted link")?;
    theirs(&code).await
}
