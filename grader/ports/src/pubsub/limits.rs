//! How large a request may be, and how much may wait to be read. Models and adapters refuse the same.

use super::{PubSubError, Request};
use std::time::Duration;

/// The longest name of a channel, in bytes. (Redis takes more; nobody should.)
pub const CHANNEL_BYTES_MAX: usize = 1024;
/// The longest message, as JSON text in bytes. (Redis takes more; nobody should.)
pub const MESSAGE_BYTES_MAX: usize = 64 << 10;
/// The most that may wait on one connection to be read: names of channels and messages, in bytes. The connection breaks beyond it. Redis
/// allows 8 MiB for a minute and 32 MiB for a moment.
pub const UNREAD_BYTES_MAX: usize = 8 << 20;
/// The most messages that are given out at once.
pub const NEXT_MESSAGES_MAX: usize = 100;
/// The longest wait for a message.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

/// Refuses a request that breaks a limit with [`PubSubError::Invalid`].
pub fn check_limits(request: &Request) -> Result<(), PubSubError> {
    match request {
        Request::Publish { channel, message } => {
            name(channel)?;
            let bytes = message.text().len();
            if bytes > MESSAGE_BYTES_MAX {
                return invalid(format!(
                    "a message of {bytes} bytes is over the limit of {MESSAGE_BYTES_MAX}"
                ));
            }
            Ok(())
        }
        Request::Subscribe { channel, .. } | Request::Unsubscribe { channel, .. } => name(channel),
        Request::Next { wait, .. } if *wait > WAIT_MAX => {
            invalid(format!("a connection waits at most {WAIT_MAX:?} for a message, not {wait:?}"))
        }
        Request::Connect { .. } | Request::Next { .. } | Request::Disconnect { .. } => Ok(()),
    }
}

fn name(channel: &str) -> Result<(), PubSubError> {
    if channel.is_empty() || channel.len() > CHANNEL_BYTES_MAX {
        return invalid(format!("a channel's name has 1 to {CHANNEL_BYTES_MAX} bytes"));
    }
    Ok(())
}

fn invalid(why: String) -> Result<(), PubSubError> {
    Err(PubSubError::Invalid(why))
}
