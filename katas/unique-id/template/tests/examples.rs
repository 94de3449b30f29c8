//! Examples of what ids are. Add your own: `cargo test` runs them in a small datacentre of its own.

use kata::testing::{self, Deployment};
use kata::{Answer, Time};
use unique_id::{Config, MintError, Parts, UniqueIdClient, UniqueIdContract};
use unique_id_solution::Mint;

#[test]
fn ids_rise() {
    testing::run::<UniqueIdContract<Mint>>(Config::default(), async |dc| {
        let ana = dc.client::<UniqueIdClient>("ana");
        let (Answer::Ok(first), Answer::Ok(second)) = (ana.mint(3).await, ana.mint(5_000).await) else {
            panic!("ids are due")
        };
        let all = [first, second].concat();
        assert_eq!(all.len(), 5_003);
        assert!(
            all.windows(2).all(|pair| pair[0] < pair[1]),
            "5,000 are more than a millisecond has room for"
        );
    });
}

#[test]
fn an_id_parses_back() {
    testing::run::<UniqueIdContract<Mint>>(Config::default(), async |dc| {
        let ana = dc.client::<UniqueIdClient>("ana");
        // Timestamp 1,000, worker 3, sequence 5.
        let id = 1_000 << 22 | 3 << 12 | 5;
        let parts = Parts { at: Time::from_secs(1_735_689_601), worker: 3, sequence: 5 };
        assert_eq!(ana.parse(id).await, Answer::Ok(Some(parts)));
        assert_eq!(ana.parse(1 << 63).await, Answer::Ok(None));
    });
}

#[test]
fn a_count_makes_sense() {
    testing::run::<UniqueIdContract<Mint>>(Config::default(), async |dc| {
        let ana = dc.client::<UniqueIdClient>("ana");
        assert_eq!(ana.mint(0).await, Answer::Refused(MintError::InvalidCount));
    });
}

#[test]
fn texts_have_their_form() {
    testing::run::<UniqueIdContract<Mint>>(Config::default(), async |dc| {
        let ana = dc.client::<UniqueIdClient>("ana");
        let (Answer::Ok(uuids), Answer::Ok(ulids)) = (ana.uuids(2).await, ana.ulids(2).await) else {
            panic!("texts are due")
        };
        assert!(uuids[0] < uuids[1] && ulids[0] < ulids[1]);
        assert_eq!((uuids[0].len(), &uuids[0][14..15]), (36, "7"));
        assert_eq!(ulids[0].len(), 26);
    });
}

#[test]
fn two_nodes_mint_other_ids() {
    Deployment::<UniqueIdContract<Mint>>::new(Config::default()).nodes(2).run(async |dc| {
        let (ana, bo) = (dc.client::<UniqueIdClient>("ana"), dc.client::<UniqueIdClient>("bo"));
        let (Answer::Ok(hers), Answer::Ok(his)) = tokio::join!(ana.mint(100), bo.mint(100)) else {
            panic!("ids are due")
        };
        assert!(hers.iter().all(|id| !his.contains(id)));
    });
}
