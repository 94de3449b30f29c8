//! Stage `rush`: many requests, and one backend that is slow.

use crate::bench::{HARDLY_EVER, port};
use crate::farm::{Call, answer_of};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_ports::{NodeId, Time};
use kata_sim::rules::{Ruling, rule};
use kata_sim::{Arrivals, Datacentre, Visitor, requirement};
use load_balancer::{
    Backend, BackendsModel, BackendsService, Config, ForwardError, HandleError, LOADED_BACKENDS,
    LOADED_P99_MAX, LOADED_PER_S, LoadBalancerClient as Client, Method, Policy, ProbeError, Request,
    Response, SLOWER_BY,
};
use std::time::Duration;

const CONTRACT: &str = "the contract, under \"Load\"";
const NODES: u16 = 2;
/// Until as much is in flight as will be. Longer than the slow backend takes.
const WARM_UP: Duration = Duration::from_millis(900);
const LASTING: Duration = Duration::from_millis(1_400);
/// The slow one.
const SLOW: &str = "backend-7";

/// Backends that serve, and remember nothing.
struct Servers;

impl BackendsModel for Servers {
    fn forward(
        &mut self,
        _: Time,
        _: NodeId,
        backend: String,
        request: Request,
    ) -> Result<Response, ForwardError> {
        Ok(answer_of(&backend, &request))
    }

    fn probe(&mut self, _: Time, _: NodeId, _: String) -> Result<(), ProbeError> {
        Ok(())
    }
}

/// Ten thousand requests a second come for 40 backends, one of which takes 700 ms longer. Requests pile up there, so it has as
/// many in flight as the others with far fewer in a second, and 99 of 100 clients notice nothing.
#[requirement(stage = "rush", level = scale, points = 6)]
async fn a_slow_backend_is_given_less(dc: &Datacentre) -> Outcome {
    is_fast(dc, Policy::LeastConnections).await
}

/// The same by two choices: looking at two backends is nearly as good as looking at all.
#[requirement(stage = "rush", level = scale, points = 6)]
async fn two_choices_are_enough(dc: &Datacentre) -> Outcome {
    is_fast(dc, Policy::TwoChoices).await
}

async fn is_fast(dc: &Datacentre, policy: Policy) -> Outcome {
    dc.gateway(BackendsService::new(Servers));
    let backend = |number| Backend { name: format!("backend-{number}"), weight: 1 };
    let backends = (0..LOADED_BACKENDS).map(backend).collect();
    dc.deploy::<Client>(NODES, Config { policy, backends, probe_every: HARDLY_EVER, ..Config::default() })
        .await;
    let _slowness = dc.install(rule(format!("{SLOW} takes {SLOWER_BY:?} longer"), |asked| {
        let is_slow = *asked.port == port()
            && matches!(Call::of(asked.request), Some(Call::Forward(backend, _)) if backend == SLOW);
        if is_slow { Ruling::Delay(SLOWER_BY) } else { Ruling::Pass }
    }));
    let client = dc.client::<Client>("ana");
    let requests = dc.load("requests", Arrivals::poisson(LOADED_PER_S, LASTING)).warming_up(WARM_UP);
    let served = requests
        .run(async |visitor: Visitor| {
            let number = visitor.number;
            let request = Request { key: format!("doc-{number}"), method: Method::Get, body: number };
            let heard = client.handle(request).await;
            let is_refused = matches!(heard, Answer::Refused(HandleError::NoBackend));
            ensure!(!is_refused, "a request is refused though all backends are there", "Ok(..)", "{heard}");
            Ok(heard.is_ok())
        })
        .await?;
    served.p99_within(LOADED_P99_MAX, CONTRACT)
}
