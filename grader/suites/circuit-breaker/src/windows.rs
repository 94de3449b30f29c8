//! Stage `windows`: which outcomes count, and what slow calls do.

use crate::backends::backends;
use crate::bench::{Bench, PRICES, slow};
use circuit_breaker::{CallError, Config, State, Window};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Datacentre, requirement};
use std::time::Duration;

/// Only the last twenty calls count, of which a quarter may not fail here: what went well long before does not make up for failures,
/// and failures are forgotten when enough calls went well. There must be eight.
#[requirement(stage = "windows", level = acceptance, points = 5, schedules = 10)]
async fn only_the_last_calls_count(dc: &Datacentre) -> Outcome {
    let config = Config { window: Window::Calls(20), calls_min: 8, failed_percent: 25, ..Config::default() };
    let bench = Bench::new(dc, config).await;
    bench.succeeds(PRICES, 30).await?;
    bench.fails(PRICES, 4).await?;
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.fails(PRICES, 1).await?;
    bench.is_refused(PRICES).await?;
    bench.succeeds("stock", 15).await?;
    bench.fails("stock", 4).await?;
    bench.succeeds("stock", 20).await?;
    bench.fails("stock", 4).await?;
    bench.is_in("stock", State::Closed, 0).await?;
    bench.fails("orders", 7).await?;
    bench.is_in("orders", State::Closed, 0).await?;
    bench.fails("orders", 1).await?;
    bench.is_refused("orders").await?;
    Ok(())
}

/// Only the outcomes of the last minute count, whenever it began: four failures and, long after, four more are not eight; and three
/// failures 59 seconds after two that went well are three of five.
#[requirement(stage = "windows", level = acceptance, points = 5, schedules = 10)]
async fn only_recent_outcomes_count(dc: &Datacentre) -> Outcome {
    let window = Window::Time(Duration::from_secs(60));
    let bench = Bench::new(dc, Config { window, ..Config::default() }).await;
    bench.fails(PRICES, 4).await?;
    dc.sleep(Duration::from_secs(67)).await;
    bench.fails(PRICES, 4).await?;
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.fails(PRICES, 1).await?;
    bench.is_refused(PRICES).await?;
    // Those who count from the first outcome or by the minutes of the clock begin anew between these.
    bench.succeeds("stock", 1).await?;
    dc.sleep(Duration::from_secs(33)).await;
    bench.succeeds("stock", 2).await?;
    dc.sleep(Duration::from_secs(59)).await;
    bench.fails("stock", 2).await?;
    bench.is_in("stock", State::Closed, 0).await?;
    bench.fails("stock", 1).await?;
    bench.is_refused("stock").await?;
    Ok(())
}

/// A backend that answers, but slowly, is as good as none: at four of five slow calls the breaker opens. Not at three. What became
/// of them does not matter: they went well, were rejected, or failed.
#[requirement(stage = "windows", level = acceptance, points = 5, schedules = 10)]
async fn slow_calls_open_the_breaker(dc: &Datacentre) -> Outcome {
    let slow_after = Duration::from_millis(200);
    let bench = Bench::new(dc, Config { failed_percent: 100, slow_after, ..Config::default() }).await;
    bench.succeeds(PRICES, 2).await?;
    let slowness = dc.install(slow(Duration::from_millis(300)));
    bench.succeeds(PRICES, 7).await?;
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.succeeds(PRICES, 1).await?;
    bench.is_refused(PRICES).await?;
    bench.is_rejected("stock", 5).await?;
    bench.is_refused("stock").await?;
    bench.succeeds("orders", 2).await?;
    bench.fails("orders", 3).await?;
    bench.is_refused("orders").await?;
    drop(slowness);
    Ok(())
}

/// A backend that does not answer at all has failed, too: whether that shows after a second or at once.
#[requirement(stage = "windows", level = faults, points = 4, schedules = 10)]
async fn no_answer_is_a_failure(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config { slow_percent: 100, ..Config::default() }).await;
    for (backend, rule) in [(PRICES, unreachable(backends())), ("stock", outage(backends()))] {
        bench.succeeds(backend, 5).await?;
        let silence = dc.install(rule);
        for _ in 0..5 {
            let answer = bench.ask(backend, 1).await;
            let expected = Answer::Refused(CallError::BackendFailed);
            ensure!(
                answer == expected,
                "a call without an answer is answered wrongly",
                "{expected}",
                "{answer}"
            );
        }
        bench.is_refused(backend).await?;
        drop(silence);
    }
    Ok(())
}
