//! What the scenarios of all stages have in common: nodes, backends, requests and what came of them.

use crate::farm::{Farm, Handed, answer_of};
use futures_util::future::join_all;
use kata::{Answer, Caller};
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::rule;
use kata_sim::{Datacentre, Expect, Port, RuleGuard};
use load_balancer::{
    Backend, BackendsService, Config, HandleError, LoadBalancerClient as Client, Method, Request, Response,
    Status,
};
use std::cell::Cell;
use std::time::Duration;

/// What a client hears of a request.
pub(crate) type Heard = Answer<Response, HandleError>;

/// Nodes, their backends, and a client.
pub(crate) struct Bench<'a> {
    pub(crate) dc: &'a Datacentre,
    pub(crate) farm: BackendsService<Farm>,
    pub(crate) client: Client,
    pub(crate) config: Config,
    requests: Cell<u64>,
    _plays: RuleGuard,
}

/// Backends of these weights, in the order of their names.
pub(crate) fn backends(weights: &[u32]) -> Vec<Backend> {
    let names = ["ash", "birch", "cedar", "douglas", "elm", "fir", "ginkgo", "hazel"];
    let backend = |(name, weight): (&&str, &u32)| Backend { name: (*name).to_owned(), weight: *weight };
    names.iter().zip(weights).map(backend).collect()
}

/// Where requests and probes go, for rules.
pub(crate) fn port() -> Port {
    Port::Gateway("backends".to_owned())
}

/// So seldom that probes do not matter.
pub(crate) const HARDLY_EVER: Duration = Duration::from_secs(60);

impl<'a> Bench<'a> {
    /// Deploys one node.
    pub(crate) async fn new(dc: &'a Datacentre, config: Config) -> Bench<'a> {
        Bench::of(dc, 1, config).await
    }

    /// Deploys so many nodes.
    pub(crate) async fn of(dc: &'a Datacentre, nodes: u16, config: Config) -> Bench<'a> {
        let names = config.backends.iter().map(|backend| backend.name.clone()).collect();
        let farm = BackendsService::new(Farm::new(names));
        dc.gateway(farm.clone());
        let played = farm.clone();
        let plays = dc.install(rule("backends do what the scenario says", move |asked| {
            played.model_mut().leaves(asked.now, asked.from, asked.request)
        }));
        dc.deploy::<Client>(nodes, config.clone()).await;
        Bench { dc, farm, client: dc.client("ana"), config, requests: Cell::new(0), _plays: plays }
    }

    /// A request that there has not been yet.
    pub(crate) fn request(&self, method: Method, key: impl Into<String>) -> Request {
        self.requests.set(self.requests.get() + 1);
        Request { key: key.into(), method, body: self.requests.get() }
    }

    /// One about nothing in particular.
    pub(crate) fn read(&self) -> Request {
        let request = self.request(Method::Get, "");
        Request { key: format!("doc-{}", request.body), ..request }
    }

    /// A client at some address.
    pub(crate) fn client_from(&self, address: &str) -> Client {
        self.dc.client_as(Caller { ip: address.to_owned(), ..Caller::new("ana") })
    }

    /// Asks for a request to be handled.
    pub(crate) async fn ask(&self, client: &Client, request: &Request) -> Heard {
        let heard = client.handle(request.clone()).await;
        self.farm.model_mut().is_over(request);
        heard
    }

    /// Demands that a request be handed to one backend, and that one's answer be passed on. Which one it was.
    pub(crate) async fn is_served(&self, client: &Client, request: &Request) -> Result<String, Complaint> {
        let heard = self.ask(client, request).await;
        let handed_to = self.farm.model().handed_to(request);
        let [backend] = handed_to.as_slice() else {
            let times = handed_to.len();
            return Err(Complaint::new(
                format!("a request is handed over {times} times, and no try failed"),
                "one backend that serves it",
                format!("{handed_to:?}, and the client hears {heard}"),
            ));
        };
        let expected = Answer::Ok(answer_of(backend, request));
        ensure!(
            heard == expected,
            "the answer of {backend} is not passed on as it is",
            "{expected}",
            "{heard}"
        );
        Ok(backend.clone())
    }

    /// So many requests, one after the other. Who served them.
    pub(crate) async fn serve(&self, requests: usize) -> Result<Vec<String>, Complaint> {
        let mut backends = Vec::new();
        for _ in 0..requests {
            backends.push(self.is_served(&self.client, &self.read()).await?);
        }
        Ok(backends)
    }

    /// So many requests, each of which comes that long after the one before, whether that is served or not.
    pub(crate) async fn serve_every(&self, gap: Duration, requests: u32) -> Outcome {
        let (began, dc) = (self.dc.now(), self.dc);
        let each = (0..requests).map(async |number| {
            dc.sleep_until(began + gap * number).await;
            self.is_served(&self.client, &self.read()).await
        });
        join_all(each).await.into_iter().try_for_each(|served| served.map(|_| ()))
    }

    /// What left nodes since there were so many.
    pub(crate) fn handed_since(&self, already: usize) -> Vec<Handed> {
        self.farm.model().handed.iter().skip(already).cloned().collect()
    }

    /// How much has left nodes so far.
    pub(crate) fn handed(&self) -> usize {
        self.farm.model().handed.len()
    }

    /// What a node says of its backends.
    pub(crate) async fn status(&self) -> Result<Vec<Status>, Complaint> {
        let status = self.client.status().await.expect_ok("a look at the backends")?;
        let names: Vec<&str> = status.iter().map(|status| status.name.as_str()).collect();
        let expected: Vec<&str> = self.config.backends.iter().map(|backend| backend.name.as_str()).collect();
        ensure!(
            names == expected,
            "the backends of `status` are not those of the configuration",
            "{expected:?}",
            "{names:?}"
        );
        Ok(status)
    }

    /// Demands that nothing is in flight, as a node sees it.
    pub(crate) async fn is_idle(&self) -> Outcome {
        let status = self.status().await?;
        let busy: Vec<&Status> = status.iter().filter(|status| status.in_flight > 0).collect();
        ensure!(busy.is_empty(), "requests are counted as in flight that are over", "none", "{busy:?}");
        Ok(())
    }

    pub(crate) async fn drain(&self, backend: &str) -> Outcome {
        self.client.drain(backend.to_owned()).await.expect_ok(&format!("draining {backend}"))
    }

    pub(crate) async fn undrain(&self, backend: &str) -> Outcome {
        self.client.undrain(backend.to_owned()).await.expect_ok(&format!("ending the draining of {backend}"))
    }

    /// Demands that these backends, and nobody else, got the last requests.
    pub(crate) fn only_these(&self, got: &[String], available: &[&str], why: &str) -> Outcome {
        let other = got.iter().find(|backend| !available.contains(&backend.as_str()));
        ensure!(
            other.is_none(),
            "a backend gets requests though it {why}",
            "requests for {available:?} only",
            "{got:?}"
        );
        Ok(())
    }
}
