//! Stage `race`: several clients at once, through several nodes.

use crate::clients::{LIKES, addition};
use first_steps::{Config, CounterClient};
use futures_util::future::try_join_all;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::cell::Cell;

/// Three clients add to one counter at the same moment, through three nodes. In the end it holds what all of them added.
#[requirement(stage = "race", level = concurrency, points = 20, schedules = 1_000)]
async fn no_addition_is_lost(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(3, Config::default()).await;
    let clients = ["ana", "bo", "cy"].map(|name| dc.client::<CounterClient>(name));
    let additions = (1..).zip(&clients).map(async |(number, client)| {
        client.add(addition(number, number.unsigned_abs())).await.expect_ok("an addition")?;
        client.add(addition(number * 10, number.unsigned_abs() + 10)).await.expect_ok("an addition")
    });
    try_join_all(additions).await?;
    let total = clients[0].get(LIKES.to_owned()).await.expect_ok("ana's read")?;
    ensure!(total == 66, "an addition got lost", "1 + 2 + 3 + 10 + 20 + 30 = 66", "{total}");
    Ok(())
}

/// A read sees every addition that was acknowledged before it began, through whichever node, and none that nobody has asked
/// for yet.
#[requirement(stage = "race", level = concurrency, points = 10, schedules = 500)]
async fn reads_see_what_was_acknowledged(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(2, Config::default()).await;
    let (begun, acknowledged) = (Cell::new(0), Cell::new(0));
    let adds = async |name: &str, first_id: u64| -> Outcome {
        let client = dc.client::<CounterClient>(name);
        for request_id in first_id..first_id + 3 {
            begun.set(begun.get() + 1);
            client.add(addition(1, request_id)).await.expect_ok("an addition")?;
            acknowledged.set(acknowledged.get() + 1);
        }
        Ok(())
    };
    let reads = async || -> Outcome {
        let cy = dc.client::<CounterClient>("cy");
        for _ in 0..4 {
            let at_least = acknowledged.get();
            let total = cy.get(LIKES.to_owned()).await.expect_ok("cy's read")?;
            let at_most = begun.get();
            ensure!(
                total >= at_least,
                "a read misses what was acknowledged",
                "at least {at_least}",
                "{total}"
            );
            ensure!(total <= at_most, "a read sees what nobody added", "at most {at_most}", "{total}");
        }
        Ok(())
    };
    let (ana, bo, cy) = futures_util::join!(adds("ana", 1), adds("bo", 11), reads());
    ana.and(bo).and(cy)?;
    let total = dc.client::<CounterClient>("cy").get(LIKES.to_owned()).await.expect_ok("cy's read")?;
    ensure!(total == 6, "a read misses what was acknowledged", "6 after six additions of 1", "{total}");
    Ok(())
}
