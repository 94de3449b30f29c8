//! Examples of what a sketch does. Add your own: `cargo test` runs them in memory.

use hyperloglog::{BytesError, Config, HyperLogLogClient, HyperLogLogContract};
use hyperloglog_solution::Solution;
use kata::Answer;
use kata::keys::{Family, Keys};
use kata::testing;

#[test]
fn a_few_keys_are_counted_exactly() {
    testing::run::<HyperLogLogContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<HyperLogLogClient>("ana");
        assert_eq!(ana.estimate().await, Answer::Ok(0));
        assert_eq!(ana.add(b"https://example.com/").await, Answer::Ok(()));
        assert_eq!(ana.add(b"").await, Answer::Ok(()));
        assert_eq!(ana.add(b"https://example.com/").await, Answer::Ok(()));
        assert_eq!(ana.estimate().await, Answer::Ok(2));
    });
}

#[test]
fn estimates_are_within_a_few_per_cent() {
    testing::run::<HyperLogLogContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<HyperLogLogClient>("ana");
        let keys = Keys::new(Family::Random, 1);
        for count in [1_000, 10_000, 40_000, 100_000] {
            assert_eq!(ana.add_all(keys, 0, count).await, Answer::Ok(()));
            let Answer::Ok(estimate) = ana.estimate().await else { panic!("no answer") };
            // 16,384 registers err by about 0.8 %.
            assert!(estimate.abs_diff(count) < count / 20, "{estimate} for {count}");
        }
    });
}

#[test]
fn what_is_in_changes_nothing() {
    testing::run::<HyperLogLogContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<HyperLogLogClient>("ana");
        let keys = Keys::new(Family::Random, 1);
        assert_eq!(ana.add_all(keys, 0, 50_000).await, Answer::Ok(()));
        let before = ana.estimate().await;
        assert_eq!(ana.add_all(keys, 0, 50_000).await, Answer::Ok(()));
        assert_eq!(ana.estimate().await, before);
        let Answer::Ok(bytes) = ana.to_bytes().await else { panic!("no answer") };
        assert_eq!(ana.merge(&bytes).await, Answer::Ok(()));
        assert_eq!(ana.estimate().await, before);
    });
}

#[test]
fn bytes_carry_a_sketch_and_nonsense_is_refused() {
    testing::run::<HyperLogLogContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<HyperLogLogClient>("ana");
        assert_eq!(ana.add(b"one").await, Answer::Ok(()));
        let Answer::Ok(one) = ana.to_bytes().await else { panic!("no answer") };
        assert!(one.len() <= 12 * 1_024 + 64, "{} bytes", one.len());
        assert_eq!(ana.add(b"two").await, Answer::Ok(()));
        assert_eq!(ana.restore(&one).await, Answer::Ok(()));
        assert_eq!(ana.estimate().await, Answer::Ok(1));
        assert_eq!(ana.add(b"three").await, Answer::Ok(()));
        assert_eq!(ana.merge(&one).await, Answer::Ok(()));
        assert_eq!(ana.estimate().await, Answer::Ok(2));
        assert_eq!(ana.merge(b"").await, Answer::Refused(BytesError::Foreign));
        assert_eq!(ana.restore(&one[1..]).await, Answer::Refused(BytesError::Foreign));
        assert_eq!(ana.estimate().await, Answer::Ok(2));
    });
}
