//! What the scenarios of all stages have in common: nodes, backends, and calls with an expected end.

use crate::backends::{Backends, NONSENSE, backends};
use circuit_breaker::{
    BackendService, Call, CallError, CircuitBreakerClient as Client, Config, FAST, State, Status,
};
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{Rule, Ruling, rule};
use kata_sim::{Datacentre, Expect};
use std::time::Duration;

/// The backend where it does not matter.
pub(crate) const PRICES: &str = "prices";

/// One node, its backends, and a client.
pub(crate) struct Bench<'a> {
    pub(crate) dc: &'a Datacentre,
    pub(crate) backends: BackendService<Backends>,
    pub(crate) client: Client,
}

impl<'a> Bench<'a> {
    /// Deploys one node: breakers do not talk to each other.
    pub(crate) async fn new(dc: &'a Datacentre, config: Config) -> Bench<'a> {
        let backends = BackendService::new(Backends::default());
        dc.gateway(backends.clone());
        dc.deploy::<Client>(1, config).await;
        Bench { dc, backends, client: dc.client("shop") }
    }

    pub(crate) async fn ask(&self, backend: &str, question: u64) -> Answer<u64, CallError> {
        self.client.call(Call { backend: backend.to_owned(), question }).await
    }

    /// How often a backend was asked.
    pub(crate) fn asked(&self, backend: &str) -> u64 {
        self.backends.model().asked(backend)
    }

    /// Calls a backend that is well, so many times.
    pub(crate) async fn succeeds(&self, backend: &str, times: u64) -> Outcome {
        self.backends.model_mut().set_broken(backend, false);
        for question in 100..100 + times {
            self.goes_out(backend, question, Answer::Ok(question + 1)).await?;
        }
        Ok(())
    }

    /// Calls a backend that is broken, so many times.
    pub(crate) async fn fails(&self, backend: &str, times: u64) -> Outcome {
        self.backends.model_mut().set_broken(backend, true);
        for question in 100..100 + times {
            self.goes_out(backend, question, Answer::Refused(CallError::BackendFailed)).await?;
        }
        Ok(())
    }

    /// Asks a backend that is well what makes no sense, so many times.
    pub(crate) async fn is_rejected(&self, backend: &str, times: u64) -> Outcome {
        self.backends.model_mut().set_broken(backend, false);
        for _ in 0..times {
            self.goes_out(backend, NONSENSE, Answer::Refused(CallError::Rejected)).await?;
        }
        Ok(())
    }

    async fn goes_out(&self, backend: &str, question: u64, expected: Answer<u64, CallError>) -> Outcome {
        let before = self.asked(backend);
        let answer = self.ask(backend, question).await;
        ensure!(answer == expected, "a call of {backend} is answered wrongly", "{expected}", "{answer}");
        let times = self.asked(backend) - before;
        ensure!(times == 1, "a call of {backend} goes out {times} times", "once", "{times} times");
        Ok(())
    }

    /// Calls a backend, and demands that the call be refused at once and not be made. For how long it says.
    pub(crate) async fn is_refused(&self, backend: &str) -> Result<Duration, Complaint> {
        let (before, began) = (self.asked(backend), self.dc.now());
        let answer = self.ask(backend, 1).await;
        let took = self.dc.now().since(began);
        let Answer::Refused(CallError::Open { retry_after }) = answer else {
            let summary = format!("a call of {backend} is let through though its breaker is open");
            return Err(Complaint::new(summary, "Err(Open)", answer.to_string()));
        };
        let times = self.asked(backend) - before;
        ensure!(
            times == 0,
            "a call that is refused goes out nevertheless",
            "no call of {backend}",
            "{times}"
        );
        ensure!(took <= FAST, "a call is refused slowly", "within {FAST:?}", "{took:?}");
        Ok(retry_after)
    }

    /// Demands of a breaker to be in a state, after so many changes.
    pub(crate) async fn is_in(&self, backend: &str, state: State, changes: u64) -> Outcome {
        let status = self.client.status(backend.to_owned()).await.expect_ok("a look at a breaker")?;
        let expected = Status { state, changes };
        ensure!(
            status == expected,
            "the breaker of {backend} is in a wrong state",
            "{expected:?}",
            "{status:?}"
        );
        Ok(())
    }
}

/// Calls of backends take that much longer.
pub(crate) fn slow(by: Duration) -> Box<dyn Rule> {
    rule(format!("backends take {by:?} longer"), move |asked| {
        if *asked.port == backends() { Ruling::Delay(by) } else { Ruling::Pass }
    })
}
