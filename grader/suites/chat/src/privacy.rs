//! Stage `privacy`: to others, a chat does not exist.

use crate::clients::{CHAT, deploy, draft, make, send_at_last};
use crate::listen::in_time;
use chat::{ChatClient as Client, Cursor, MarkError, Progress, ReadError, SendError};
use futures_util::future::{Either, select};
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use std::pin::pin;

/// Somebody who does not belong to a chat is told the same as about one that does not exist, whatever they ask: no number, no text, no
/// name, not even that their own input makes no sense.
#[requirement(stage = "privacy", level = acceptance, points = 5)]
async fn others_see_nothing(dc: &Datacentre) -> Outcome {
    deploy(dc).await?;
    send_at_last(dc, &dc.client("ana"), &draft(1, "between us")).await?;
    let eve = dc.client::<Client>("eve");
    // Twice: what a node remembers from the first time must not help.
    for chat in [CHAT, 404, CHAT] {
        for text in ["psst", ""] {
            let sent = eve.send(chat::Draft { chat, id: 1, text: text.to_owned() }).await;
            ensure!(
                sent == Answer::Refused(SendError::NoSuchChat),
                "somebody who does not belong to a chat sends to it, or learns of it",
                "NoSuchChat for eve in chat {chat}",
                "{sent}"
            );
        }
        for (delivered, read) in [(1, 1), (0, 1)] {
            let marked = eve.mark(chat, Progress { delivered, read }).await;
            ensure!(
                marked == Answer::Refused(MarkError::NoSuchChat),
                "somebody who does not belong to a chat marks progress in it, or learns of it",
                "NoSuchChat for eve in chat {chat}",
                "{marked}"
            );
        }
        let reads = [
            ("history", eve.history(chat, None, 5).await.to_string()),
            ("history", eve.history(chat, None, 0).await.to_string()),
            ("receipts", eve.receipts(chat).await.to_string()),
            ("is_online", eve.is_online(chat, "ana".to_owned()).await.to_string()),
            ("is_online", eve.is_online(chat, "eve".to_owned()).await.to_string()),
        ];
        let expected = Answer::<(), _>::Refused(ReadError::NoSuchChat).to_string();
        for (method, answer) in reads {
            ensure!(
                answer == expected,
                "somebody who does not belong to a chat learns something of it",
                "{expected} from {method} for eve in chat {chat}",
                "{answer}"
            );
        }
    }
    Ok(())
}

/// A device of somebody who does not belong to all chats that it names is turned away at once and gets nothing: not of those, and not
/// of its own ones.
#[requirement(stage = "privacy", level = acceptance, points = 5)]
async fn nothing_is_pushed_to_others(dc: &Datacentre) -> Outcome {
    const EVES: u64 = 19;
    deploy(dc).await?;
    let (ana, eve) = (dc.client::<Client>("ana"), dc.client::<Client>("eve"));
    make(dc, &eve, EVES, &[]).await?;
    send_at_last(dc, &ana, &draft(1, "between us")).await?;
    send_at_last(dc, &eve, &chat::Draft { chat: EVES, id: 1, text: "mine".to_owned() }).await?;
    for chats in [vec![CHAT], vec![404], vec![EVES, CHAT], vec![EVES, 404]] {
        let cursors = chats.iter().map(|chat| Cursor { chat: *chat, after: 0 }).collect();
        let mut inbox = eve.connect(cursors);
        send_at_last(dc, &ana, &draft(chats.len() as u64 * 100 + chats[0], "and this")).await?;
        let got = match select(pin!(inbox.next()), pin!(dc.sleep(in_time()))).await {
            Either::Left((None, _)) => continue,
            Either::Left((Some(message), _)) => format!("{message:?}"),
            Either::Right(_) => "nothing, and it stays connected".to_owned(),
        };
        return Err(Complaint::new(
            "a device connects although it named a chat of others",
            format!("the end at once for eve, who named {chats:?} and belongs to {EVES}"),
            got,
        ));
    }
    Ok(())
}
