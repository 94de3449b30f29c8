//! Stage `crashes`: nodes crash, answers and news get lost, services fail.

use crate::clients::{CHAT, PATIENCE, chatter, deploy, draft, history, holds, names, send, send_at_last};
use crate::device::{Device, while_connected};
use crate::listen::in_time;
use crate::receipts::{bo_is_online, presence_is_due};
use chat::{ChatClient as Client, Draft, MarkError, Progress, ReadError};
use futures_util::try_join;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{lose_requests, outage};
use kata_sim::{Datacentre, Expect, Port, requirement};
use std::time::Duration;

/// Longer than any request can be late, and any node down.
const SETTLED: Duration = Duration::from_secs(10);

/// Two members send until their messages are acknowledged, while two devices listen and connect again when they are cut off. A node
/// crashes at any moment. Nothing is lost, nothing comes twice, and everybody agrees on the order.
#[requirement(stage = "crashes", level = faults, points = 10, sweep = crashes, points_max = 150)]
async fn acknowledged_messages_survive_crashes(dc: &Datacentre) -> Outcome {
    talk_and_listen(dc).await
}

/// Services do what they are asked, but the answer is lost; or a request takes effect long after its node gave up on it. Messages get
/// one number all the same, and arrive once.
#[requirement(stage = "crashes", level = faults, points = 10, sweep = [lost_answers, late_effects], points_max = 100)]
async fn lost_answers_repeat_nothing(dc: &Datacentre) -> Outcome {
    talk_and_listen(dc).await
}

/// All connections over which nodes hear each other's news break, at any moment. What was published meanwhile is gone; the messages
/// still arrive in time, and so does what is sent later.
#[requirement(stage = "crashes", level = faults, points = 10, sweep = disconnections, points_max = 150)]
async fn broken_connections_lose_nothing(dc: &Datacentre) -> Outcome {
    talk_and_listen(dc).await
}

async fn talk_and_listen(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let mut devices = [Device::of(dc, dc.client("cy")), Device::of(dc, dc.client("bo"))];
    let [one, two] = &mut devices;
    // Whatever the sweep did, it is over by then.
    let within = SETTLED + in_time();
    let ((sent, ()), (), ()) = try_join!(
        async {
            let sent = chatter(dc, &["ana", "bo"]).await?;
            dc.sleep(PATIENCE).await;
            dc.heal().await;
            Ok::<_, Complaint>((sent, ()))
        },
        one.gets(CHAT, 4, within + SETTLED),
        two.gets(CHAT, 4, within + SETTLED),
    )?;
    dc.sleep(SETTLED).await;
    // Devices that have stayed connected hear what comes next, too.
    let last = draft(9, "and one more");
    let number = send_at_last(dc, &dc.client("ana"), &last).await?;
    try_join!(one.gets(CHAT, number, in_time()), two.gets(CHAT, number, in_time()))?;
    let mut sent: Vec<(&str, Draft, u64)> = sent;
    sent.push(("ana", last, number));
    let history = holds(dc, &sent).await?;
    devices.iter().try_for_each(|device| device.got(&history))
}

/// Who is told `Failed(Refused)` does not ask again, so such a message must not stand in the chat, now or later; such a chat is not there,
/// and such progress is not noted. And not everything may be refused.
#[requirement(stage = "crashes", level = faults, points = 8, sweep = [lost_answers, late_effects], points_max = 150)]
async fn a_refusal_is_final(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    let (mut unsent, mut unmade, mut last, mut noted) = (Vec::new(), Vec::new(), 0, vec![0]);
    for id in 1..=3 {
        let draft = draft(id, &format!("message {id}"));
        match ana.send(draft.clone()).await {
            Answer::Ok(number) => last = number,
            Answer::Refused(error) => unsent.push((draft.text, error)),
            Answer::Unknown => {}
        }
        let chat = CHAT + id;
        if let Answer::Refused(error) = ana.make(chat, names(&["bo"])).await {
            unmade.push((chat, error));
        }
        let progress = Progress { delivered: last, read: 0 };
        if !matches!(bo.mark(CHAT, progress).await, Answer::Refused(MarkError::Failed(_))) {
            noted.push(last);
        }
    }
    dc.heal().await;
    dc.sleep(SETTLED).await;
    let found = history(dc, &ana, CHAT).await?;
    for (text, error) in unsent {
        ensure!(
            !found.iter().any(|message| message.text == text),
            "a message that was refused stands in the chat",
            "no {text:?}, which was refused with {error:?}",
            "{found:?}"
        );
    }
    for (chat, error) in unmade {
        let found = ana.history(chat, None, 1).await;
        ensure!(
            found == Answer::Refused(ReadError::NoSuchChat),
            "a chat that was refused is there",
            "NoSuchChat for chat {chat}, which was refused with {error:?}",
            "{found}"
        );
    }
    let receipts = ana.receipts(CHAT).await.expect_ok("reading the receipts")?;
    let bos =
        receipts.iter().find(|receipt| receipt.member == "bo").map(|receipt| receipt.progress.delivered);
    ensure!(
        bos.is_some_and(|delivered| noted.contains(&delivered)),
        "progress that was refused is noted",
        "bo has got one of {noted:?}, all that was not refused",
        "{receipts:?}"
    );
    send_at_last(dc, &ana, &draft(9, "still here")).await?;
    Ok(())
}

/// The table is down for a while, and is well again. Then the channels are down while somebody sends; later they lose half of what they
/// are told. Whatever is acknowledged arrives in time once they are well again, although nobody may ever tell of it.
#[requirement(stage = "crashes", level = faults, points = 10, schedules = 40)]
async fn lost_news_is_found_in_the_table(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let ana = dc.client::<Client>("ana");
    let places = dc.nodes();
    let mut one = Device::of(dc, dc.client_at("bo", places[0]));
    let mut two = Device::of(dc, dc.client_at("cy", places[1]));
    let mut acknowledged = send_at_last(dc, &ana, &draft(1, "hello")).await?;
    try_join!(one.gets(CHAT, acknowledged, in_time()), two.gets(CHAT, acknowledged, in_time()))?;
    let down = dc.install(outage(Port::Table));
    dc.sleep(in_time()).await;
    drop(down);
    dc.sleep(SETTLED).await;
    let down = dc.install(outage(Port::PubSub));
    for id in 2..=4 {
        acknowledged = send(&ana, &draft(id, "hello?")).await?.map_or(acknowledged, |number| number);
    }
    drop(down);
    // A node waits a second for a request that was lost, and then has as long as ever.
    let within = in_time() + Duration::from_secs(2);
    try_join!(one.gets(CHAT, acknowledged, within), two.gets(CHAT, acknowledged, within))?;
    // Whoever had to connect anew has done so, and hears nothing of the next ones all the same.
    dc.sleep(SETTLED).await;
    let lossy = dc.install(lose_requests(Port::PubSub, 500));
    for id in 5..=6 {
        acknowledged = send(&ana, &draft(id, "hello??")).await?.map_or(acknowledged, |number| number);
    }
    drop(lossy);
    try_join!(one.gets(CHAT, acknowledged, within), two.gets(CHAT, acknowledged, within))?;
    Ok(())
}

/// The node crashes to which a member's only device is connected. Soon the member is not online any more, although nobody said so;
/// and is again once the device has connected elsewhere.
#[requirement(stage = "crashes", level = faults, points = 8)]
async fn who_was_cut_off_goes_offline(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let node = dc.nodes()[0];
    let mut device = [Device::of(dc, dc.client_at("bo", node))];
    while_connected(&mut device, async {
        presence_is_due(dc).await;
        bo_is_online(dc, true, "with a device").await
    })
    .await?;
    dc.crash(node);
    presence_is_due(dc).await;
    bo_is_online(dc, false, "whose node crashed").await?;
    drop(device);
    let mut device = [Device::of(dc, dc.client_at("bo", dc.nodes()[1]))];
    while_connected(&mut device, async {
        presence_is_due(dc).await;
        bo_is_online(dc, true, "with a device at another node").await
    })
    .await
}
