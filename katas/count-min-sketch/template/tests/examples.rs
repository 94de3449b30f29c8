//! Examples of what a sketch does. Add your own: `cargo test` runs them in memory.

use count_min_sketch::{
    BytesError, Config, CountMinSketchClient, CountMinSketchContract, ListError, RemoveError,
};
use count_min_sketch_solution::Solution;
use kata::Answer;
use kata::keys::{Family, Keys};
use kata::testing;

#[test]
fn an_estimate_is_never_too_low() {
    testing::run::<CountMinSketchContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<CountMinSketchClient>("ana");
        assert_eq!(ana.estimate(b"#rust").await, Answer::Ok(0));
        assert_eq!(ana.add(b"#rust", 3).await, Answer::Ok(()));
        assert_eq!(ana.add(b"", 4).await, Answer::Ok(()));
        assert_eq!(ana.add(b"#rust", 2).await, Answer::Ok(()));
        let Answer::Ok(estimate) = ana.estimate(b"#rust").await else { panic!("no answer") };
        assert!(estimate >= 5, "{estimate}");
        assert_eq!(ana.total().await, Answer::Ok(9));
    });
}

#[test]
fn an_estimate_is_seldom_too_high_by_more_than_its_share_of_the_total() {
    testing::run::<CountMinSketchContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<CountMinSketchClient>("ana");
        let keys = Keys::new(Family::Random, 1);
        assert_eq!(ana.add_all(keys, 0, 10_000, 1, 1).await, Answer::Ok(()));
        let Answer::Ok(estimates) = ana.estimate_all(keys, 0, 10_000).await else { panic!("no answer") };
        let far_too_high = estimates.iter().filter(|estimate| **estimate > 1 + 100).count();
        assert!(far_too_high < 100, "{far_too_high} of 10,000");
    });
}

#[test]
fn heavy_hitters_are_listed() {
    testing::run::<CountMinSketchContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<CountMinSketchClient>("ana");
        let keys = Keys::new(Family::Random, 1);
        assert_eq!(ana.add_all(keys, 0, 100, 10, 1).await, Answer::Ok(()));
        for _ in 0..200 {
            assert_eq!(ana.add(b"#rust", 1).await, Answer::Ok(()));
        }
        assert_eq!(ana.add(b"#wasm", 100).await, Answer::Ok(()));
        let Answer::Ok(heavy) = ana.heavy_hitters().await else { panic!("no answer") };
        let keys: Vec<&[u8]> = heavy.iter().map(|hitter| &hitter.key[..]).collect();
        assert_eq!(keys, [b"#rust", b"#wasm"]);
    });
}

#[test]
fn bytes_carry_a_sketch_and_nonsense_is_refused() {
    testing::run::<CountMinSketchContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<CountMinSketchClient>("ana");
        let Answer::Ok(empty) = ana.to_bytes().await else { panic!("no answer") };
        assert_eq!(ana.add(b"one", 1).await, Answer::Ok(()));
        let Answer::Ok(one) = ana.to_bytes().await else { panic!("no answer") };
        assert_eq!(ana.merge(&one).await, Answer::Ok(()));
        assert_eq!(ana.total().await, Answer::Ok(2));
        let Answer::Ok(estimate) = ana.estimate(b"one").await else { panic!("no answer") };
        assert!(estimate >= 2, "{estimate}");
        assert_eq!(ana.restore(&empty).await, Answer::Ok(()));
        assert_eq!(ana.estimate(b"one").await, Answer::Ok(0));
        assert_eq!(ana.restore(b"").await, Answer::Refused(BytesError::Foreign));
    });
}

#[test]
fn counts_can_be_removed_if_the_sketch_was_made_for_it() {
    let config = Config { removal: true, ..Config::default() };
    testing::run::<CountMinSketchContract<Solution>>(config, async |dc| {
        let ana = dc.client::<CountMinSketchClient>("ana");
        assert_eq!(ana.add(b"one", 5).await, Answer::Ok(()));
        assert_eq!(ana.remove(b"one", 6).await, Answer::Refused(RemoveError::TooMany));
        assert_eq!(ana.remove(b"one", 5).await, Answer::Ok(()));
        assert_eq!(ana.estimate(b"one").await, Answer::Ok(0));
        assert_eq!(ana.heavy_hitters().await, Answer::Refused(ListError::NotKept));
    });
    testing::run::<CountMinSketchContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<CountMinSketchClient>("ana");
        assert_eq!(ana.add(b"one", 5).await, Answer::Ok(()));
        assert_eq!(ana.remove(b"one", 1).await, Answer::Refused(RemoveError::NotRemovable));
    });
}
