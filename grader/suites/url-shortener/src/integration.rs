//! Stage `integration`: links on real services, with kills in the middle of it.

use crate::clients::{aliased, leads_to, request, shorten, shorten_at_last, unlimited};
use futures_util::future::join_all;
use futures_util::join;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Arrivals, Datacentre, Expect, Port, requirement};
use std::collections::BTreeMap;
use std::time::Duration;
use url_shortener::{Config, Link, ResolveError, ShortenError, UrlShortenerClient as Client};

/// How many clients shorten at the same time.
const OWNERS: u64 = 120;

fn name(owner: u64) -> String {
    format!("owner-{owner}")
}

fn url(owner: u64) -> String {
    format!("https://example.com/{owner}")
}

/// Everybody shortens twice, and asks again until there is an answer.
async fn crowd(dc: &Datacentre) -> Result<Vec<(u64, Link)>, Complaint> {
    let shortens = |owner: u64| async move {
        let client = dc.client::<Client>(name(owner));
        let mut links = Vec::new();
        for key in 1..=2 {
            links.push((owner, shorten_at_last(dc, &client, &request(&url(owner), key)).await?));
        }
        Ok(links)
    };
    let mut links = Vec::new();
    for made in join_all((0..OWNERS).map(shortens)).await {
        links.extend(made?);
    }
    Ok(links)
}

/// Demands that every code leads to one URL, and that it does so at any node.
async fn are_sound(dc: &Datacentre, links: &[(u64, Link)]) -> Outcome {
    dc.beyond_doubt();
    let mut owners = BTreeMap::new();
    for (owner, link) in links {
        let before = owners.insert(&link.code, *owner);
        let (code, second) = (&link.code, name(*owner));
        let first = before.map(name).unwrap_or_default();
        ensure!(
            before.is_none(),
            "a code was handed out twice",
            "every link has a code of its own",
            "{code} went to {first} and {second}"
        );
    }
    let visitor = dc.client::<Client>("visitor");
    let visitor = &visitor;
    let looks =
        links.iter().map(|(owner, link)| async move { leads_to(visitor, &link.code, &url(*owner)).await });
    join_all(looks).await.into_iter().collect()
}

/// 120 owners shorten at the same time through three nodes, with few codes: no code is handed out twice, and every link leads where
/// it should.
#[requirement(stage = "integration", level = integration, points = 4)]
async fn a_crowd_gets_a_code_each(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, Config { code_length: 3, ..unlimited() }).await;
    let links = crowd(dc).await?;
    are_sound(dc, &links).await
}

/// Sixty want the same alias at the same time: one gets it.
#[requirement(stage = "integration", level = integration, points = 4)]
async fn an_alias_has_one_owner_for_real(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, unlimited()).await;
    for round in 0..5 {
        let alias = format!("sale-{round}");
        let alias = &alias;
        let asks = |owner: u64| async move {
            dc.client::<Client>(name(owner)).shorten(aliased(&url(owner), alias, round + 1)).await
        };
        let answers = join_all((0..60).map(asks)).await;
        let taken =
            |answer: &&Answer<Link, ShortenError>| **answer == Answer::Refused(ShortenError::AliasTaken);
        let (won, lost) =
            (answers.iter().filter(|answer| answer.is_ok()).count(), answers.iter().filter(taken).count());
        ensure!(
            won == 1 && lost == 59,
            "sixty ask for one alias",
            "one link and 59 `AliasTaken`",
            "{won} links and {lost} `AliasTaken`"
        );
    }
    Ok(())
}

/// A node and the cache are killed while links are made, and the database stands still for a while: every link that was
/// acknowledged is there afterwards, under a code of its own, and a link is made once however often it was asked for.
#[requirement(stage = "integration", level = integration, points = 4)]
async fn links_survive_kills(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, unlimited()).await;
    let kills = async {
        let node = dc.nodes()[dc.pick("victim", 3) as usize];
        dc.sleep(Duration::from_millis(60)).await;
        dc.crash(node);
        let gone = dc.install(outage(Port::Cache));
        dc.sleep(Duration::from_millis(200)).await;
        let paused = dc.install(unreachable(Port::Table));
        dc.sleep(Duration::from_millis(1_200)).await;
        drop(paused);
        drop(gone);
        dc.restart(node).await;
    };
    let (links, ()) = join!(crowd(dc), kills);
    let links = links?;
    dc.heal().await;
    are_sound(dc, &links).await?;
    for (owner, link) in links.iter().take(20) {
        let client = dc.client::<Client>(name(*owner));
        let keys =
            [client.shorten(request(&url(*owner), 1)).await, client.shorten(request(&url(*owner), 2)).await];
        ensure!(
            keys.iter().any(|again| *again == Answer::Ok(link.clone())),
            "a request that was sent again makes another link",
            "Ok({link:?})",
            "{keys:?}"
        );
    }
    Ok(())
}

/// Clicks come in while a node and the cache are killed: each that was answered counts once, none counts twice.
#[requirement(stage = "integration", level = integration, points = 4)]
async fn clicks_survive_kills(dc: &Datacentre) -> Outcome {
    const VISITS: u64 = 200;
    let config = Config { click_lag: Duration::from_secs(3), ..unlimited() };
    let click_lag = config.click_lag;
    dc.deploy::<Client>(3, config).await;
    let owner = dc.client::<Client>("owner");
    let link = shorten(&owner, request("https://example.com/", 1)).await?;
    let code = &link.code;
    let visits = join_all((0..VISITS).map(|number| async move {
        dc.sleep(Duration::from_millis(number * 5)).await;
        dc.client::<Client>("visitor").resolve(code.clone()).await
    }));
    let kills = async {
        let node = dc.nodes()[dc.pick("victim", 3) as usize];
        dc.sleep(Duration::from_millis(300)).await;
        dc.crash(node);
        let gone = dc.install(outage(Port::Cache));
        dc.sleep(Duration::from_millis(200)).await;
        drop(gone);
        dc.restart(node).await;
    };
    let (visits, ()) = join!(visits, kills);
    dc.heal().await;
    let missing = Answer::Refused(ResolveError::NotFound);
    ensure!(!visits.contains(&missing), "a link is not found", "its URL", "Err(NotFound)");
    let least = visits.iter().filter(|answer| answer.is_ok()).count() as u64;
    let most = least + visits.iter().filter(|answer| matches!(answer, Answer::Unknown)).count() as u64;
    dc.sleep(click_lag + Duration::from_secs(1)).await;
    let clicks = owner.clicks(code.clone()).await.expect_ok("the owner's look at the clicks")?;
    ensure!(
        (least..=most).contains(&clicks),
        "clicks are not counted once each",
        "at least {least} that were acknowledged, at most {most} that were asked for",
        "{clicks}"
    );
    Ok(())
}

/// How the shortener serves visitors who come when they come, 200 a second for two seconds and a half. Worth no points: what it takes depends
/// on the machine.
#[requirement(stage = "integration", level = integration, points = 0)]
async fn a_load_is_measured(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, unlimited()).await;
    let owner = dc.client::<Client>("owner");
    let mut codes = Vec::new();
    for key in 1..=50 {
        codes.push(shorten(&owner, request("https://example.com/", key)).await?.code);
    }
    let codes = &codes;
    let load = dc.load("redirects", Arrivals::poisson(200, Duration::from_millis(2_500)));
    let served = load.warming_up(Duration::from_millis(500)).run(|visitor| async move {
        let code = codes[visitor.draw("code") as usize % codes.len()].clone();
        Ok(dc.client::<Client>("visitor").resolve(code).await.is_ok())
    });
    served.await.map(drop)
}
