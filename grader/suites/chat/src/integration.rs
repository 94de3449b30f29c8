//! Stage `integration`: a conversation on real services, with kills in the middle of it.

use crate::clients::{CHAT, PATIENCE, chatter, deploy, draft, holds, send_at_last};
use crate::device::Device;
use crate::listen::in_time;
use crate::rush::Traffic;
use chat::{ChatClient as Client, Config};
use futures_util::try_join;
use kata_check::Outcome;
use kata_sim::rules::outage;
use kata_sim::{Arrivals, Datacentre, Port, Visitor, requirement};
use std::time::Duration;

/// Three members talk and two devices listen at nodes that stay, while `trouble` happens. What is acknowledged arrives, once and in order.
async fn talk_through(dc: &Datacentre, trouble: impl Future<Output = ()>) -> Outcome {
    let nodes = dc.nodes();
    let mut devices =
        [Device::of(dc, dc.client_at("cy", nodes[0])), Device::of(dc, dc.client_at("bo", nodes[1]))];
    let [one, two] = &mut devices;
    // A node that was killed is back after seconds, and a client waits as long for its answer.
    let within = in_time() + Duration::from_secs(20);
    let trouble = async {
        dc.sleep(PATIENCE).await;
        trouble.await;
        Ok(())
    };
    let (mut sent, (), (), ()) = try_join!(
        chatter(dc, &["ana", "bo", "cy"]),
        one.gets(CHAT, 6, within),
        two.gets(CHAT, 6, within),
        trouble,
    )?;
    dc.heal().await;
    let last = draft(9, "and one more");
    let number = send_at_last(dc, &dc.client::<Client>("ana"), &last).await?;
    let within = in_time() + Duration::from_secs(2);
    try_join!(one.gets(CHAT, number, within), two.gets(CHAT, number, within))?;
    sent.push(("ana", last, number));
    let history = holds(dc, &sent).await?;
    dc.beyond_doubt();
    devices.iter().try_for_each(|device| device.got(&history))
}

/// A node is killed in the middle of a conversation, and all connections to the channels break. On PostgreSQL and Redis as in the
/// simulation, everything arrives, once and in order.
#[requirement(stage = "integration", level = integration, points = 5)]
async fn a_conversation_survives_kills(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let node = dc.nodes()[2];
    talk_through(dc, async {
        dc.crash(node);
        dc.break_subscriptions();
        dc.restart(node).await;
    })
    .await
}

/// Redis, which carries the channels, is killed in the middle of a conversation and comes back empty. Everything arrives, once and in
/// order, although nobody could tell of it.
#[requirement(stage = "integration", level = integration, points = 5)]
async fn a_conversation_survives_an_outage_of_the_channels(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    talk_through(dc, async {
        let down = dc.install(outage(Port::PubSub));
        dc.sleep(Duration::from_millis(500)).await;
        drop(down);
    })
    .await
}

/// How long a message takes to the last of five devices: ten groups of five, and 100 messages a second for two seconds and a half. Worth
/// no points: what it takes depends on the machine.
#[requirement(stage = "integration", level = integration, points = 0)]
async fn a_load_is_measured(dc: &Datacentre) -> Outcome {
    const GROUPS: u64 = 10;
    dc.deploy::<Client>(3, Config::default()).await;
    Traffic::run(dc, vec![5; GROUPS as usize], async |traffic| {
        let load = dc.load("messages", Arrivals::poisson(100, Duration::from_millis(2_500)));
        let send = |visitor: Visitor| traffic.send(1 + visitor.draw("group") % GROUPS, visitor);
        load.warming_up(Duration::from_millis(500)).run(send).await.map(drop)
    })
    .await
}
