//! Stage `lifetimes`: links end, by themselves or deleted.

use crate::clients::{
    MARGIN, SETTLED, aliased, at_each_node, delete_at_last, leads_nowhere, leads_to, refused, request,
    shorten, unlimited,
};
use futures_util::future::{join_all, try_join};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::rules::late;
use kata_sim::{Datacentre, Port, requirement};
use std::time::Duration;
use url_shortener::ShortenError::InvalidLifetime;
use url_shortener::{Config, LIFETIME_MIN, Shorten, UrlShortenerClient as Client};

const URL: &str = "https://example.com/sale";

/// A lifetime is neither too short nor too long.
#[requirement(stage = "lifetimes", level = acceptance, points = 1, schedules = 2)]
async fn lifetimes_have_bounds(dc: &Datacentre) -> Outcome {
    let lifetime_max = Duration::from_secs(3_600);
    dc.deploy::<Client>(1, Config { lifetime_max, ..unlimited() }).await;
    let ana = dc.client::<Client>("ana");
    let lasting = |lifetime, key| Shorten { lifetime: Some(lifetime), ..request(URL, key) };
    let little = Duration::from_micros(1);
    for lifetime in [Duration::ZERO, LIFETIME_MIN - little, lifetime_max + little, Duration::MAX] {
        refused(&ana, lasting(lifetime, 1), InvalidLifetime).await?;
    }
    for (key, lifetime) in [(1, LIFETIME_MIN), (2, lifetime_max)] {
        let link = shorten(&ana, lasting(lifetime, key)).await?;
        let (created_at, expires_at) = (link.created_at, link.expires_at);
        ensure!(
            expires_at == Some(created_at + lifetime),
            "a link expires at the wrong time",
            "{created_at} and {lifetime:?}",
            "{expires_at:?}"
        );
    }
    Ok(())
}

/// A link is found until the moment it expires, and not from that moment on: through no node, whether or not it was looked up
/// before, and whether or not the cache still knows it.
#[requirement(stage = "lifetimes", level = acceptance, points = 4, schedules = 20)]
async fn expiry_is_exact(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, unlimited()).await;
    // Anywhere in a second of the clock.
    dc.sleep(Duration::from_millis(dc.pick("begins", 1_000))).await;
    let ana = dc.client::<Client>("ana");
    let lasting =
        |seconds, key| Shorten { lifetime: Some(Duration::from_secs(seconds)), ..request(URL, key) };
    let popular = shorten(&ana, lasting(5, 1)).await?;
    let unseen = shorten(&ana, lasting(6, 2)).await?;
    let lasting = shorten(&ana, lasting(600, 3)).await?;
    let (visitors, why) = (at_each_node(dc, "bo"), "it has expired");
    let expiry = |link: &url_shortener::Link| link.expires_at.unwrap_or(link.created_at);

    for visitor in &visitors {
        leads_to(visitor, &popular.code, URL).await?;
    }
    dc.sleep_until(expiry(&popular) - MARGIN).await;
    leads_to(&visitors[0], &popular.code, URL).await?;
    for before in [400, 300, 200, 100].map(Duration::from_millis) {
        dc.sleep_until(expiry(&popular) - before).await;
        let answer = visitors[1].resolve(popular.code.clone()).await;
        let (answered_at, expires_at) = (dc.now(), expiry(&popular));
        ensure!(
            answer == Answer::Ok(URL.to_owned()) || expires_at <= answered_at,
            "a link ends before its time",
            "Ok({URL:?}) until {expires_at}",
            "{answer} at {answered_at}"
        );
    }
    dc.sleep_until(expiry(&popular)).await;
    for visitor in &visitors {
        leads_nowhere(visitor, &popular.code, why).await?;
    }
    dc.clear_cache();
    leads_nowhere(&visitors[0], &popular.code, why).await?;

    dc.sleep_until(expiry(&unseen)).await;
    leads_nowhere(&visitors[1], &unseen.code, why).await?;
    leads_to(&visitors[1], &lasting.code, URL).await
}

/// Ana deletes a link while others follow it. Within the staleness bound after her delete was acknowledged it is gone for
/// everybody, whatever gets lost, is late or crashes meanwhile.
#[requirement(
    stage = "lifetimes", level = faults, points = 4, schedules = 1_000,
    sweep = [late_effects, lost_answers, crashes, cache_losses], points_max = 120,
)]
async fn deletes_show_within_the_staleness_bound(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let staleness = config.staleness;
    dc.deploy::<Client>(2, config).await;
    let (ana, visitors) = (dc.client::<Client>("ana"), at_each_node(dc, "bo"));
    let is_slow = dc.pick("slow cache", 2) == 0;
    let _slow = is_slow.then(|| dc.install(late(Port::Cache, 300, Duration::from_secs(6))));
    crate::clients::shorten_at_last(dc, &ana, &aliased(URL, "sale", 1)).await?;
    let visits = async || -> Outcome {
        // Several at once, so that one may have read the link and keep it to itself for as long as the delete takes. Found or
        // not, both is right as yet.
        let twice = visitors.iter().chain(&visitors);
        join_all(twice.map(|visitor| visitor.resolve("sale".to_owned()))).await;
        Ok(())
    };
    let deletes = async || -> Outcome {
        delete_at_last(dc, &ana, "sale").await?;
        dc.sleep(staleness).await;
        Ok(())
    };
    try_join(visits(), deletes()).await?;
    let late = visitors[0].resolve("sale".to_owned()).await;
    ensure!(
        !late.is_ok(),
        "a deleted link is found when it should be gone",
        "no URL {staleness:?} after the delete was acknowledged",
        "{late}"
    );
    dc.heal().await;
    dc.sleep(SETTLED).await;
    for visitor in &visitors {
        leads_nowhere(visitor, "sale", "it was deleted long enough ago").await?;
    }
    Ok(())
}
