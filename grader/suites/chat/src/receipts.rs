//! Stage `receipts`: how far members have got, and whether they are there.

use crate::clients::{CHAT, config, deploy, draft, make, send_at_last};
use crate::device::{Device, while_connected};
use chat::{ChatClient as Client, MarkError, Progress, Receipt};
use futures_util::join;
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;

fn progress(delivered: u64, read: u64) -> Progress {
    Progress { delivered, read }
}

/// Demands that ana, bo and cy have got that far.
async fn are(dc: &Datacentre, expected: [Progress; 3]) -> Outcome {
    let receipts = dc.client::<Client>("cy").receipts(CHAT).await.expect_ok("reading the receipts")?;
    let receipt = |(member, progress): (&str, Progress)| Receipt { member: member.to_owned(), progress };
    let expected: Vec<Receipt> = ["ana", "bo", "cy"].into_iter().zip(expected).map(receipt).collect();
    ensure!(receipts == expected, "the receipts are wrong", "{expected:?}", "{receipts:?}");
    Ok(())
}

/// A member's progress only goes forward, delivered and read each by itself. It is not beyond the last message, and nobody has read
/// what was not delivered. All members stand in the receipts.
#[requirement(stage = "receipts", level = acceptance, points = 5)]
async fn receipts_only_go_forward(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    are(dc, [progress(0, 0); 3]).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    for id in 1..=4 {
        send_at_last(dc, &ana, &draft(id, "read this")).await?;
    }
    for (delivered, read, now) in [(2, 0, (2, 0)), (4, 1, (4, 1)), (3, 3, (4, 3)), (1, 1, (4, 3))] {
        bo.mark(CHAT, progress(delivered, read)).await.expect_ok("marking progress")?;
        are(dc, [progress(0, 0), progress(now.0, now.1), progress(0, 0)]).await?;
    }
    for (delivered, read) in [(5, 0), (u64::MAX, 4), (2, 3)] {
        let marked = bo.mark(CHAT, progress(delivered, read)).await;
        ensure!(
            marked == Answer::Refused(MarkError::InvalidProgress),
            "senseless progress is noted",
            "InvalidProgress for {delivered} delivered and {read} read of 4",
            "{marked}"
        );
    }
    ana.mark(CHAT, progress(4, 4)).await.expect_ok("marking progress")?;
    are(dc, [progress(4, 4), progress(4, 3), progress(0, 0)]).await
}

/// A member marks progress through several nodes at once. Whatever the order, the highest of each number stays.
#[requirement(stage = "receipts", level = concurrency, points = 5, schedules = 200)]
async fn racing_receipts_keep_the_highest(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    for id in 1..=3 {
        send_at_last(dc, &ana, &draft(id, "read this")).await?;
    }
    let marks = [progress(3, 0), progress(2, 2), progress(1, 1)];
    let (one, two, three) = join!(bo.mark(CHAT, marks[0]), bo.mark(CHAT, marks[1]), bo.mark(CHAT, marks[2]));
    for marked in [one, two, three] {
        marked.expect_ok("marking progress")?;
    }
    are(dc, [progress(0, 0), progress(3, 2), progress(0, 0)]).await
}

/// Demands that bo is online, or not.
pub(crate) async fn bo_is_online(dc: &Datacentre, expected: bool, why: &str) -> Outcome {
    let client = dc.client::<Client>("ana");
    let online = client.is_online(CHAT, "bo".to_owned()).await.expect_ok("asking who is online")?;
    ensure!(online == expected, "a member's presence is wrong", "bo online: {expected}, {why}", "{online}");
    Ok(())
}

/// Once presence is due, and a little for the way.
pub(crate) async fn presence_is_due(dc: &Datacentre) {
    dc.sleep(config().presence_lag + Duration::from_millis(500)).await;
}

/// Demands that bo is online all the time, for twice as long as presence may lag.
async fn stays_online(dc: &Datacentre, why: &str) -> Outcome {
    let until = dc.now() + config().presence_lag * 2;
    while dc.now() < until {
        bo_is_online(dc, true, why).await?;
        dc.sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// A member is online while a device of theirs is connected, however long, whichever of them leaves first, whatever chats it shows, and
/// also if it takes nothing; and is not once the last one has gone. Who does not belong to the chat is not online there, wherever their
/// devices are.
#[requirement(stage = "receipts", level = acceptance, points = 5)]
async fn members_are_online_while_connected(dc: &Datacentre) -> Outcome {
    const BOS: u64 = 18;
    const EVES: u64 = 19;
    deploy(dc).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    make(dc, &bo, BOS, &[]).await?;
    bo_is_online(dc, false, "who never connected").await?;
    let mut devices = vec![Device::of(dc, bo.clone()), Device::showing(dc, bo.clone(), &[(BOS, 0)])];
    while_connected(&mut devices, async {
        presence_is_due(dc).await;
        stays_online(dc, "with two devices").await
    })
    .await?;
    devices.remove(0);
    while_connected(&mut devices, stays_online(dc, "with one of two devices left, which shows another chat"))
        .await?;
    drop(devices);
    presence_is_due(dc).await;
    bo_is_online(dc, false, "whose devices have gone").await?;
    let takes_nothing = Device::of(dc, bo);
    for id in 1..=3 {
        send_at_last(dc, &ana, &draft(id, "read this")).await?;
    }
    presence_is_due(dc).await;
    stays_online(dc, "with a device that takes nothing").await?;
    drop(takes_nothing);
    presence_is_due(dc).await;
    bo_is_online(dc, false, "whose last device has gone").await?;
    let eve = dc.client::<Client>("eve");
    make(dc, &eve, EVES, &[]).await?;
    while_connected(&mut [Device::showing(dc, eve, &[(EVES, 0)])], async {
        presence_is_due(dc).await;
        let stranger = ana.is_online(CHAT, "eve".to_owned()).await;
        ensure!(
            stranger == Answer::Ok(false),
            "somebody who does not belong to the chat is online there",
            "Ok(false) for eve, whose device shows another chat",
            "{stranger}"
        );
        Ok(())
    })
    .await
}
