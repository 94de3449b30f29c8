//! Stage `crash`: nodes crash, and the table fails.

use crate::clients::{Counted, LIKES, addition, ask, insist, likes};
use crate::likes::Likes;
use first_steps::{Addition, Config, CounterClient};
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::outage;
use kata_sim::{Datacentre, Port, requirement};
use std::time::Duration;

/// Longer than any request can be late.
const SETTLED: Duration = Duration::from_secs(10);

/// Two clients add, send each addition again until it is acknowledged, and read. A node crashes at any moment. Whoever reads
/// finds what was acknowledged, and once all is well again, the counter holds each addition once.
#[requirement(stage = "crash", level = faults, points = 15, sweep = crashes)]
async fn acknowledged_additions_survive_crashes(dc: &Datacentre) -> Outcome {
    insist_then_count(dc).await
}

/// The table does what it is asked, but its answer is lost; or a request takes effect long after its node gave up on it.
/// Clients send an addition again until it is acknowledged, and find it then. Once all is well again, each counts once.
#[requirement(stage = "crash", level = faults, points = 15, sweep = [lost_answers, late_effects])]
async fn lost_answers_count_once(dc: &Datacentre) -> Outcome {
    insist_then_count(dc).await
}

async fn insist_then_count(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(2, Config::default()).await;
    let additions = [("ana", 1), ("bo", 10)].map(|(name, number)| (name, [number, number * 2]));
    let seen = Likes::new();
    let clients = additions.into_iter().map(async |(name, amounts)| {
        let client = dc.client::<CounterClient>(name);
        for by in amounts {
            let addition = addition(by, by.unsigned_abs());
            seen.add_at_last(name, by, insist(dc, &client, &addition)).await?;
            // One that fails is no matter: the sweep may have been there.
            let _ = seen.read(name, client.get(LIKES.to_owned())).await;
        }
        Ok::<(), Complaint>(())
    });
    try_join_all(clients).await?;
    dc.heal().await;
    dc.sleep(SETTLED).await;
    let total = likes(dc, &dc.client("cy")).await?;
    ensure!(
        total == 33,
        "acknowledged additions are not counted once each",
        "1 + 2 + 10 + 20 = 33",
        "{total}"
    );
    seen.fit_one_order()
}

/// Who is told `Failed(Refused)` does not ask again, so such an addition must not be counted, now or later. Who is told
/// `Failed(Unknown)` may find it counted or not. And not everything may be refused.
#[requirement(stage = "crash", level = faults, points = 10, sweep = [lost_answers, late_effects, crashes])]
async fn a_refusal_is_final(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(2, Config::default()).await;
    let ana = dc.client::<CounterClient>("ana");
    // Powers of two, so that the sum tells which of them count.
    let asked: Vec<Addition> = (0..4).map(|bit| addition(1 << bit, 1 << bit)).collect();
    let (mut surely, mut perhaps) = (0, 0);
    for addition in &asked {
        match ask(&ana, addition).await? {
            Counted::Yes => surely |= addition.by,
            Counted::Perhaps => perhaps |= addition.by,
            Counted::No => {}
        }
    }
    dc.heal().await;
    dc.sleep(SETTLED).await;
    let total = likes(dc, &ana).await?;
    let missing = surely & !total;
    ensure!(
        missing == 0,
        "an acknowledged addition is not counted",
        "{missing} is part of the sum",
        "{total}"
    );
    let refused = total & !(surely | perhaps);
    ensure!(
        refused == 0,
        "an addition that was refused is counted",
        "{refused} is no part of the sum",
        "{total}"
    );
    insist(dc, &ana, &addition(16, 16)).await?;
    Ok(())
}

/// The table is down for a while. Nobody is told that an addition is counted then, nor a sum without those that were; afterwards
/// nodes work as before, without having been restarted.
#[requirement(stage = "crash", level = faults, points = 10)]
async fn work_resumes_after_an_outage(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(2, Config::default()).await;
    let ana = dc.client::<CounterClient>("ana");
    let nodes: Vec<CounterClient> = dc.nodes().into_iter().map(|node| dc.client_at("bo", node)).collect();
    // Each has seen the sum that was, when it goes up through some node.
    for bo in &nodes {
        likes(dc, bo).await?;
    }
    insist(dc, &ana, &addition(1, 1)).await?;
    let down = dc.install(outage(Port::Table));
    for request_id in 2..6 {
        let counted = ask(&ana, &addition(1, request_id)).await?;
        ensure!(
            counted != Counted::Yes,
            "an addition is acknowledged while the table is down",
            "`Failed`",
            "Ok(())"
        );
    }
    for bo in &nodes {
        let read = bo.get(LIKES.to_owned()).await;
        ensure!(
            !matches!(read, Answer::Ok(total) if total != 1),
            "a read misses what was acknowledged while the table is down",
            "`Failed`, or Ok(1)",
            "{read}"
        );
    }
    drop(down);
    for request_id in 2..6 {
        insist(dc, &ana, &addition(1, request_id)).await?;
    }
    let total = likes(dc, &ana).await?;
    ensure!(total == 5, "additions are not counted once each after an outage", "5", "{total}");
    Ok(())
}
