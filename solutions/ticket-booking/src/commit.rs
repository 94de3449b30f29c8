//! Asking services that may not answer: a few tries, each of which may be the one that counts.

use kata::{Failure, GatewayError, TableError, Transaction};
use std::time::Duration;
use ticket_booking::Env;

/// How often a service is asked before the client learns that it does not answer.
const TRIES: u32 = 3;
/// How often a method starts over because another call got in between.
pub(super) const ROUNDS: u32 = 8;
/// The first pause between two tries; the second is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    /// It happened.
    Done,
    /// The condition of that write failed.
    Conflict {
        /// Counted from 0.
        write: usize,
        /// No earlier try is still on its way.
        sure: bool,
    },
}

/// Commits a transaction whose first write holds only until it happened. A try that happened unnoticed therefore shows as a
/// conflict of write 0.
pub(super) async fn commit(env: &Env, transaction: impl Fn() -> Transaction) -> Result<Commit, Failure> {
    let mut sure = true;
    for attempt in 0..TRIES {
        pause(env, attempt).await;
        match transaction().commit().await {
            Ok(_) => return Ok(Commit::Done),
            Err(TableError::ConditionFailed { write, .. }) => return Ok(Commit::Conflict { write, sure }),
            Err(error) => sure &= error.is_definite(),
        }
    }
    Err(if sure { Failure::Refused } else { Failure::Unknown })
}

/// Reads, again if need be.
pub(super) async fn read<T, F>(env: &Env, ask: impl Fn() -> F) -> Result<T, TableError>
where
    F: Future<Output = Result<T, TableError>>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        match ask().await {
            Err(TableError::Trouble(_)) if tries < TRIES => pause(env, tries).await,
            answer => return answer,
        }
    }
}

/// Calls the payment provider, whose methods may all be repeated. The provider's own refusals are answers.
pub(super) async fn call<T, E, F>(env: &Env, ask: impl Fn() -> F) -> Result<Result<T, E>, Failure>
where
    F: Future<Output = Result<T, GatewayError<E>>>,
{
    let mut sure = true;
    for attempt in 0..TRIES {
        pause(env, attempt).await;
        match ask().await {
            Ok(answer) => return Ok(Ok(answer)),
            Err(GatewayError::Declined(error)) => return Ok(Err(error)),
            Err(GatewayError::Trouble(trouble)) => sure &= trouble.is_definite(),
        }
    }
    Err(if sure { Failure::Refused } else { Failure::Unknown })
}

async fn pause(env: &Env, attempt: u32) {
    if attempt > 0 {
        env.clock().sleep(PAUSE * attempt).await;
    }
}
