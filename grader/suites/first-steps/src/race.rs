//! Stage `race`: several clients at once, through several nodes.

use crate::clients::{LIKES, addition};
use crate::likes::Likes;
use first_steps::{Config, CounterClient};
use futures_util::future::try_join_all;
use futures_util::try_join;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

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

/// Two clients add and two read, through two nodes. A read sees every addition that was acknowledged before it began, and none
/// that nobody has asked for yet; and its answer is a sum that the counter had: additions and reads fit one order.
#[requirement(stage = "race", level = concurrency, points = 10, schedules = 1_000)]
async fn reads_see_what_was_acknowledged(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(2, Config::default()).await;
    let likes = Likes::new();
    let adds = async |name: &str, amounts: [i64; 3]| -> Outcome {
        let client = dc.client::<CounterClient>(name);
        for by in amounts {
            likes
                .add(name, by, client.add(addition(by, by.unsigned_abs())))
                .await
                .expect_ok("an addition")?;
        }
        Ok(())
    };
    let reads = async |name: &str| -> Outcome {
        let client = dc.client::<CounterClient>(name);
        for _ in 0..3 {
            likes.read(name, client.get(LIKES.to_owned())).await.expect_ok("a read")?;
            // At once, so that the history ends where the contradiction does.
            likes.fit_one_order()?;
        }
        Ok(())
    };
    // The digits of a sum tell what is in it.
    try_join!(adds("ana", [1, 2, 4]), adds("bo", [10, 20, 40]), reads("cy"), reads("di"))?;
    let total = dc.client::<CounterClient>("cy").get(LIKES.to_owned()).await.expect_ok("cy's read")?;
    ensure!(total == 77, "a read misses what was acknowledged", "1 + 2 + 4 + 10 + 20 + 40 = 77", "{total}");
    Ok(())
}
