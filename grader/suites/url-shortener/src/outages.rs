//! Stage `outages`: nodes crash, and services fail one after the other.

use crate::clients::{
    SETTLED, aliased, at_each_node, delete_at_last, leads_nowhere, leads_to, request, shorten,
    shorten_at_last, unlimited,
};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Datacentre, Expect, Port, requirement};
use std::time::Duration;
use url_shortener::{Config, OwnerError, ResolveError, Shorten, ShortenError, UrlShortenerClient as Client};

const URL: &str = "https://example.com/";
const OTHER: &str = "https://example.com/other";

/// Ana and Bo make links and delete one, while a node crashes at any moment. What they were told is so ever after.
#[requirement(
    stage = "outages", level = faults, points = 4, schedules = 10,
    sweep = [crashes, cut_offs, double_crashes], points_max = 200,
)]
async fn what_was_acknowledged_survives(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let staleness = config.staleness;
    dc.deploy::<Client>(2, config).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    let made = shorten_at_last(dc, &ana, &request(URL, 1)).await?;
    shorten_at_last(dc, &bo, &aliased(OTHER, "sale", 1)).await?;
    shorten_at_last(dc, &ana, &aliased(URL, "gone", 2)).await?;
    delete_at_last(dc, &ana, "gone").await?;
    dc.heal().await;
    dc.sleep(SETTLED.max(staleness)).await;
    for visitor in at_each_node(dc, "cy") {
        leads_to(&visitor, &made.code, URL).await?;
        leads_to(&visitor, "sale", OTHER).await?;
        leads_nowhere(&visitor, "gone", "it was deleted").await?;
    }
    Ok(())
}

/// Who is told `Failed(Refused)` has no link, now or later; and if that was said to a delete, the link stays. Who hears nothing has
/// one or has not. And as long as nothing fails, nobody is told such a thing.
#[requirement(
    stage = "outages", level = faults, points = 2, schedules = 10,
    sweep = [lost_answers, late_effects, outages], points_max = 120,
)]
async fn a_refusal_is_final(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let staleness = config.staleness;
    dc.deploy::<Client>(2, config).await;
    let ana = dc.client::<Client>("ana");
    let mut answers = Vec::new();
    for (key, alias) in [(1, "one"), (2, "two"), (3, "three")] {
        answers.push((alias, ana.shorten(aliased(URL, alias, key)).await));
    }
    shorten_at_last(dc, &ana, &aliased(URL, "gone", 5)).await?;
    let deleted = ana.delete("gone".to_owned()).await;
    dc.heal().await;
    dc.sleep(SETTLED.max(staleness)).await;
    match deleted {
        Answer::Ok(()) => leads_nowhere(&ana, "gone", "it was deleted").await?,
        Answer::Refused(OwnerError::Failed(_)) => {
            let visit = ana.resolve("gone".to_owned()).await;
            ensure!(
                visit == Answer::Ok(URL.to_owned()),
                "a link is gone though its `delete` was refused",
                "Ok({URL:?})",
                "{visit}"
            );
        }
        Answer::Refused(_) => deleted.expect_ok("ana's delete of her link")?,
        Answer::Unknown => {}
    }
    for (alias, answer) in answers {
        match answer {
            Answer::Ok(_) => leads_to(&ana, alias, URL).await?,
            Answer::Refused(ShortenError::Failed(_)) => {
                leads_nowhere(&ana, alias, "its `shorten` was refused").await?
            }
            Answer::Refused(_) => drop(answer.expect_ok("ana's shorten")?),
            Answer::Unknown => {}
        }
    }
    let late = shorten(&ana, request(OTHER, 4)).await?;
    leads_to(&ana, &late.code, OTHER).await
}

/// The cache loses everything, at any moment. No answer changes.
#[requirement(
    stage = "outages", level = faults, points = 2, schedules = 10,
    sweep = [cache_losses], points_max = 200,
)]
async fn the_cache_may_forget(dc: &Datacentre) -> Outcome {
    let config = Config { creations_max: 2, ..unlimited() };
    let staleness = config.staleness;
    dc.deploy::<Client>(2, config).await;
    let (ana, visitors) = (dc.client::<Client>("ana"), at_each_node(dc, "bo"));
    let made = shorten(&ana, request(URL, 1)).await?;
    let brief = Shorten { lifetime: Some(Duration::from_secs(5)), ..aliased(OTHER, "brief", 2) };
    let brief = shorten(&ana, brief).await?;
    for visitor in &visitors {
        leads_to(visitor, &made.code, URL).await?;
        leads_to(visitor, "brief", OTHER).await?;
    }
    let again = shorten(&ana, request(URL, 1)).await?;
    ensure!(again == made, "a repeated request gets another link", "{made:?}, as before", "{again:?}");
    crate::clients::refused(&ana, request(URL, 3), ShortenError::RateLimited).await?;
    ana.delete(made.code.clone()).await.expect_ok("ana's delete of her link")?;
    dc.sleep_until(brief.expires_at.unwrap_or(brief.created_at)).await;
    leads_nowhere(&visitors[0], "brief", "it has expired").await?;
    dc.sleep(staleness).await;
    leads_nowhere(&visitors[1], &made.code, "it was deleted long enough ago").await
}

/// The cache is down, or does not answer. Everything works: links are made, followed, counted and deleted.
#[requirement(stage = "outages", level = faults, points = 2, schedules = 40)]
async fn everything_works_without_the_cache(dc: &Datacentre) -> Outcome {
    let config = Config { creations_max: 2, staleness: Duration::from_secs(2), ..unlimited() };
    let (staleness, click_lag) = (config.staleness, config.click_lag);
    dc.deploy::<Client>(2, config).await;
    let (ana, visitors) = (dc.client::<Client>("ana"), at_each_node(dc, "bo"));
    shorten(&ana, aliased(URL, "before", 1)).await?;
    leads_to(&visitors[0], "before", URL).await?;
    let guard =
        dc.install(if dc.pick("how", 2) == 0 { outage(Port::Cache) } else { unreachable(Port::Cache) });
    shorten(&ana, aliased(OTHER, "during", 2)).await?;
    crate::clients::refused(&ana, request(URL, 3), ShortenError::RateLimited).await?;
    for visitor in &visitors {
        leads_to(visitor, "before", URL).await?;
        leads_to(visitor, "during", OTHER).await?;
    }
    ana.delete("before".to_owned()).await.expect_ok("ana's delete of her link without the cache")?;
    dc.sleep(staleness).await;
    leads_nowhere(&visitors[0], "before", "it was deleted long enough ago").await?;
    drop(guard);
    leads_nowhere(&visitors[1], "before", "it was deleted long enough ago").await?;
    dc.sleep(click_lag).await;
    for (code, expected) in [("before", 3), ("during", 2)] {
        let clicks = ana.clicks(code.to_owned()).await.expect_ok("ana's look at the clicks")?;
        ensure!(clicks == expected, "clicks are not counted once each", "{expected}", "{clicks}");
    }
    Ok(())
}

/// All services go down right after a click, and stay so for a while. When they are back, so is the shortener, without a
/// restart: links are made and followed, and every click is counted, that one too.
#[requirement(stage = "outages", level = faults, points = 2, schedules = 30)]
async fn the_service_recovers_by_itself(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let click_lag = config.click_lag;
    dc.deploy::<Client>(2, config).await;
    let (ana, visitors) = (dc.client::<Client>("ana"), at_each_node(dc, "bo"));
    shorten(&ana, aliased(URL, "before", 1)).await?;
    shorten(&ana, aliased(URL, "tried", 4)).await?;
    leads_to(&visitors[0], "before", URL).await?;
    let guards = [Port::Table, Port::Cache, Port::Log].map(|port| dc.install(outage(port)));
    let during = ana.shorten(aliased(URL, "during", 2)).await;
    ensure!(
        !during.is_ok(),
        "a link is acknowledged while every service is down",
        "Err(Failed(..))",
        "{during}"
    );
    for visitor in &visitors {
        let answer = visitor.resolve("tried".to_owned()).await;
        ensure!(
            answer != Answer::Refused(ResolveError::NotFound),
            "a link is said not to be there while every service is down",
            "Err(Failed(..))",
            "{answer}"
        );
    }
    // Long enough to lose patience, and too short for the log to take its consumers for dead.
    dc.sleep(Duration::from_secs(10)).await;
    drop(guards);
    dc.sleep(SETTLED).await;
    let link = shorten(&ana, request(OTHER, 3)).await?;
    for visitor in &visitors {
        leads_to(visitor, &link.code, OTHER).await?;
        leads_to(visitor, "before", URL).await?;
        leads_to(visitor, "tried", URL).await?;
    }
    dc.sleep(click_lag).await;
    for (code, expected) in [("before", 3), (&*link.code, 2)] {
        let clicks = ana.clicks(code.to_owned()).await.expect_ok("ana's look at the clicks")?;
        ensure!(
            clicks == expected,
            "clicks are not counted once each after an outage",
            "{expected}",
            "{clicks}"
        );
    }
    Ok(())
}
