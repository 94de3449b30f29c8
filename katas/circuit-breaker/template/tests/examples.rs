//! Examples of what a breaker does. Add your own: `cargo test` runs them in a small datacentre of its own.

use circuit_breaker::{
    BackendError, BackendModel, BackendService, Call, CallError, CircuitBreakerClient,
    CircuitBreakerContract, Config, State,
};
use circuit_breaker_solution::Breakers;
use kata::testing::{Datacentre, Deployment, NodeId};
use kata::{Answer, Time};

/// A backend that is well or not, and counts who asks.
#[derive(Default)]
struct Prices {
    is_broken: bool,
    asked: u64,
}

impl BackendModel for Prices {
    fn answer(&mut self, _now: Time, _from: NodeId, call: Call) -> Result<u64, BackendError> {
        self.asked += 1;
        if self.is_broken { Err(BackendError::Broken) } else { Ok(call.question + 1) }
    }
}

fn with_prices(scenario: impl AsyncFnOnce(&Datacentre, BackendService<Prices>)) {
    let prices = BackendService::new(Prices::default());
    let deployment = Deployment::<CircuitBreakerContract<Breakers>>::new(Config::default());
    deployment.gateway(prices.clone()).run(async |dc| scenario(dc, prices).await);
}

fn question(question: u64) -> Call {
    Call { backend: "prices".to_owned(), question }
}

#[test]
fn a_call_goes_through() {
    with_prices(async |dc, prices| {
        let shop = dc.client::<CircuitBreakerClient>("shop");
        assert_eq!(shop.call(question(1)).await, Answer::Ok(2));
        assert_eq!(prices.model().asked, 1);
    });
}

#[test]
fn five_failures_open_the_breaker() {
    with_prices(async |dc, prices| {
        let shop = dc.client::<CircuitBreakerClient>("shop");
        prices.model_mut().is_broken = true;
        for number in 0..5 {
            assert_eq!(shop.call(question(number)).await, Answer::Refused(CallError::BackendFailed));
        }
        assert!(matches!(shop.call(question(6)).await, Answer::Refused(CallError::Open { .. })));
        assert_eq!(prices.model().asked, 5);
        let status = shop.status("prices".to_owned()).await.ok();
        assert_eq!(status.map(|status| status.state), Some(State::Open));
    });
}
