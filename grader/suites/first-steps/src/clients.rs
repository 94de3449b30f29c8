//! What the clients of all stages have in common.

use first_steps::{AddError, Addition, CounterClient};
use kata::Answer;
use kata_check::Complaint;
use kata_sim::{Datacentre, Expect};
use std::time::Duration;

/// The name of the counter where it does not matter.
pub(crate) const LIKES: &str = "likes";

/// How long a client waits before it asks again.
const PATIENCE: Duration = Duration::from_millis(100);
/// With [`PATIENCE`], well beyond everything that a requirement breaks, and a restart after it.
const ATTEMPTS_MAX: u32 = 100;

/// An addition to [`LIKES`].
pub(crate) fn addition(by: i64, request_id: u64) -> Addition {
    addition_to(LIKES, by, request_id)
}

/// An addition to any counter.
pub(crate) fn addition_to(key: &str, by: i64, request_id: u64) -> Addition {
    Addition { key: key.to_owned(), by, request_id }
}

/// How a client got on with an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It was acknowledged.
    Yes,
    /// It was refused for good, by infrastructure.
    No,
    /// Nobody knows.
    Perhaps,
}

/// Asks once. A refusal for the addition itself is a complaint: there is nothing wrong with it.
pub(crate) async fn ask(client: &CounterClient, addition: &Addition) -> Result<Counted, Complaint> {
    match client.add(addition.clone()).await {
        Answer::Ok(()) => Ok(Counted::Yes),
        Answer::Unknown => Ok(Counted::Perhaps),
        Answer::Refused(AddError::Failed(_)) => Ok(Counted::No),
        Answer::Refused(error) => Err(Complaint::new(
            "an addition that makes sense was refused",
            "Ok(()), or `Failed` if the table fails",
            format!("add({addition:?}): Err({error:?})"),
        )),
    }
}

/// Asks with the same request id until the addition is acknowledged.
pub(crate) async fn insist(
    dc: &Datacentre,
    client: &CounterClient,
    addition: &Addition,
) -> Result<(), Complaint> {
    for _ in 0..ATTEMPTS_MAX {
        if ask(client, addition).await? == Counted::Yes {
            return Ok(());
        }
        dc.sleep(PATIENCE).await;
    }
    Err(Complaint::new(
        "an addition is never acknowledged",
        "Ok(()) once nodes and table are well again",
        format!("add({addition:?}) failed {ATTEMPTS_MAX} times"),
    ))
}

/// What [`LIKES`] holds, read until the read succeeds.
pub(crate) async fn likes(dc: &Datacentre, client: &CounterClient) -> Result<i64, Complaint> {
    for _ in 0..ATTEMPTS_MAX {
        match client.get(LIKES.to_owned()).await {
            Answer::Ok(total) => return Ok(total),
            Answer::Refused(first_steps::GetError::Failed(_)) | Answer::Unknown => dc.sleep(PATIENCE).await,
            refused => return refused.expect_ok("a read of a counter"),
        }
    }
    Err(Complaint::new(
        "a counter can never be read",
        "Ok(..) once nodes and table are well again",
        format!("get({LIKES:?}) failed {ATTEMPTS_MAX} times"),
    ))
}
