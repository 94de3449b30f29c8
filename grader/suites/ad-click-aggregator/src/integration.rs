//! Stage `integration`: clicks on real services, with kills in the middle of it.

use crate::clients::{ANA, reconcile, register, url_of};
use crate::tally::{Clicked, Tally};
use ad_click_aggregator::{Ad, AdClickAggregatorClient as AdClient, Click, Config};
use futures_util::future::join_all;
use futures_util::join;
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Arrivals, Datacentre, Expect, Port, requirement};
use std::time::Duration;

/// How many impressions are clicked, each twice.
const IMPRESSIONS: u64 = 120;

/// Reports are right soon, so that nobody waits for them.
fn config() -> Config {
    Config { freshness: Duration::from_secs(2), ..Config::default() }
}

/// Everybody clicks an impression of their own, twice at the same moment.
async fn crowd(dc: &Datacentre, tally: &Tally<'_>) -> Outcome {
    let clicks = |number: u64| async move {
        dc.sleep(Duration::from_millis(number * 5)).await;
        let impression = tally.place().await?;
        let visitor = dc.client::<AdClient>(format!("visitor-{number}"));
        let (first, second) = join!(tally.click(&visitor, &impression), tally.click(&visitor, &impression));
        Ok(first? == Clicked::Accepted || second? == Clicked::Accepted)
    };
    let accepted: Result<Vec<bool>, kata_check::Complaint> =
        join_all((0..IMPRESSIONS).map(clicks)).await.into_iter().collect();
    let accepted = accepted?.into_iter().filter(|accepted| *accepted).count();
    ensure!(
        accepted as u64 * 2 >= IMPRESSIONS,
        "clicks are not accepted",
        "most of {IMPRESSIONS}",
        "{accepted}"
    );
    Ok(())
}

/// 120 visitors click, each twice, through three nodes: every impression counts once, in its minute.
#[requirement(stage = "integration", level = integration, points = 4)]
async fn a_crowd_is_counted_exactly(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 3, config()).await?;
    crowd(dc, &tally).await?;
    tally.settle().await
}

/// A node and the cache are killed while clicks come in, and the consumers are shared out anew: what was accepted counts once.
#[requirement(stage = "integration", level = integration, points = 4)]
async fn counts_survive_kills(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 3, config()).await?;
    let kills = async {
        let node = dc.nodes()[dc.pick("victim", 3) as usize];
        dc.sleep(Duration::from_millis(150)).await;
        dc.crash(node);
        let gone = dc.install(outage(Port::Cache));
        dc.sleep(Duration::from_millis(200)).await;
        drop(gone);
        dc.restart(node).await;
        dc.rebalance();
    };
    let (counted, ()) = join!(crowd(dc, &tally), kills);
    counted?;
    dc.heal().await;
    tally.settle().await
}

/// The database stands still for a while, and what was derived is lost: `reconcile` brings every click back, once.
#[requirement(stage = "integration", level = integration, points = 4)]
async fn what_was_derived_comes_back(dc: &Datacentre) -> Outcome {
    let tally = Tally::deploy(dc, 3, config()).await?;
    let pause = async {
        dc.sleep(Duration::from_millis(200)).await;
        let paused = dc.install(unreachable(Port::Table));
        dc.sleep(Duration::from_millis(1_200)).await;
        drop(paused);
    };
    let (counted, ()) = join!(crowd(dc, &tally), pause);
    counted?;
    dc.heal().await;
    tally.settle().await?;
    dc.wipe_derived();
    reconcile(dc).await?;
    tally.check().await
}

/// How the aggregator serves visitors who come when they come, 100 a second for two seconds and a half. Worth no points: what it takes depends
/// on the machine.
#[requirement(stage = "integration", level = integration, points = 0)]
async fn a_load_is_measured(dc: &Datacentre) -> Outcome {
    const HATS: &str = "hats";
    dc.deploy::<AdClient>(3, config()).await;
    register(dc, HATS).await?;
    let ana = dc.client::<AdClient>(ANA);
    ana.register_ad(Ad { id: HATS.to_owned(), redirect_url: url_of(HATS) })
        .await
        .expect_ok("registering again")?;
    let load = dc.load("visits", Arrivals::poisson(100, Duration::from_millis(2_500)));
    let served = load.warming_up(Duration::from_millis(500)).run(|_visitor| async move {
        let visitor = dc.client::<AdClient>("visitor");
        let Answer::Ok(impression) = visitor.place(HATS.to_owned()).await else { return Ok(false) };
        Ok(visitor.click(Click { ad: HATS.to_owned(), impression }).await.is_ok())
    });
    served.await.map(drop)
}
