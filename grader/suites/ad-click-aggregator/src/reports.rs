//! Stage `reports`: what an advertiser reads.

use crate::clients::{ANA, SHOES, register, second_of, well_inside_a_minute};
use crate::tally::Tally;
use ad_click_aggregator::{
    AdClickAggregatorClient as AdClient, Config, Minute, MinuteClicks, Range, ReportError,
};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;

/// Clicks of three minutes are reported minute by minute, once they are as old as `Config::freshness`: in order, without
/// the minutes that had none, from the range's first minute up to but without its last. Then visitors click while a minute turns, and
/// each click is in the minute in which it happened.
#[requirement(stage = "reports", level = acceptance, points = 4, schedules = 20)]
async fn clicks_land_in_their_minute(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 1, Config::default()).await?;
    well_inside_a_minute(dc).await;
    let Minute(first) = Minute::of(dc.now());
    for (minute, clicks) in [(first, 2), (first + 2, 3), (first + 3, 1)] {
        dc.sleep_until(second_of(Minute(minute), 30)).await;
        for _ in 0..clicks {
            tally.visit("cy").await?;
        }
    }
    tally.settle().await?;
    let all = [(0, 2), (2, 3), (3, 1)];
    for (from, to, expected) in [
        (0, 4, &all[..]),
        (0, 2, &all[..1]),
        (1, 3, &all[1..2]),
        (2, 3, &all[1..2]),
        (1, 2, &[]),
        (3, 60, &all[2..]),
    ] {
        let range = Range { ad: SHOES.to_owned(), from: Minute(first + from), to: Minute(first + to) };
        let found = dc.client::<AdClient>(ANA).report(range).await.expect_ok("ana's report")?;
        let found: Vec<(u64, u64)> = found
            .iter()
            .map(|MinuteClicks { minute, clicks }| (minute.0.wrapping_sub(first), *clicks))
            .collect();
        ensure!(
            found == expected,
            "a report of part of the time is wrong",
            "(minute, clicks) {expected:?} from minute {from} up to {to}",
            "{found:?}"
        );
    }
    // The last clicks of one minute and the first ones of the next.
    let turn = Minute(Minute::of(dc.now()).0 + 1);
    let begin = second_of(turn, 0) - Duration::from_secs(1);
    for nth in 0..20 {
        dc.sleep_until(begin + nth * Duration::from_millis(100)).await;
        tally.visit("cy").await?;
    }
    tally.settle().await
}

/// A visitor clicks again, at once and some minutes later. Each click leads to the ad's page, and the impression counts once, in the
/// minute of its first click.
#[requirement(stage = "reports", level = acceptance, points = 4, schedules = 20)]
async fn a_second_click_counts_nothing(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 1, Config::default()).await?;
    well_inside_a_minute(dc).await;
    let cy = dc.client::<AdClient>("cy");
    let (early, late) = (tally.place().await?, tally.place().await?);
    tally.insist(&cy, &early).await?;
    tally.insist(&cy, &early).await?;
    dc.sleep(Duration::from_secs(180)).await;
    for impression in [&late, &early, &late] {
        tally.insist(&cy, impression).await?;
    }
    tally.settle().await
}

/// An advertiser reads reports on ads of its own. An ad of somebody else's looks to it like one that does not exist.
#[requirement(stage = "reports", level = acceptance, points = 3, schedules = 5)]
async fn reports_are_the_advertisers_own(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 1, Config::default()).await?;
    tally.visit("cy").await?;
    tally.settle().await?;
    let Minute(now) = Minute::of(dc.now());
    let (ana, bo) = (dc.client::<AdClient>(ANA), dc.client::<AdClient>("bo"));
    let long = "x".repeat(5_000);
    let range = Range { ad: SHOES.to_owned(), from: Minute(now - 5), to: Minute(now + 1) };
    ana.report(range).await.expect_ok("ana's report")?;
    // What ana has just read is what bo asks for first.
    for (client, id) in [(&bo, SHOES), (&bo, "hats"), (&ana, "hats"), (&ana, ""), (&ana, &long)] {
        for (from, to) in [(now - 5, now + 1), (now, now), (0, u64::MAX)] {
            let range = Range { ad: id.to_owned(), from: Minute(from), to: Minute(to) };
            let shown: String = id.chars().take(20).collect();
            let call = format!("a report on {shown:?} for one who has no such ad");
            let error = client.report(range).await.expect_refused(&call)?;
            ensure!(
                error == ReportError::UnknownAd,
                "a report tells of an ad that is not the caller's",
                "UnknownAd from {from} to {to}",
                "{error:?}"
            );
        }
    }
    Ok(())
}

/// A range that is empty, backwards, or longer than `Config::report_minutes_max` is refused. The longest one is fine.
#[requirement(stage = "reports", level = acceptance, points = 2, schedules = 3)]
async fn ranges_are_checked(dc: &Datacentre) -> Outcome {
    dc.deploy::<AdClient>(1, Config { report_minutes_max: 100, ..Config::default() }).await;
    register(dc, SHOES).await?;
    let ana = dc.client::<AdClient>(ANA);
    let Minute(now) = Minute::of(dc.now());
    let range = |from, to| Range { ad: SHOES.to_owned(), from: Minute(from), to: Minute(to) };
    for (from, to) in [(now, now), (now, now - 1), (now - 50, now + 51), (0, u64::MAX), (u64::MAX, 0)] {
        let call = format!("a report from {from} to {to}");
        let error = ana.report(range(from, to)).await.expect_refused(&call)?;
        ensure!(
            error == ReportError::InvalidRange,
            "a bad range is refused for another reason",
            "InvalidRange from {from} to {to}",
            "{error:?}"
        );
    }
    for (from, to) in [(now - 50, now + 50), (0, 100), (u64::MAX - 1, u64::MAX)] {
        let found = ana.report(range(from, to)).await.expect_ok(&format!("a report from {from} to {to}"))?;
        ensure!(found.is_empty(), "a report holds what was not clicked", "nothing", "{found:?}");
    }
    Ok(())
}

/// Ads with different ids are different, however alike the ids look: capital letters, spaces, slashes and accents count.
#[requirement(stage = "reports", level = acceptance, points = 2, schedules = 3)]
async fn ads_do_not_mix(dc: &Datacentre) -> Outcome {
    // The accent comes twice: as one character and as a letter with a combining mark.
    const IDS: [&str; 10] = ["a", "A", "a ", "a/", "a/0", "a#", "a:0", "a-0", "caf\u{e9}", "cafe\u{301}"];
    let freshness = Config::default().freshness;
    dc.deploy::<AdClient>(1, Config::default()).await;
    let mut tallies: Vec<Tally<'_>> = Vec::new();
    // An id that ends like a minute, where somebody glues the two together.
    let glued = format!("a/{}", Minute::of(dc.now()).0);
    for (extra, id) in IDS.into_iter().chain([glued.as_str()]).enumerate() {
        let tally = Tally::of(dc, id, freshness).await?;
        for _ in 0..1 + extra % 3 {
            tally.visit("cy").await?;
        }
        tallies.push(tally);
    }
    dc.sleep(freshness).await;
    for (tally, id) in tallies.iter().zip(IDS.into_iter().chain([glued.as_str()])) {
        let on = |complaint: Complaint| Complaint {
            summary: format!("{} (ad {id:?})", complaint.summary),
            ..complaint
        };
        tally.check().await.map_err(on)?;
    }
    Ok(())
}
