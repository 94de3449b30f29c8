//! Examples of what a cluster does. Add your own: `cargo test` runs them in a small datacentre of its own.

use consistent_hashing::{
    AddError, Config, ConsistentHashingClient, ConsistentHashingContract, ReleaseError, RemoveError,
};
use consistent_hashing_solution::Solution;
use kata::Answer;
use kata::keys::{Family, Keys};
use kata::testing::{self, Deployment};

#[test]
fn a_single_node_owns_everything() {
    testing::run::<ConsistentHashingContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<ConsistentHashingClient>("ana");
        assert_eq!(ana.owner(b"user-1").await, Answer::Ok(None));
        assert_eq!(ana.add_node("cache-1", 1).await, Answer::Ok(()));
        assert_eq!(ana.owner(b"user-1").await, Answer::Ok(Some("cache-1".to_owned())));
        assert_eq!(ana.remove_node("cache-1").await, Answer::Ok(()));
        assert_eq!(ana.remove_node("cache-1").await, Answer::Refused(RemoveError::UnknownNode));
    });
}

#[test]
fn nonsense_is_refused() {
    testing::run::<ConsistentHashingContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<ConsistentHashingClient>("ana");
        assert_eq!(ana.add_node("", 1).await, Answer::Refused(AddError::InvalidName));
        assert_eq!(ana.add_node("cache-1", 0).await, Answer::Refused(AddError::InvalidWeight));
        assert_eq!(ana.release("cache-1").await, Answer::Refused(ReleaseError::UnknownNode));
    });
}

#[test]
fn keys_only_move_to_a_new_node() {
    testing::run::<ConsistentHashingContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<ConsistentHashingClient>("ana");
        for name in ["cache-1", "cache-2", "cache-3"] {
            assert_eq!(ana.add_node(name, 1).await, Answer::Ok(()));
        }
        let keys = Keys::new(Family::Random, 1);
        let before = ana.owners(keys, 100).await.ok().expect("three nodes own all keys");
        assert_eq!(ana.add_node("cache-4", 1).await, Answer::Ok(()));
        let after = ana.owners(keys, 100).await.ok().expect("four nodes own all keys");
        for (old, new) in before.of.iter().zip(&after.of) {
            let name =
                |names: &[String], of: &Option<u32>| of.map(|position| names[position as usize].clone());
            let (old, new) = (name(&before.names, old), name(&after.names, new));
            assert!(old == new || new.as_deref() == Some("cache-4"), "{old:?} to {new:?}");
        }
    });
}

#[test]
fn the_way_to_a_cluster_does_not_matter() {
    Deployment::<ConsistentHashingContract<Solution>>::new(Config::default()).nodes(1).run(async |dc| {
        let ana = dc.client::<ConsistentHashingClient>("ana");
        let names = ["cache-1", "cache-2", "cache-3"];
        let mut seen = Vec::new();
        for order in [[0, 1, 2], [2, 0, 1]] {
            for position in order {
                assert_eq!(ana.add_node(names[position], 1).await, Answer::Ok(()));
            }
            seen.push(ana.replicas(b"user-1", 3).await.ok().expect("an order"));
            for name in names {
                assert_eq!(ana.remove_node(name).await, Answer::Ok(()));
            }
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0].len(), 3);
    });
}

#[test]
fn a_hot_key_spills_over() {
    testing::run::<ConsistentHashingContract<Solution>>(Config::default(), async |dc| {
        let ana = dc.client::<ConsistentHashingClient>("ana");
        for name in ["cache-1", "cache-2"] {
            assert_eq!(ana.add_node(name, 1).await, Answer::Ok(()));
        }
        let order = ana.replicas(b"hot", 2).await.ok().expect("two nodes");
        // Of the first request a node may have 125 % / 2, rounded up: 1. Of two, 1.25 * 2 / 2, rounded up: 2.
        assert_eq!(ana.assign(b"hot").await, Answer::Ok(Some(order[0].clone())));
        assert_eq!(ana.assign(b"hot").await, Answer::Ok(Some(order[0].clone())));
        // Of three 1.875, so it is full.
        assert_eq!(ana.assign(b"hot").await, Answer::Ok(Some(order[1].clone())));
        assert_eq!(ana.release(&order[1]).await, Answer::Ok(()));
        assert_eq!(ana.release(&order[1]).await, Answer::Refused(ReleaseError::NothingAssigned));
    });
}
