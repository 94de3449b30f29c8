//! Stage `closed`: calls go through, until too many fail.

use crate::bench::{Bench, PRICES};
use circuit_breaker::{Config, State};
use kata_check::Outcome;
use kata_sim::{Datacentre, requirement};

/// As long as nothing is wrong, every call is made, once, and its answer passed on: the value, the rejection of a question that is no
/// good, the failure.
#[requirement(stage = "closed", level = acceptance, points = 4, schedules = 20)]
async fn calls_go_through(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.succeeds(PRICES, 5).await?;
    bench.is_rejected(PRICES, 1).await?;
    bench.fails(PRICES, 1).await?;
    bench.succeeds(PRICES, 1).await?;
    bench.is_in(PRICES, State::Closed, 0).await
}

/// The breaker opens when half of the outcomes are failures, and there are five. Not for four failures in a row, not at two of five, and not
/// only when more than half fail.
#[requirement(stage = "closed", level = acceptance, points = 5, schedules = 20)]
async fn half_of_enough_open_the_breaker(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.fails(PRICES, 4).await?;
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.fails(PRICES, 1).await?;
    bench.is_refused(PRICES).await?;
    bench.is_in(PRICES, State::Open, 1).await?;
    bench.succeeds("stock", 3).await?;
    bench.fails("stock", 2).await?;
    bench.succeeds("stock", 1).await?;
    bench.fails("stock", 1).await?;
    bench.is_in("stock", State::Closed, 0).await?;
    bench.fails("stock", 1).await?;
    bench.is_refused("stock").await?;
    bench.is_in("stock", State::Open, 1).await
}

/// A question that is no good is not the backend's fault: it opens nothing, and counts as a call that went well.
#[requirement(stage = "closed", level = acceptance, points = 4, schedules = 10)]
async fn bad_questions_are_no_failures(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.is_rejected(PRICES, 12).await?;
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.fails(PRICES, 4).await?;
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.fails(PRICES, 1).await?;
    bench.is_refused(PRICES).await?;
    Ok(())
}

/// Each backend has a breaker of its own: one is down, and the others are asked as ever.
#[requirement(stage = "closed", level = acceptance, points = 4, schedules = 10)]
async fn one_backend_is_not_another(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.fails(PRICES, 5).await?;
    bench.is_refused(PRICES).await?;
    for backend in ["price", "Prices", "stock"] {
        bench.is_in(backend, State::Closed, 0).await?;
        bench.succeeds(backend, 6).await?;
    }
    bench.is_refused(PRICES).await?;
    Ok(())
}
