//! The datacentre inside `cargo test`.

use crate::shop::{BuyError, Config, Corner, NotFromAna, PaymentsService, ShopClient, ShopContract, order};
use kata::Answer;
use kata::testing::{self, Datacentre, Deployment};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

fn deployment() -> Deployment<ShopContract<Corner>> {
    Deployment::new(Config::default())
}

/// The message with which a test fails.
fn failure(scenario: impl AsyncFnOnce(&Datacentre)) -> String {
    failure_of(Config::default(), scenario)
}

fn failure_of(config: Config, scenario: impl AsyncFnOnce(&Datacentre)) -> String {
    let run = AssertUnwindSafe(|| testing::run::<ShopContract<Corner>>(config, scenario));
    let panic = catch_unwind(run).expect_err("the test should fail");
    *panic.downcast::<String>().expect("a message")
}

#[test]
fn calls_reach_methods_ports_and_gateways() {
    let payments = PaymentsService::new(NotFromAna::default());
    deployment().nodes(2).gateway(payments.clone()).run(async |dc| {
        let (ana, bo) = (dc.client::<ShopClient>("ana"), dc.client::<ShopClient>("bo"));
        assert_eq!(ana.buy(order("tea"), 1).await, Answer::Refused(BuyError::Declined));
        assert_eq!(bo.buy(order("tea"), 2).await, Answer::Ok(2));
        assert_eq!(ana.sold("tea".to_owned()).await, Answer::Ok(1));
        assert_eq!(ana.sum(vec![1, 2]).await, Answer::Ok(3));
        assert_eq!(ana.ping().await, Answer::Ok(()));
    });
    assert_eq!(payments.model().paid, [("bo".to_owned(), 2)]);
}

#[test]
fn time_passes_when_somebody_waits_for_it() {
    let config = Config { takes: Duration::from_secs(60), hangs: false };
    let payments = PaymentsService::new(NotFromAna::default());
    Deployment::<ShopContract<Corner>>::new(config).gateway(payments).run(async |dc| {
        let bo = dc.client::<ShopClient>("bo");
        let begun = dc.now();
        let (answer, ()) = tokio::join!(bo.buy(order("tea"), 1), async {
            dc.sleep(Duration::from_secs(30)).await;
            assert_eq!(dc.now().since(begun), Duration::from_secs(30));
        });
        assert!(answer.is_ok());
        assert!(dc.now().since(begun) > Duration::from_secs(60));
    });
}

#[test]
fn sinks_push_until_they_end() {
    deployment().run(async |dc| {
        let mut numbers = dc.client::<ShopClient>("ana").count(2);
        assert_eq!(numbers.next().await, Some(1));
        assert_eq!(numbers.next().await, Some(2));
        assert_eq!(numbers.next().await, None);
        assert_eq!(numbers.next().await, None);
    });
}

#[test]
fn a_client_that_goes_away_closes_its_sink() {
    deployment().run(async |dc| {
        let ana = dc.client::<ShopClient>("ana");
        let mut numbers = ana.count(9);
        assert_eq!(numbers.next().await, Some(1));
        drop(numbers);
        dc.sleep(Duration::from_secs(1)).await;
        assert_eq!(ana.sold("went away at".to_owned()).await, Answer::Ok(2));
    });
}

#[test]
fn a_crash_cuts_calls_off() {
    deployment().nodes(2).run(async |dc| {
        let ana = dc.client::<ShopClient>("ana");
        let mut numbers = ana.count(9);
        let (answer, item, ()) = tokio::join!(ana.buy(order("deadlock"), 1), numbers.next(), dc.crash());
        assert_eq!((answer, item), (Answer::Unknown, None));
        assert!(ana.ping().await.is_ok());
    });
}

#[test]
fn a_crash_takes_what_is_not_synced() {
    deployment().run(async |dc| {
        let ana = dc.client::<ShopClient>("ana");
        assert!(ana.note("synced".to_owned(), " and not".to_owned()).await.is_ok());
        assert_eq!(ana.notes().await, Answer::Ok("synced and not".to_owned()));
        dc.crash().await;
        assert_eq!(ana.notes().await, Answer::Ok("synced".to_owned()));
    });
}

#[test]
fn a_deadlock_names_the_calls_that_wait() {
    let message = failure(async |dc| {
        let _ = dc.client::<ShopClient>("ana").buy(order("deadlock"), 1).await;
    });
    let expected = "the test waits, but nothing can happen any more; open calls: \
                    buy(Order { count: 1, what: \"deadlock\" }, 1) by ana";
    assert_eq!(message, expected);
    let message = failure_of(Config { hangs: true, ..Config::default() }, async |_| {});
    assert_eq!(message, "the test waits, but nothing can happen any more; `open` of node-1 has not returned");
}

#[test]
fn a_panic_of_a_node_is_the_tests_panic() {
    let message = failure(async |dc| {
        let _ = dc.client::<ShopClient>("ana").buy(order("panic"), 1).await;
    });
    assert!(message.starts_with("node-1 panicked at "), "{message}");
    assert!(message.ends_with(": as ordered"), "{message}");
}

#[test]
fn a_missing_gateway_is_named() {
    let message = failure(async |dc| {
        let _ = dc.client::<ShopClient>("bo").buy(order("tea"), 1).await;
    });
    assert_eq!(
        message,
        "the solution called `payments`, but the test has none: add it with `Deployment::gateway`"
    );
}
