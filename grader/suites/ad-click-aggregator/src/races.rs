//! Stage `races`: everybody at once, through several nodes.

use crate::clients::{ANA, SHOES, place};
use crate::tally::Tally;
use ad_click_aggregator::{
    Ad, AdClickAggregatorClient as AdClient, Click, Config, Minute, Range, RegisterError, ReportError,
};
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// Two advertisers register one id at the same moment, one of them twice. It becomes the ad of one of them, and the other is told so:
/// each time.
#[requirement(stage = "races", level = concurrency, points = 2, schedules = 300)]
async fn one_id_one_owner(dc: &Datacentre) -> Outcome {
    const NAMES: [&str; 2] = [ANA, "bo"];
    dc.deploy::<AdClient>(2, Config::default()).await;
    let url = |name: &str| format!("https://{name}.example");
    let advertisers = NAMES.map(|name| (name, dc.client::<AdClient>(name)));
    let [ana, bo] = &advertisers;
    let registrations = [ana, bo, ana]
        .map(|(name, client)| client.register_ad(Ad { id: SHOES.to_owned(), redirect_url: url(name) }));
    let answers = futures_util::future::join_all(registrations).await;
    let (ok, taken) = (Answer::Ok(()), Answer::Refused(RegisterError::Taken));
    let owners = if answers == [ok.clone(), taken.clone(), ok.clone()] {
        [ANA]
    } else if answers == [taken.clone(), ok, taken] {
        ["bo"]
    } else {
        return Err(Complaint::new(
            "an id has not one owner",
            "Ok for ana both times and Taken for bo, or the other way round",
            format!("{} and {} for ana, {} for bo", answers[0], answers[2], answers[1]),
        ));
    };
    let impression = place(dc, SHOES).await?;
    let visitor = dc.client::<AdClient>("visitor");
    let found = visitor.click(Click { ad: SHOES.to_owned(), impression }).await.expect_ok("a click")?;
    let expected = url(owners[0]);
    ensure!(found == expected, "an ad leads to somebody else's page", "{expected}", "{found}");
    let now = Minute::of(dc.now());
    for (name, client) in &advertisers {
        let range = Range { ad: SHOES.to_owned(), from: now, to: Minute(now.0 + 1) };
        let answer = client.report(range).await;
        let right = if owners.contains(name) {
            answer.is_ok()
        } else {
            answer == Answer::Refused(ReportError::UnknownAd)
        };
        ensure!(right, "an ad has not one owner", "a report for {owners:?} alone", "{answer} for {name}");
    }
    Ok(())
}

/// Three visitors click at the same moment, twice each, on impressions of their own, through three nodes. All six clicks count. A
/// report that is read meanwhile is never ahead of them.
#[requirement(stage = "races", level = concurrency, points = 5, schedules = 300)]
async fn no_click_is_lost(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 3, Config::default()).await?;
    let visits = dc.nodes().into_iter().map(async |node| {
        let visitor = dc.client_at::<AdClient>("visitor", node);
        for _ in 0..2 {
            let impression = tally.place().await?;
            tally.insist(&visitor, &impression).await?;
        }
        tally.check_at_most().await
    });
    try_join_all(visits).await?;
    tally.settle().await
}

/// One impression is clicked three times at the same moment, through three nodes, as when a visitor loses patience. All three clicks
/// lead to the ad's page, and the impression counts once.
#[requirement(stage = "races", level = concurrency, points = 6, schedules = 600)]
async fn a_double_click_counts_once(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 3, Config::default()).await?;
    let impression = tally.place().await?;
    let clicks = dc.nodes().into_iter().map(async |node| {
        let visitor = dc.client_at::<AdClient>("visitor", node);
        tally.insist(&visitor, &impression).await?;
        Ok::<(), Complaint>(())
    });
    try_join_all(clicks).await?;
    tally.check_at_most().await?;
    tally.settle().await
}
