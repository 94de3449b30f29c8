//! Examples of what a load balancer does. Add your own: `cargo test` runs them in a small datacentre of its own.

use kata::testing::{Datacentre, Deployment, NodeId};
use kata::{Answer, Time};
use load_balancer::{
    BackendsModel, BackendsService, Config, ForwardError, HandleError, LoadBalancerClient,
    LoadBalancerContract, Method, ProbeError, Request, Response,
};
use load_balancer_solution::Balancer;
use std::collections::{BTreeMap, BTreeSet};

/// Backends that count what they are asked.
#[derive(Default)]
struct Servers {
    served: BTreeMap<String, u32>,
    refusing: BTreeSet<String>,
    unwell: BTreeSet<String>,
}

impl BackendsModel for Servers {
    fn forward(
        &mut self,
        _now: Time,
        _from: NodeId,
        backend: String,
        request: Request,
    ) -> Result<Response, ForwardError> {
        if self.refusing.contains(&backend) {
            return Err(ForwardError::Refused);
        }
        *self.served.entry(backend).or_default() += 1;
        Ok(Response { body: request.body + 1 })
    }

    fn probe(&mut self, _now: Time, _from: NodeId, backend: String) -> Result<(), ProbeError> {
        if self.unwell.contains(&backend) { Err(ProbeError::Unwell) } else { Ok(()) }
    }
}

fn with_servers(scenario: impl AsyncFnOnce(&Datacentre, BackendsService<Servers>)) {
    let servers = BackendsService::new(Servers::default());
    let deployment = Deployment::<LoadBalancerContract<Balancer>>::new(Config::default());
    deployment.gateway(servers.clone()).run(async |dc| scenario(dc, servers).await);
}

fn request(method: Method, body: u64) -> Request {
    Request { key: "a".to_owned(), method, body }
}

#[test]
fn four_backends_take_turns() {
    with_servers(async |dc, servers| {
        let ana = dc.client::<LoadBalancerClient>("ana");
        for number in 0..40 {
            let heard = ana.handle(request(Method::Get, number)).await;
            assert_eq!(heard, Answer::Ok(Response { body: number + 1 }));
        }
        let served: Vec<u32> = servers.model().served.values().copied().collect();
        assert_eq!(served, [10, 10, 10, 10]);
    });
}

#[test]
fn a_draining_backend_gets_nothing() {
    with_servers(async |dc, servers| {
        let ana = dc.client::<LoadBalancerClient>("ana");
        assert!(ana.drain("birch".to_owned()).await.is_ok());
        for number in 0..12 {
            assert!(ana.handle(request(Method::Get, number)).await.is_ok());
        }
        assert!(!servers.model().served.contains_key("birch"));
    });
}

#[test]
fn a_refused_order_goes_elsewhere() {
    with_servers(async |dc, servers| {
        let ana = dc.client::<LoadBalancerClient>("ana");
        servers.model_mut().refusing.extend(["ash".to_owned(), "cedar".to_owned()]);
        for number in 0..4 {
            assert!(ana.handle(request(Method::Post, number)).await.is_ok());
        }
    });
}

#[test]
fn nobody_is_asked_when_all_are_unwell() {
    with_servers(async |dc, servers| {
        let ana = dc.client::<LoadBalancerClient>("ana");
        let all = Config::default().backends.into_iter().map(|backend| backend.name);
        servers.model_mut().unwell.extend(all);
        dc.sleep(std::time::Duration::from_secs(8)).await;
        assert_eq!(ana.handle(request(Method::Get, 1)).await, Answer::Refused(HandleError::NoBackend));
    });
}
