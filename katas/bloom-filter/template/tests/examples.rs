//! Examples of what a filter does. Add your own: `cargo test` runs them in memory.

use bloom_filter::{BloomFilterClient, BloomFilterContract, BytesError, Config, RemoveError};
use bloom_filter_solution::Solution;
use kata::Answer;
use kata::keys::{Family, Keys};
use kata::testing;

#[test]
fn what_was_inserted_is_contained() {
    testing::run::<BloomFilterContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<BloomFilterClient>("ana");
        assert_eq!(ana.contains(b"https://example.com/").await, Answer::Ok(false));
        assert_eq!(ana.insert(b"https://example.com/").await, Answer::Ok(()));
        assert_eq!(ana.insert(b"").await, Answer::Ok(()));
        assert_eq!(ana.contains(b"https://example.com/").await, Answer::Ok(true));
        assert_eq!(ana.contains(b"").await, Answer::Ok(true));
    });
}

#[test]
fn a_full_filter_takes_one_of_fifty_others_for_a_member_at_most() {
    testing::run::<BloomFilterContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<BloomFilterClient>("ana");
        let keys = Keys::new(Family::Random, 1);
        assert_eq!(ana.insert_all(keys, 0, 10_000).await, Answer::Ok(()));
        assert_eq!(ana.count_contained(keys, 0, 10_000).await, Answer::Ok(10_000));
        let Answer::Ok(mistaken) = ana.count_contained(keys, 10_000, 60_000).await else {
            panic!("no answer")
        };
        assert!(mistaken < 1_200, "{mistaken} of 50,000");
    });
}

#[test]
fn an_estimate_counts_distinct_keys() {
    testing::run::<BloomFilterContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<BloomFilterClient>("ana");
        let keys = Keys::new(Family::Random, 1);
        assert_eq!(ana.insert_all(keys, 0, 5_000).await, Answer::Ok(()));
        assert_eq!(ana.insert_all(keys, 0, 5_000).await, Answer::Ok(()));
        let Answer::Ok(estimate) = ana.estimate().await else { panic!("no answer") };
        assert!((4_750..=5_250).contains(&estimate), "{estimate}");
    });
}

#[test]
fn bytes_carry_a_filter_and_nonsense_is_refused() {
    testing::run::<BloomFilterContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<BloomFilterClient>("ana");
        let Answer::Ok(empty) = ana.to_bytes().await else { panic!("no answer") };
        assert_eq!(ana.insert(b"one").await, Answer::Ok(()));
        let Answer::Ok(one) = ana.to_bytes().await else { panic!("no answer") };
        assert_eq!(ana.restore(&empty).await, Answer::Ok(()));
        assert_eq!(ana.insert(b"two").await, Answer::Ok(()));
        assert_eq!(ana.contains(b"one").await, Answer::Ok(false));
        assert_eq!(ana.unite(&one).await, Answer::Ok(()));
        assert_eq!(ana.contains(b"one").await, Answer::Ok(true));
        assert_eq!(ana.contains(b"two").await, Answer::Ok(true));
        assert_eq!(ana.restore(b"").await, Answer::Refused(BytesError::Foreign));
    });
}

#[test]
fn keys_can_be_removed_if_the_filter_was_made_for_it() {
    let config = Config { removal: true, ..Config::default() };
    testing::run::<BloomFilterContract<Solution>>(config, async |dc| {
        let ana = dc.client::<BloomFilterClient>("ana");
        assert_eq!(ana.insert(b"one").await, Answer::Ok(()));
        assert_eq!(ana.insert(b"two").await, Answer::Ok(()));
        assert_eq!(ana.remove(b"one").await, Answer::Ok(()));
        assert_eq!(ana.contains(b"one").await, Answer::Ok(false));
        assert_eq!(ana.contains(b"two").await, Answer::Ok(true));
        assert_eq!(ana.remove(b"one").await, Answer::Refused(RemoveError::NotContained));
    });
    testing::run::<BloomFilterContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<BloomFilterClient>("ana");
        assert_eq!(ana.insert(b"one").await, Answer::Ok(()));
        assert_eq!(ana.remove(b"one").await, Answer::Refused(RemoveError::NotRemovable));
    });
}
