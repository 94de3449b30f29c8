//! Stage `retries`: clients ask again, and get what they had.

use crate::clients::{
    SETTLED, aliased, at_each_node, leads_to, refused, request, shorten, shorten_at_last, unlimited,
};
use futures_util::future::join_all;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use url_shortener::ShortenError::{AliasTaken, KeyReused, RateLimited};
use url_shortener::{Config, Link, Shorten, UrlShortenerClient as Client};

const URL: &str = "https://example.com/ana";
const OTHER: &str = "https://example.com/other";

fn same(first: &Link, again: &Link) -> Outcome {
    ensure!(first == again, "a repeated request gets another link", "{first:?}, as before", "{again:?}");
    Ok(())
}

/// Whoever sends a request again gets the very link of the first time: through another node, a while later, after the link
/// expired or was deleted.
#[requirement(stage = "retries", level = acceptance, points = 3, schedules = 6)]
async fn a_repeated_request_gets_its_link_again(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, unlimited()).await;
    let nodes = at_each_node(dc, "ana");
    let requests = [
        request(URL, 1),
        Shorten { lifetime: Some(Duration::from_secs(2)), ..request(URL, 2) },
        aliased(URL, "mine", u64::MAX),
    ];
    let mut links = Vec::new();
    for request in &requests {
        links.push(shorten(&nodes[0], request.clone()).await?);
    }
    nodes[0].delete("mine".to_owned()).await.expect_ok("ana's delete of her link")?;
    // At last after longer than the limit looks back.
    for pause in [0, 20, 600] {
        dc.sleep(Duration::from_secs(pause)).await;
        for (request, link) in requests.iter().zip(&links) {
            for node in &nodes {
                same(link, &shorten(node, request.clone()).await?)?;
            }
        }
    }
    leads_to(&nodes[1], &links[0].code, URL).await
}

/// A key that was used belongs to its request: with another URL, alias or lifetime it is refused, and nothing happens. Another
/// owner's key of the same number is another key, and a refused request uses none up.
#[requirement(stage = "retries", level = acceptance, points = 2, schedules = 6)]
async fn a_key_belongs_to_one_request(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, unlimited()).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    let first = shorten(&ana, request(URL, 1)).await?;
    let minute = Some(Duration::from_secs(60));
    for other in
        [request(OTHER, 1), aliased(URL, "other", 1), Shorten { lifetime: minute, ..request(URL, 1) }]
    {
        refused(&ana, other, KeyReused).await?;
    }
    same(&first, &shorten(&ana, request(URL, 1)).await?)?;
    let taken = shorten(&bo, aliased(OTHER, "other", 1)).await?;
    refused(&ana, aliased(URL, "other", 2), AliasTaken).await?;
    let second = shorten(&ana, request(OTHER, 2)).await?;
    ensure!(
        first.code != second.code && second.code != taken.code,
        "two links share a code",
        "three codes",
        "{first:?}, {second:?}, {taken:?}"
    );
    leads_to(&bo, &first.code, URL).await?;
    leads_to(&bo, &second.code, OTHER).await
}

/// The same request arrives at two nodes at the same moment, and is the only one that the limit allows. Both are answered with
/// the same link.
#[requirement(stage = "retries", level = concurrency, points = 4, schedules = 1000)]
async fn racing_repetitions_share_one_link(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, Config { creations_max: 1, ..Config::default() }).await;
    let nodes = at_each_node(dc, "ana");
    let request = if dc.pick("kind", 2) == 0 { request(URL, 1) } else { aliased(URL, "mine", 1) };
    let mut links = Vec::new();
    for link in join_all(nodes.iter().map(|node| shorten(node, request.clone()))).await {
        links.push(link?);
    }
    same(&links[0], &links[1])?;
    leads_to(&nodes[0], &links[0].code, URL).await?;
    refused(&nodes[1], self::request(OTHER, 2), RateLimited).await
}

/// Answers get lost, take effect late, or their node crashes, and Ana sends her request again until she has her link. She gets
/// one link for it and never a second, which the limit would show.
#[requirement(
    stage = "retries", level = faults, points = 5, schedules = 20,
    sweep = [lost_answers, late_effects, crashes, cut_offs], points_max = 200,
)]
async fn lost_answers_make_no_second_link(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, Config { creations_max: 2, ..Config::default() }).await;
    let ana = dc.client::<Client>("ana");
    let first = shorten_at_last(dc, &ana, &request(URL, 1)).await?;
    same(&first, &shorten_at_last(dc, &ana, &request(URL, 1)).await?)?;
    dc.heal().await;
    dc.sleep(SETTLED).await;
    same(&first, &shorten(&ana, request(URL, 1)).await?)?;
    leads_to(&ana, &first.code, URL).await?;
    let second = shorten(&ana, request(OTHER, 2)).await?;
    refused(&ana, request(OTHER, 3), RateLimited).await?;
    leads_to(&ana, &second.code, OTHER).await
}
