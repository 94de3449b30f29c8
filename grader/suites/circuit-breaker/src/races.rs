//! Stage `races`: many callers at once, answers that come late, and a crash.

use crate::backends::backends;
use crate::bench::{Bench, PRICES, slow};
use circuit_breaker::{CallError, Config, State};
use futures_util::future::{join, join_all};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::rules::{Ruling, rule};
use kata_sim::{Datacentre, requirement};
use std::time::Duration;

/// Many callers wait for the breaker to let them through. When it does, three are let through, and all others are refused, for no
/// time that anybody knows.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 100)]
async fn no_storm_when_half_open(dc: &Datacentre) -> Outcome {
    let config = Config::default();
    let bench = Bench::new(dc, config).await;
    bench.fails(PRICES, 5).await?;
    dc.sleep(config.open_for + Duration::from_secs(1)).await;
    bench.backends.model_mut().set_broken(PRICES, false);
    // So slow that nobody's answer is there before all others have come.
    let _slowness = dc.install(slow(Duration::from_millis(200)));
    let before = bench.asked(PRICES);
    let answers = join_all((0..20).map(|question| bench.ask(PRICES, question * 100))).await;
    let went_out = bench.asked(PRICES) - before;
    let probes = u64::from(config.probes);
    ensure!(
        went_out == probes,
        "a half-open breaker lets through another number of calls",
        "{probes} of 20",
        "{went_out}"
    );
    let retry_after = |answer: &Answer<u64, CallError>| match answer {
        Answer::Refused(CallError::Open { retry_after }) => Some(*retry_after),
        _ => None,
    };
    let times: Vec<Duration> = answers.iter().filter_map(retry_after).collect();
    let refused = times.len() as u64;
    let others = 20 - probes;
    ensure!(
        refused == others,
        "callers are not told that the breaker is open",
        "{others} of 20",
        "{refused}"
    );
    let says_zero = times.iter().all(Duration::is_zero);
    ensure!(says_zero, "a refusal of a half-open breaker says a wrong time", "0ns", "{times:?}");
    bench.is_in(PRICES, State::Closed, 3).await
}

/// Twelve calls are under way when the backend breaks, and fail one after the other. The breaker opens once, at the fifth, and ten
/// seconds after that it lets the next call through.
#[requirement(stage = "races", level = concurrency, points = 6, schedules = 100)]
async fn a_change_happens_once(dc: &Datacentre) -> Outcome {
    let config = Config::default();
    let bench = Bench::new(dc, config).await;
    bench.backends.model_mut().set_broken(PRICES, true);
    let answers = join_all((0..12).map(|question| bench.ask(PRICES, question))).await;
    let went_out = bench.asked(PRICES);
    ensure!(went_out >= 5, "calls do not go out though the breaker is closed", "five or more", "{went_out}");
    let failed = |answer: &&Answer<u64, CallError>| **answer == Answer::Refused(CallError::BackendFailed);
    let failed = answers.iter().filter(failed).count() as u64;
    ensure!(
        failed == went_out,
        "calls that went out are answered wrongly",
        "{went_out} failures",
        "{failed}"
    );
    bench.is_in(PRICES, State::Open, 1).await?;
    bench.is_refused(PRICES).await?;
    dc.sleep(config.open_for).await;
    bench.succeeds(PRICES, 1).await
}

/// A call is made, and takes its time. Meanwhile the breaker opens, and half-opens. Then the answer comes: it is passed on, and is
/// none of the probes. Nor do answers of calls from before count that come when the breaker is closed again.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 100)]
async fn late_answers_change_nothing(dc: &Datacentre) -> Outcome {
    let config = Config { open_for: Duration::from_millis(200), probes: 2, ..Config::default() };
    let bench = Bench::new(dc, config).await;
    let late = dc.install(rule("the first call is late", {
        let mut is_first = true;
        move |asked| {
            let is_late = *asked.port == backends() && std::mem::take(&mut is_first);
            if is_late { Ruling::Delay(Duration::from_millis(850)) } else { Ruling::Pass }
        }
    }));
    let meanwhile = async {
        dc.sleep(Duration::from_millis(60)).await;
        bench.backends.model_mut().set_broken(PRICES, true);
        let broken = join_all((0..5).map(|question| bench.ask(PRICES, question))).await;
        let all_failed = broken.iter().all(|answer| *answer == Answer::Refused(CallError::BackendFailed));
        ensure!(all_failed, "calls of a broken backend are answered wrongly", "five failures", "{broken:?}");
        bench.is_in(PRICES, State::Open, 1).await?;
        dc.sleep(config.open_for).await;
        bench.succeeds(PRICES, 1).await?;
        bench.is_in(PRICES, State::HalfOpen, 2).await
    };
    let (first, rest) = join(bench.ask(PRICES, 1), meanwhile).await;
    drop(late);
    rest?;
    ensure!(first == Answer::Ok(2), "an answer that comes late is not passed on", "Ok(2)", "{first}");
    bench.is_in(PRICES, State::HalfOpen, 2).await?;
    bench.succeeds(PRICES, 1).await?;
    bench.is_in(PRICES, State::Closed, 3).await?;
    let lost = dc.install(rule("the first five calls get lost", {
        let mut first = 5;
        move |asked| {
            let is_lost = *asked.port == backends() && first > 0;
            first -= u32::from(is_lost);
            if is_lost { Ruling::LoseRequest } else { Ruling::Pass }
        }
    }));
    let meanwhile = async {
        dc.sleep(Duration::from_millis(60)).await;
        bench.fails("stock", 5).await?;
        dc.sleep(config.open_for).await;
        bench.succeeds("stock", 2).await?;
        bench.is_in("stock", State::Closed, 3).await
    };
    let (answers, rest) =
        join(join_all((0..5).map(|question| bench.ask("stock", question))), meanwhile).await;
    drop(lost);
    rest?;
    let all_failed = answers.iter().all(|answer| *answer == Answer::Refused(CallError::BackendFailed));
    ensure!(all_failed, "calls without an answer are answered wrongly", "five failures", "{answers:?}");
    bench.is_in("stock", State::Closed, 3).await
}

/// A node crashes, and starts again with closed breakers.
#[requirement(stage = "races", level = faults, points = 3, schedules = 10)]
async fn a_crash_closes_breakers(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.fails(PRICES, 5).await?;
    bench.is_refused(PRICES).await?;
    for node in dc.nodes() {
        dc.crash(node);
        dc.restart(node).await;
    }
    bench.is_in(PRICES, State::Closed, 0).await?;
    bench.fails(PRICES, 4).await?;
    bench.succeeds(PRICES, 1).await?;
    bench.is_refused(PRICES).await?;
    Ok(())
}
