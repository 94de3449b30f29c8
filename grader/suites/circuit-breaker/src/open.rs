//! Stage `open`: what is not asked recovers, and a few calls find out whether it has.

use crate::bench::{Bench, PRICES, slow};
use circuit_breaker::{Config, State};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use std::time::Duration;

/// Longer than [`Config::open_for`] by more than a call takes.
const LATER: Duration = Duration::from_secs(11);

/// While the breaker is open, calls are refused at once and the backend has its peace: until ten seconds have passed, and each refusal says
/// how much of that is left.
#[requirement(stage = "open", level = acceptance, points = 5, schedules = 20)]
async fn an_open_breaker_refuses_at_once(dc: &Datacentre) -> Outcome {
    let config = Config::default();
    let bench = Bench::new(dc, config).await;
    bench.fails(PRICES, 4).await?;
    let earliest = dc.now() + config.open_for;
    bench.fails(PRICES, 1).await?;
    let latest = dc.now() + config.open_for;
    for _ in 0..9 {
        let asked = dc.now();
        let retry_after = bench.is_refused(PRICES).await?;
        let (least, most) = (earliest.since(dc.now()), latest.since(asked));
        ensure!(
            (least..=most).contains(&retry_after),
            "a refusal says a wrong time",
            "{least:?} to {most:?}",
            "{retry_after:?}"
        );
        dc.sleep(Duration::from_secs(1)).await;
    }
    bench.is_in(PRICES, State::Open, 1).await
}

/// Ten seconds later the backend is well. Three calls go through to see, and then the breaker closes; what was before is forgotten.
#[requirement(stage = "open", level = acceptance, points = 6, schedules = 20)]
async fn probes_that_go_well_close_the_breaker(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.fails(PRICES, 5).await?;
    dc.sleep(LATER).await;
    bench.succeeds(PRICES, 1).await?;
    bench.is_in(PRICES, State::HalfOpen, 2).await?;
    bench.succeeds(PRICES, 2).await?;
    bench.is_in(PRICES, State::Closed, 3).await?;
    bench.fails(PRICES, 4).await?;
    bench.is_in(PRICES, State::Closed, 3).await?;
    bench.fails(PRICES, 1).await?;
    bench.is_refused(PRICES).await?;
    bench.is_in(PRICES, State::Open, 4).await
}

/// Ten seconds later the backend is broken still. Three calls find out, and the breaker stays open for ten seconds more. One failure of
/// three does not keep it open; three slow answers do.
#[requirement(stage = "open", level = acceptance, points = 6, schedules = 20)]
async fn probes_that_fail_open_the_breaker_again(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.fails(PRICES, 5).await?;
    dc.sleep(LATER).await;
    bench.succeeds(PRICES, 1).await?;
    bench.fails(PRICES, 2).await?;
    bench.is_in(PRICES, State::Open, 3).await?;
    for _ in 0..9 {
        bench.is_refused(PRICES).await?;
        dc.sleep(Duration::from_secs(1)).await;
    }
    dc.sleep(Duration::from_secs(2)).await;
    bench.fails(PRICES, 1).await?;
    bench.succeeds(PRICES, 2).await?;
    bench.is_in(PRICES, State::Closed, 5).await?;
    bench.fails("stock", 5).await?;
    dc.sleep(LATER).await;
    let _slowness = dc.install(slow(Duration::from_millis(600)));
    bench.succeeds("stock", 3).await?;
    bench.is_in("stock", State::Open, 3).await
}
