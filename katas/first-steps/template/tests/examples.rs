//! Examples of what a counter does. Add your own: `cargo test` runs them in a small datacentre of its own.

use first_steps::{AddError, Addition, Config, CounterClient, CounterContract};
use first_steps_solution::Counters;
use kata::Answer;
use kata::testing::{self, Deployment};

fn add(key: &str, by: i64, request_id: u64) -> Addition {
    Addition { key: key.to_owned(), by, request_id }
}

#[test]
fn additions_add_up() {
    testing::run::<CounterContract<Counters>>(Config::default(), async |dc| {
        let ana = dc.client::<CounterClient>("ana");
        assert_eq!(ana.get("likes".to_owned()).await, Answer::Ok(0));
        assert_eq!(ana.add(add("likes", 2, 1)).await, Answer::Ok(()));
        assert_eq!(ana.add(add("likes", 3, 2)).await, Answer::Ok(()));
        assert_eq!(ana.get("likes".to_owned()).await, Answer::Ok(5));
    });
}

#[test]
fn a_request_sent_twice_counts_once() {
    testing::run::<CounterContract<Counters>>(Config::default(), async |dc| {
        let ana = dc.client::<CounterClient>("ana");
        assert_eq!(ana.add(add("likes", 2, 1)).await, Answer::Ok(()));
        assert_eq!(ana.add(add("likes", 2, 1)).await, Answer::Ok(()));
        assert_eq!(ana.get("likes".to_owned()).await, Answer::Ok(2));
    });
}

#[test]
fn what_makes_no_sense_is_refused() {
    testing::run::<CounterContract<Counters>>(Config::default(), async |dc| {
        let ana = dc.client::<CounterClient>("ana");
        assert_eq!(ana.add(add("", 1, 1)).await, Answer::Refused(AddError::InvalidKey));
        assert_eq!(ana.add(add("likes", 0, 2)).await, Answer::Refused(AddError::InvalidAmount));
    });
}

#[test]
fn two_nodes_count_together() {
    Deployment::<CounterContract<Counters>>::new(Config::default()).nodes(2).run(async |dc| {
        let (ana, bo) = (dc.client::<CounterClient>("ana"), dc.client::<CounterClient>("bo"));
        let (one, two) = tokio::join!(ana.add(add("likes", 2, 1)), bo.add(add("likes", 3, 2)));
        assert!(one.is_ok() && two.is_ok());
        assert_eq!(ana.get("likes".to_owned()).await, Answer::Ok(5));
    });
}

#[test]
fn a_crash_forgets_nothing() {
    testing::run::<CounterContract<Counters>>(Config::default(), async |dc| {
        let ana = dc.client::<CounterClient>("ana");
        assert_eq!(ana.add(add("likes", 2, 1)).await, Answer::Ok(()));
        dc.crash().await;
        assert_eq!(ana.get("likes".to_owned()).await, Answer::Ok(2));
    });
}
