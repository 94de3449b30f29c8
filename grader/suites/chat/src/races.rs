//! Stage `races`: many send and connect at once, through several nodes.

use crate::clients::{CHAT, chatter, deploy, draft, holds, send};
use crate::device::Device;
use crate::listen::in_time;
use chat::ChatClient as Client;
use futures_util::{join, try_join};
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};

/// Three members send at once. Every message gets a number of its own, without gaps, and one that was sent after another was
/// acknowledged gets the higher one.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 300)]
async fn racing_messages_get_numbers_of_their_own(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let sent = chatter(dc, &["ana", "bo", "cy"]).await?;
    holds(dc, &sent).await?;
    Ok(())
}

/// One message is sent three times at once, through whichever nodes, while another is on its way. It gets one number.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 300)]
async fn racing_retries_get_one_number(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    let (again, other) = (draft(1, "hello?"), draft(1, "yes"));
    let (one, two, three, reply) = join!(
        ana.send(again.clone()),
        ana.send(again.clone()),
        ana.send(again.clone()),
        bo.send(other.clone())
    );
    let numbers: Vec<u64> = [&one, &two, &three].into_iter().filter_map(|sent| sent.clone().ok()).collect();
    ensure!(
        numbers.len() == 3 && numbers.iter().all(|number| *number == numbers[0]),
        "one message that is sent three times at once gets several numbers, or none",
        "the same Ok(..) three times",
        "{one}, {two}, {three}"
    );
    let Answer::Ok(reply) = reply else {
        return Err(Complaint::new("a message is refused", "Ok(..)", reply.to_string()));
    };
    holds(dc, &[("ana", again, numbers[0]), ("bo", other, reply)]).await?;
    Ok(())
}

/// Devices connect while messages are being sent. Whatever is sent before, while and after they connect, they get it all, once, in
/// order and in time.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 300)]
async fn nothing_is_missed_between_history_and_news(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let sends = async {
        let sent = chatter(dc, &["ana", "bo"]).await?;
        Ok::<_, Complaint>(sent)
    };
    let connects = async {
        let mut devices = [Device::of(dc, dc.client("cy")), Device::of(dc, dc.client("bo"))];
        let [one, two] = &mut devices;
        // All four have their numbers within ten seconds, and arrive in time then.
        let within = in_time() + std::time::Duration::from_secs(10);
        try_join!(one.gets(CHAT, 4, within), two.gets(CHAT, 4, within))?;
        Ok(devices)
    };
    let (sent, devices) = try_join!(sends, connects)?;
    let history = holds(dc, &sent).await?;
    devices.iter().try_for_each(|device| device.got(&history))
}

/// A message is acknowledged, and then nothing more is sent that could remind anybody of it. It reaches a device that had just
/// connected all the same, in time.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 300)]
async fn the_last_message_arrives_in_time(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let ana = dc.client::<Client>("ana");
    let (mut device, message) = (Device::of(dc, dc.client("bo")), draft(1, "anybody here?"));
    let number = send(&ana, &message).await?;
    let Some(number) = number else {
        return Err(Complaint::new("a message is not acknowledged", "Ok(1)", "`Failed` or no answer"));
    };
    device.gets(CHAT, number, in_time()).await
}
