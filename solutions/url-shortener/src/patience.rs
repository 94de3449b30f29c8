//! Trying again, and not waiting for ever.

use kata::{Clock, TableError, Trouble};
use std::future::IntoFuture;
use std::pin::pin;
use std::time::Duration;

/// How long to wait for what we can do without. Both ways across the datacentre take 40 ms at the most.
pub(super) const FOR_EXTRAS: Duration = Duration::from_millis(100);
/// What has not answered by now is slower than 99 of 100 are: a second request will probably overtake it.
const SLOW: Duration = Duration::from_millis(20);
/// How often to ask the table before giving up: an answer that is lost costs a second, and the client waits ten.
const ATTEMPTS: u32 = 4;
/// The first pause between two attempts; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks the table again while there is trouble on the way. What is asked must be safe to do twice: a read, or a write whose
/// condition fails once it has been done. If one attempt may have had its effect, the error says so.
pub(super) async fn insist<T, F>(clock: &Clock, ask: impl Fn() -> F) -> Result<T, TableError>
where
    F: IntoFuture<Output = Result<T, TableError>>,
{
    let mut unknown = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            clock.sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
        }
        match ask().await {
            Err(TableError::Trouble(trouble)) if trouble.is_definite() => {}
            Err(TableError::Trouble(trouble)) => unknown = Some(trouble),
            done => return done,
        }
    }
    Err(unknown.unwrap_or(Trouble::Unavailable).into())
}

/// Asks a second time if the answer is slow, and takes whichever answer comes first: rarely more work, and it cuts the tail.
/// What is asked must be safe to do twice.
pub(super) async fn hedged<T, F: IntoFuture<Output = T>>(clock: &Clock, ask: impl Fn() -> F) -> T {
    let mut first = pin!(ask().into_future());
    match clock.timeout(SLOW, first.as_mut()).await {
        Some(answer) => answer,
        None => tokio::select! { answer = first => answer, answer = ask().into_future() => answer },
    }
}
