//! What the clients of all stages have in common.

use chat::{ChatClient as Client, Config, Draft, MakeError, Message, ReadError, SendError};
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect};
use std::time::Duration;

/// The chat where it does not matter which.
pub(crate) const CHAT: u64 = 17;

/// How long a client waits before it asks again.
pub(crate) const PATIENCE: Duration = Duration::from_millis(100);
/// With [`PATIENCE`], well beyond everything that a requirement breaks, and a restart after it.
const ATTEMPTS_MAX: u32 = 100;

/// Lags shorter than by default.
pub(crate) fn config() -> Config {
    Config { delivery_lag: Duration::from_secs(2), presence_lag: Duration::from_secs(6), ..Config::default() }
}

/// A message for [`CHAT`].
pub(crate) fn draft(id: u64, text: &str) -> Draft {
    draft_for(CHAT, id, text)
}

/// A message for any chat.
pub(crate) fn draft_for(chat: u64, id: u64, text: &str) -> Draft {
    Draft { chat, id, text: text.to_owned() }
}

/// Names as `make` takes them.
pub(crate) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Three nodes, and [`CHAT`] with ana, bo and cy.
pub(crate) async fn deploy(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, config()).await;
    make(dc, &dc.client("ana"), CHAT, &["cy", "bo"]).await
}

/// Makes a chat, and asks again until it is made.
pub(crate) async fn make(dc: &Datacentre, maker: &Client, chat: u64, members: &[&str]) -> Outcome {
    for _ in 0..ATTEMPTS_MAX {
        match maker.make(chat, names(members)).await {
            Answer::Refused(MakeError::Failed(_)) | Answer::Unknown => dc.sleep(PATIENCE).await,
            made => return made.expect_ok("making a chat"),
        }
    }
    Err(Complaint::new(
        "a chat is never made",
        "Ok(()) once nodes and services are well again",
        format!("it failed {ATTEMPTS_MAX} times"),
    ))
}

/// Sends once. Nothing if that failed or nobody knows.
pub(crate) async fn send(client: &Client, draft: &Draft) -> Result<Option<u64>, Complaint> {
    match client.send(draft.clone()).await {
        Answer::Refused(SendError::Failed(_)) | Answer::Unknown => Ok(None),
        sent => sent.expect_ok(&format!("sending {:?}", draft.text)).map(Some),
    }
}

/// Sends with the same id until it is acknowledged.
pub(crate) async fn send_at_last(dc: &Datacentre, client: &Client, draft: &Draft) -> Result<u64, Complaint> {
    for _ in 0..ATTEMPTS_MAX {
        if let Some(number) = send(client, draft).await? {
            return Ok(number);
        }
        dc.sleep(PATIENCE).await;
    }
    Err(Complaint::new(
        "a message is never acknowledged",
        "Ok(..) once nodes and services are well again",
        format!("sending {:?} failed {ATTEMPTS_MAX} times", draft.text),
    ))
}

/// The whole history of a chat, the first message first, read until that succeeds.
pub(crate) async fn history(dc: &Datacentre, client: &Client, chat: u64) -> Result<Vec<Message>, Complaint> {
    for _ in 0..ATTEMPTS_MAX {
        match client.history(chat, None, config().page_max).await {
            Answer::Ok(mut messages) => {
                messages.reverse();
                return Ok(messages);
            }
            Answer::Refused(ReadError::Failed(_)) | Answer::Unknown => dc.sleep(PATIENCE).await,
            refused => {
                refused.expect_ok("reading a chat's history")?;
            }
        }
    }
    Err(Complaint::new(
        "a history can never be read",
        "Ok(..) once nodes and services are well again",
        format!("it failed {ATTEMPTS_MAX} times"),
    ))
}

/// Demands that the history of [`CHAT`] holds these messages and no others, each at the number that its sender was told, and that
/// numbers have no gaps. Returns it.
pub(crate) async fn holds(dc: &Datacentre, sent: &[(&str, Draft, u64)]) -> Result<Vec<Message>, Complaint> {
    let found = history(dc, &dc.client("ana"), CHAT).await?;
    for (index, message) in (1..).zip(&found) {
        ensure!(
            message.number == index,
            "the numbers of a chat have gaps or repeat",
            "number {index} as the next one of the history",
            "{message:?}"
        );
    }
    for (sender, Draft { text, .. }, number) in sent {
        let message = found.iter().find(|message| message.number == *number);
        ensure!(
            message.is_some_and(|message| message.sender == *sender && message.text == *text),
            "a message is not where its sender was told",
            "{text:?} of {sender} at number {number}",
            "{message:?}"
        );
    }
    let count = sent.len();
    ensure!(
        found.len() == count,
        "a chat holds other messages than were sent",
        "the {count} messages that were acknowledged, each once",
        "{found:?}"
    );
    Ok(found)
}

/// Members who send two messages each, one after the other, all of them at once. Each message is sent until it is acknowledged; gives
/// who sent what and the number that it got.
pub(crate) async fn chatter<'a>(
    dc: &Datacentre,
    senders: &[&'a str],
) -> Result<Vec<(&'a str, Draft, u64)>, Complaint> {
    let all = senders.iter().map(async |sender| {
        let client = dc.client::<Client>(*sender);
        let mut sent = Vec::new();
        for id in 1..=2 {
            let draft = draft(id, &format!("{sender} says {id}"));
            let number = send_at_last(dc, &client, &draft).await?;
            sent.push((*sender, draft, number));
        }
        let (first, second) = (sent[0].2, sent[1].2);
        ensure!(
            first < second,
            "a message has a lower number than one that was acknowledged before it was sent",
            "more than {first}",
            "{second}"
        );
        Ok::<_, Complaint>(sent)
    });
    Ok(try_join_all(all).await?.into_iter().flatten().collect())
}
