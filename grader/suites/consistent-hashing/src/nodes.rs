//! Stage `nodes`: what a cluster is, and what is no node.

use crate::clusters::{add, nodes, remove};
use crate::placement::Placement;
use consistent_hashing::{AddError, Config, ConsistentHashingClient, RemoveError};
use kata::keys::{Family, Keys};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// So many that some lie before the first and behind the last point of any ring: with 150 points, one key in 151 lies behind the
/// last of them, and that none of 10,000 does has the probability 1e-29.
const KEYS: u64 = 10_000;

/// Without nodes, keys have no owner. With one node, it owns all of them. With three, each of them owns some, whoever asks and however
/// often. The empty key and a long one are keys like all others.
#[requirement(stage = "nodes", level = acceptance, points = 5, schedules = 2)]
async fn every_key_has_an_owner(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let nobody = ana.owner(b"key").await.expect_ok("a look-up without nodes")?;
    let none = ana.replicas(b"key", 3).await.expect_ok("a look-up without nodes")?;
    let served = ana.assign(b"key").await.expect_ok("a request without nodes")?;
    ensure!(
        nobody.is_none() && none.is_empty() && served.is_none(),
        "a key belongs somewhere although there are no nodes",
        "owner: None, replicas: [], assign: None",
        "owner: {nobody:?}, replicas: {none:?}, assign: {served:?}"
    );
    let three = nodes(dc, 0, &[1, 1, 1]);
    for there in 1..=three.len() {
        let (known, new) = (&three[..there], &three[there - 1..there]);
        add(&ana, new).await?;
        for family in [Family::Random, Family::Short, Family::Long] {
            let keys = Keys::new(family, dc.draw("keys"));
            let placement = Placement::of(&ana, known, keys, KEYS).await?;
            let again = Placement::of(&ana, known, keys, KEYS).await?;
            placement.is_the_same_as(&again, "as it did a moment ago")?;
            // A share of nothing would lie ten standard deviations below the fair one.
            for (name, _) in known {
                let owned = placement.count(name);
                ensure!(
                    owned > 0,
                    "a node owns nothing",
                    "some of {KEYS} keys belong to {name}, one of {there} equal nodes",
                    "{owned}"
                );
            }
        }
    }
    remove(&ana, &three).await?;
    let nobody = ana.owner(b"key").await.expect_ok("a look-up when all nodes are gone")?;
    ensure!(nobody.is_none(), "a key is owned by a node that is not there", "None", "{nobody:?}");
    Ok(())
}

/// Names that are empty or longer than `Config::name_bytes_max` bytes, weights of 0 or above `Config::weight_max`, and nodes that are
/// not there are refused, and nothing changes. What is exactly at a limit is fine.
#[requirement(stage = "nodes", level = acceptance, points = 5, schedules = 2)]
async fn nonsense_is_refused(dc: &Datacentre) -> Outcome {
    let config = Config { name_bytes_max: 8, weight_max: 4, ..Config::default() };
    dc.deploy::<ConsistentHashingClient>(1, config).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let there = [("12345678".to_owned(), 4), ("\u{e9}\u{e9}\u{e9}ab".to_owned(), 1), (" ".to_owned(), 1)];
    add(&ana, &there).await?;
    let keys = Keys::new(Family::Random, dc.draw("keys"));
    let before = Placement::of(&ana, &there, keys, KEYS).await?;
    // The last name has 6 characters in 9 bytes.
    let refusals = [
        ("", 1, AddError::InvalidName),
        ("", 0, AddError::InvalidName),
        ("123456789", 1, AddError::InvalidName),
        ("\u{e9}\u{e9}\u{e9}abc", 1, AddError::InvalidName),
        ("fine", 0, AddError::InvalidWeight),
        ("fine", 5, AddError::InvalidWeight),
        ("12345678", 0, AddError::InvalidWeight),
        ("12345678", u32::MAX, AddError::InvalidWeight),
    ];
    for (name, weight, expected) in refusals {
        let call = format!("adding {name:?} of weight {weight}");
        let error = ana.add_node(name, weight).await.expect_refused(&call)?;
        ensure!(error == expected, "{call} is refused for another reason", "{expected:?}", "{error:?}");
    }
    for name in ["", "fine", "1234567", "123456789"] {
        let call = format!("removing {name:?}, which is not there,");
        let RemoveError::UnknownNode = ana.remove_node(name).await.expect_refused(&call)?;
    }
    let after = Placement::of(&ana, &there, keys, KEYS).await?;
    before.is_the_same_as(&after, "as before the refused calls")
}

/// A node that is added again is not there twice: nothing changes, and it is gone when it is removed once.
#[requirement(stage = "nodes", level = acceptance, points = 5, schedules = 2)]
async fn a_node_is_there_once(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let three = nodes(dc, 0, &[1, 2, 3]);
    let keys = Keys::new(Family::Random, dc.draw("keys"));
    add(&ana, &three).await?;
    let before = Placement::of(&ana, &three, keys, KEYS).await?;
    add(&ana, &three).await?;
    let after = Placement::of(&ana, &three, keys, KEYS).await?;
    before.is_the_same_as(&after, "as before the nodes were added again")?;
    for gone in 1..three.len() {
        remove(&ana, &three[gone - 1..gone]).await?;
        let name = &three[gone - 1].0;
        let RemoveError::UnknownNode =
            ana.remove_node(name).await.expect_refused(&format!("removing {name} a second time"))?;
        Placement::of(&ana, &three[gone..], keys, KEYS).await?;
    }
    remove(&ana, &three[2..]).await?;
    // Names that are alike are not the same.
    let alike =
        ["cache", "Cache", "cache ", " cache", "caf\u{e9}", "cafe\u{301}"].map(|name| (name.to_owned(), 1));
    add(&ana, &alike).await?;
    let placement = Placement::of(&ana, &alike, keys, KEYS).await?;
    for (name, _) in &alike {
        let owned = placement.count(name);
        ensure!(
            owned > 0,
            "a node owns nothing",
            "some of {KEYS} keys belong to {name:?}, one of six nodes alike",
            "{owned}"
        );
    }
    Ok(())
}
