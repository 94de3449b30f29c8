//! Stage `listen`: devices connect, and messages are pushed to them.

use crate::clients::{CHAT, config, deploy, draft, draft_for, make, send_at_last};
use crate::device::Device;
use chat::{ChatClient as Client, Cursor};
use futures_util::future::try_join_all;
use kata_check::Outcome;
use kata_sim::{Datacentre, requirement};
use std::time::Duration;

/// What a message may take, and a little for the way to its device.
pub(crate) fn in_time() -> Duration {
    config().delivery_lag + Duration::from_millis(100)
}

/// A device connects and gets what it missed, behind the number that it names, and then what comes, in order.
#[requirement(stage = "listen", level = acceptance, points = 5)]
async fn a_device_gets_what_it_missed_and_what_comes(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    for id in 1..=3 {
        send_at_last(dc, &ana, &draft(id, "before")).await?;
    }
    let mut old = Device::showing(dc, bo.clone(), &[(CHAT, 2)]);
    let mut new = Device::of(dc, bo);
    old.gets(CHAT, 3, in_time()).await?;
    new.gets(CHAT, 3, in_time()).await?;
    for id in 4..=6 {
        let number = send_at_last(dc, &ana, &draft(id, "after")).await?;
        old.gets(CHAT, number, in_time()).await?;
        new.gets(CHAT, number, in_time()).await?;
    }
    Ok(())
}

/// Two members with a device at every node, each showing two chats on one connection: all of them get all messages, those of the
/// senders themselves included.
#[requirement(stage = "listen", level = acceptance, points = 5)]
async fn every_device_gets_everything(dc: &Datacentre) -> Outcome {
    const OTHER: u64 = 18;
    deploy(dc).await?;
    make(dc, &dc.client("bo"), OTHER, &["ana"]).await?;
    let chats = [(CHAT, 0), (OTHER, 0)];
    let places = dc.nodes().into_iter().flat_map(|node| [("ana", node), ("bo", node)]);
    let mut devices: Vec<Device<'_>> =
        places.map(|(member, node)| Device::showing(dc, dc.client_at(member, node), &chats)).collect();
    for id in 1..=2 {
        for (chat, sender) in [(CHAT, "cy"), (OTHER, "bo"), (OTHER, "ana"), (CHAT, "ana")] {
            let number = send_at_last(dc, &dc.client(sender), &draft_for(chat, id, sender)).await?;
            try_join_all(devices.iter_mut().map(|device| device.gets(chat, number, in_time()))).await?;
        }
    }
    Ok(())
}

/// A device takes nothing that it is sent. The others get everything in time all the same, and when it takes again, a hundred messages
/// later, it has missed nothing.
#[requirement(stage = "listen", level = acceptance, points = 5)]
async fn a_slow_device_holds_nobody_up(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let node = dc.nodes()[0];
    let ana = dc.client::<Client>("ana");
    let mut slow = Device::of(dc, dc.client_at("bo", node));
    let mut quick = Device::of(dc, dc.client_at("cy", node));
    let mut last = send_at_last(dc, &ana, &draft(1, "hello")).await?;
    slow.gets(CHAT, last, in_time()).await?;
    for id in 2..=100 {
        last = send_at_last(dc, &ana, &draft(id, "more")).await?;
        quick.gets(CHAT, last, in_time()).await?;
    }
    // One after the other, each of which it asks for.
    slow.gets(CHAT, last, in_time() + last as u32 * Duration::from_millis(50)).await
}

/// A device is cut off with a message on its way to it, and connects anew with what it has: to the same node, and then to others.
/// Nothing comes twice, and nothing is left out.
#[requirement(stage = "listen", level = acceptance, points = 5)]
async fn a_device_goes_on_at_another_node(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let ana = dc.client::<Client>("ana");
    let (mut has, mut id) = (0, 0);
    let nodes = dc.nodes();
    for node in [nodes[0], nodes[0], nodes[1], nodes[2]] {
        let mut device = Device::showing(dc, dc.client_at("bo", node), &[(CHAT, has)]);
        for _ in 0..2 {
            id += 1;
            has = send_at_last(dc, &ana, &draft(id, "here")).await?;
            device.gets(CHAT, has, in_time()).await?;
        }
        device.is_ready_for_one().await?;
        for text in ["pushed, but never taken", "while bo is away"] {
            id += 1;
            send_at_last(dc, &ana, &draft(id, text)).await?;
            dc.sleep(in_time()).await;
        }
        drop(device);
    }
    // A device that names no chat gets nothing, and that is all right.
    let nothing = dc.client::<Client>("bo").connect(Vec::<Cursor>::new());
    dc.sleep(Duration::from_secs(1)).await;
    drop(nothing);
    Ok(())
}
