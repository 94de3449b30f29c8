//! What log and queue share: a connection to NATS, names that it takes, and its clock.

use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::{Client, ConnectOptions};
use kata_ports::{Time, Trouble};
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// As long as a node waits.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// A connection to the server at `url`; lost ones come back by themselves.
pub async fn connect(url: &str) -> Result<Client, async_nats::ConnectError> {
    let wait = |_| Duration::from_millis(100);
    ConnectOptions::new()
        .connection_timeout(Duration::from_secs(5))
        .request_timeout(Some(ANSWER_WITHIN))
        .reconnect_delay_callback(wait)
        .connect(url)
        .await
}

/// JetStream over that connection.
pub(crate) fn jetstream(client: Client) -> Context {
    let mut context = async_nats::jetstream::new(client);
    context.set_timeout(ANSWER_WITHIN);
    context
}

/// Refuses for certain while there is no connection; whatever is sent later may have an effect.
pub(crate) fn is_connected(context: &Context) -> Result<(), Trouble> {
    match context.client().connection_state() {
        State::Connected => Ok(()),
        State::Disconnected | State::Pending => Err(Trouble::Unavailable),
    }
}

/// What is known of a request that has no answer: nothing.
pub(crate) fn unknown<E>(_: E) -> Trouble {
    Trouble::TimedOut
}

/// A part of a subject for any text: NATS takes few characters in one.
pub(crate) fn token(text: &str) -> String {
    text.bytes().fold(String::with_capacity(2 * text.len()), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    })
}

/// What this machine's clock says.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

/// NATS's times in ours.
pub(crate) fn time(nanos: i128) -> Time {
    Time::from_micros(u64::try_from(nanos / 1_000).unwrap_or_default())
}
