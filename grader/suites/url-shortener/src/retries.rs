//! Stage `retries`: clients ask again, and get what they had.

use crate::clients::{
    SETTLED, aliased, at_each_node, leads_to, refused, request, shorten, shorten_at_last, unlimited,
};
use futures_util::future::join_all;
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use url_shortener::ShortenError::{AliasTaken, KeyReused, RateLimited};
use url_shortener::{Config, Link, Shorten, ShortenError, UrlShortenerClient as Client};

const URL: &str = "https://example.com/ana";
const OTHER: &str = "https://example.com/other";
/// How long keys are remembered at least.
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn same(first: &Link, again: &Link) -> Outcome {
    ensure!(first == again, "a repeated request gets another link", "{first:?}, as before", "{again:?}");
    Ok(())
}

/// Whoever sends a request again gets the very link of the first time: through another node, a while later, up to a day later,
/// after the link expired or was deleted.
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
    // After longer than the limit looks back, and at last when the day is nearly over.
    let nearly_a_day = DAY - Duration::from_secs(60);
    for age in [Duration::ZERO, Duration::from_secs(20), Duration::from_secs(600), nearly_a_day] {
        if age == nearly_a_day {
            // Nobody serves meanwhile, so that it passes quickly.
            dc.nodes().into_iter().for_each(|node| dc.crash(node));
        }
        dc.sleep_until(links[0].created_at + age).await;
        dc.heal().await;
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
    // With an alias, and then without: that code would do, but it is not what was asked for.
    shorten(&ana, aliased(URL, "named", 3)).await?;
    refused(&ana, request(URL, 3), KeyReused).await?;
    // "ana" and 11 are not "ana1" and 1.
    shorten(&ana, request(URL, 11)).await?;
    shorten(&dc.client("ana1"), request(OTHER, 1)).await?;
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
/// the same link. If they are two requests with one key, one gets a link, and the other is refused.
#[requirement(stage = "retries", level = concurrency, points = 4, schedules = 1000)]
async fn racing_repetitions_share_one_link(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, Config { creations_max: 1, ..Config::default() }).await;
    let nodes = at_each_node(dc, "ana");
    let request = match dc.pick("kind", 5) {
        0 => return one_key_for_two_requests(&nodes).await,
        1 | 2 => request(URL, 1),
        _ => aliased(URL, "mine", 1),
    };
    let mut links = Vec::new();
    for link in join_all(nodes.iter().map(|node| shorten(node, request.clone()))).await {
        links.push(link?);
    }
    same(&links[0], &links[1])?;
    leads_to(&nodes[0], &links[0].code, URL).await?;
    refused(&nodes[1], self::request(OTHER, 2), RateLimited).await
}

async fn one_key_for_two_requests(nodes: &[Client]) -> Outcome {
    let urls = [URL, OTHER];
    let asks = nodes.iter().zip(urls).map(|(node, url)| node.shorten(request(url, 1)));
    let answers = join_all(asks).await;
    // The limit is a reason, too.
    let is_refused =
        |answer: &Answer<Link, ShortenError>| [KeyReused, RateLimited].map(Answer::Refused).contains(answer);
    let told = format!("{}, {}", answers[0], answers[1]);
    ensure!(
        answers.iter().any(Answer::is_ok) && answers.iter().any(is_refused),
        "two requests with one key at once",
        "one link, and `KeyReused` or `RateLimited` for the other",
        "{told}"
    );
    for (answer, url) in answers.into_iter().zip(urls) {
        if let Answer::Ok(link) = answer {
            leads_to(&nodes[0], &link.code, url).await?;
        }
    }
    Ok(())
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
