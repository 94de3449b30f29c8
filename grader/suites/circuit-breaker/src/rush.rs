//! Stage `rush`: a backend is down while many callers come.

use crate::backends::{Backends, backends};
use crate::bench::PRICES;
use circuit_breaker::{
    BackendService, Call, CallError, CircuitBreakerClient as Client, Config, REFUSED_P99_MAX,
};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::rules::unreachable;
use kata_sim::{Arrivals, Datacentre, Visitor, requirement};
use std::time::Duration;

const CONTRACT: &str = "the contract, under \"Load\"";
const NODES: u16 = 4;
/// Ours: a request that waits for a second holds a thread for a second, so this would be 500 of them.
const CALLS_PER_S: u32 = 500;
/// For breakers to fill their windows and open. Longer than a call that gets no answer.
const WARM_UP: Duration = Duration::from_secs(2);
const LASTING: Duration = Duration::from_secs(14);

/// A backend answers nobody, and five hundred callers a second go on coming. Once the breakers are open, 99 of 100 learn in no time that
/// there is no answer; and the backend is asked by a few probes only.
#[requirement(stage = "rush", level = scale, points = 8)]
async fn a_dead_backend_holds_nobody_up(dc: &Datacentre) -> Outcome {
    let asked_of = BackendService::new(Backends::default());
    dc.gateway(asked_of.clone());
    let config = Config { open_for: Duration::from_secs(5), ..Config::default() };
    dc.deploy::<Client>(NODES, config).await;
    let client = dc.client::<Client>("shop");
    let _silence = dc.install(unreachable(backends()));
    let calls = dc.load("calls", Arrivals::poisson(CALLS_PER_S, LASTING)).warming_up(WARM_UP);
    let calls = calls
        .run(async |visitor: Visitor| {
            let call = Call { backend: PRICES.to_owned(), question: visitor.number };
            let answer = client.call(call).await;
            let is_right = matches!(
                answer,
                Answer::Refused(CallError::Open { .. } | CallError::BackendFailed) | Answer::Unknown
            );
            ensure!(
                is_right,
                "a call of a dead backend has an answer",
                "Err(Open) or Err(BackendFailed)",
                "{answer}"
            );
            Ok(!answer.is_unknown())
        })
        .await?;
    calls.p99_within(REFUSED_P99_MAX, CONTRACT)
}
