//! Stage `talk`: chats, messages and their numbers, history.

use crate::clients::{CHAT, deploy, draft, draft_for, history, holds, make, names, send_at_last};
use chat::{ChatClient as Client, Config, MakeError, ReadError, SendError};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;

/// Members send one message after the other, each through any node. They get the numbers 1, 2, 3, .., and history shows who said what. Who
/// sends the same message again, however late, hears its number.
#[requirement(stage = "talk", level = acceptance, points = 5)]
async fn messages_are_numbered_in_order(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let mut sent = Vec::new();
    for (id, sender) in (1..).zip(["ana", "bo", "ana", "cy", "bo"]) {
        let draft = draft(id, &format!("{sender} says {id}"));
        let number = send_at_last(dc, &dc.client(sender), &draft).await?;
        ensure!(number == id, "a message gets another number than the next", "{id}", "{number}");
        sent.push((sender, draft, number));
    }
    holds(dc, &sent).await?;
    dc.sleep(Duration::from_secs(300)).await;
    for (sender, draft, number) in &sent {
        let again = send_at_last(dc, &dc.client(*sender), draft).await?;
        ensure!(
            again == *number,
            "a message that is sent again after five minutes gets another number",
            "{number}",
            "{again}"
        );
    }
    holds(dc, &sent).await?;
    Ok(())
}

/// Pages of history are full while there are messages, hold the latest below a number, and show the highest number first.
#[requirement(stage = "talk", level = acceptance, points = 5)]
async fn history_comes_in_full_pages(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    for id in 1..=12 {
        send_at_last(dc, &ana, &draft(id, "again")).await?;
    }
    let pages: [(Option<u64>, u32, &[u64]); 7] = [
        (None, 3, &[12, 11, 10]),
        (Some(10), 4, &[9, 8, 7, 6]),
        (Some(3), 5, &[2, 1]),
        (Some(1), 5, &[]),
        (Some(0), 5, &[]),
        (Some(99), 2, &[12, 11]),
        (None, Config::default().page_max, &[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ];
    for (before, limit, expected) in pages {
        let page = bo.history(CHAT, before, limit).await.expect_ok("reading a page of history")?;
        let numbers: Vec<u64> = page.iter().map(|message| message.number).collect();
        ensure!(
            numbers == expected,
            "a page of history holds other messages than it should",
            "{expected:?}, {limit} before {before:?}",
            "{numbers:?}"
        );
    }
    Ok(())
}

/// Texts have a length in bytes, pages have a size, chats a most of members; whatever breaks such a rule is refused for it and leaves
/// nothing behind.
#[requirement(stage = "talk", level = acceptance, points = 5)]
async fn senseless_input_is_refused(dc: &Datacentre) -> Outcome {
    let config = Config { text_bytes_max: 8, members_max: 3, page_max: 4, ..Config::default() };
    dc.deploy::<Client>(2, config).await;
    let ana = dc.client::<Client>("ana");
    let crowd = ana.make(CHAT, names(&["bo", "cy", "di"])).await;
    ensure!(
        crowd == Answer::Refused(MakeError::TooManyMembers),
        "a chat with too many members is made",
        "TooManyMembers: ana, bo, cy and di are four",
        "{crowd}"
    );
    // Ana counts once, and so does bo.
    make(dc, &ana, CHAT, &["bo", "ana", "bo", "cy"]).await?;
    for text in ["", "123456789", "ééééé"] {
        let sent = ana.send(draft(1, text)).await;
        ensure!(
            sent == Answer::Refused(SendError::InvalidText),
            "a text that is empty or too long is sent",
            "InvalidText for {text:?}: a text has 1 to 8 bytes",
            "{sent}"
        );
    }
    for limit in [0, 5] {
        let page = ana.history(CHAT, None, limit).await;
        ensure!(
            page == Answer::Refused(ReadError::InvalidLimit),
            "a page of a senseless size is read",
            "InvalidLimit for {limit}: a page has 1 to 4 messages",
            "{page}"
        );
    }
    let number = send_at_last(dc, &ana, &draft(1, "éééé")).await?;
    ensure!(number == 1, "what was refused took a number", "1", "{number}");
    Ok(())
}

/// Every chat has numbers and messages of its own, whatever its id, and senders may use the same ids in all of them, also those
/// whose names look alike.
#[requirement(stage = "talk", level = acceptance, points = 4)]
async fn chats_do_not_mix(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, Config::default()).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    // Chat 1 and this name look like chat 11 and ana, if one is glued to the other.
    let namesake = dc.client::<Client>("1ana");
    let chats = [1, 11, 111, u64::MAX];
    for chat in chats {
        make(dc, &ana, chat, &["bo", "1ana"]).await?;
    }
    for id in 1..=2 {
        for chat in chats {
            for (place, (name, client)) in (1..).zip([("ana", &ana), ("bo", &bo), ("1ana", &namesake)]) {
                let number = send_at_last(dc, client, &draft_for(chat, id, &format!("to {chat}"))).await?;
                let expected = 3 * (id - 1) + place;
                ensure!(
                    number == expected,
                    "a message is taken for one of another chat or member",
                    "number {expected} for message {id} of {name} in chat {chat}",
                    "{number}"
                );
            }
        }
    }
    for chat in chats {
        let found = history(dc, &ana, chat).await?;
        let text = format!("to {chat}");
        ensure!(
            found.len() == 6 && found.iter().all(|message| message.text == text && message.chat == chat),
            "chats share messages",
            "six messages {text:?} in chat {chat}",
            "{found:?}"
        );
    }
    Ok(())
}

/// A chat is made once: who asks again is told so, and nobody makes another one of its id or changes who belongs to it.
#[requirement(stage = "talk", level = acceptance, points = 4)]
async fn a_chat_is_made_once(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    make(dc, &ana, CHAT, &["cy", "bo", "cy"]).await?;
    let others = [
        ("ana with di", ana.make(CHAT, names(&["bo", "di"])).await),
        ("ana with fewer", ana.make(CHAT, names(&["bo"])).await),
        ("bo", bo.make(CHAT, names(&["ana", "cy"])).await),
    ];
    for (who, made) in others {
        ensure!(
            made == Answer::Refused(MakeError::Taken),
            "a chat is made although its id is taken",
            "Taken for {who}",
            "{made}"
        );
    }
    let di = dc.client::<Client>("di").history(CHAT, None, 1).await;
    ensure!(
        di == Answer::Refused(ReadError::NoSuchChat),
        "somebody was added to a chat",
        "NoSuchChat for di",
        "{di}"
    );
    send_at_last(dc, &dc.client("cy"), &draft(1, "still here")).await?;
    Ok(())
}
