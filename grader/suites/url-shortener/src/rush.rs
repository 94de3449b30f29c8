//! Stage `rush`: the famous numbers.

use crate::clients::{request, shorten, unlimited};
use futures_util::future::try_join_all;
use kata_check::{Outcome, ensure};
use kata_sim::{Arrivals, Datacentre, Popularity, Provision, requirement};
use std::time::Duration;
use url_shortener::UrlShortenerClient as Client;

/// The system-design interview guide, URL shortener: about 10,000 redirects a second.
const REDIRECTS_PER_S: u32 = 10_000;

/// Ten thousand redirects a second.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn redirects_are_fast_at_ten_thousand_a_second(dc: &Datacentre) -> Outcome {
    dc.provision(Provision { cache_shards: 2, log_partitions: 32 });
    dc.deploy::<Client>(6, unlimited()).await;
    let url = |n: u64| format!("https://example.com/{n}");
    let links = try_join_all((0..300).map(|n| {
        let url = url(n);
        let owner = dc.client::<Client>(format!("owner-{n}"));
        async move { shorten(&owner, request(&url, n)).await }
    }))
    .await?;
    let popularity = Popularity::zipf(links.len(), 1.0);
    let visitors = dc.client::<Client>("visitor");
    let arrivals = Arrivals::poisson(REDIRECTS_PER_S, Duration::from_secs(2));
    let load = dc.load("redirects", arrivals).warming_up(Duration::from_millis(500));
    let served = load
        .run(async |visitor| {
            let picked = popularity.pick(visitor.draw("link"));
            let answer = visitors.resolve(links[picked].code.clone()).await;
            let Some(found) = answer.ok() else { return Ok(false) };
            ensure!(found == url(picked as u64), "a redirect leads elsewhere", "the link", "{found}");
            Ok(true)
        })
        .await?;
    served.p99_within(Duration::from_millis(50), "the system-design interview guide")
}
