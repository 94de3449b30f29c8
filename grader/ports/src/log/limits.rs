//! How large a request may be. Models and adapters refuse the same.

use super::{LogError, Poll, Request};
use std::time::Duration;

/// The longest name of a topic or group, in bytes: about Kafka's limit.
pub const NAME_BYTES_MAX: usize = 255;
/// The longest key of a record, in bytes.
pub const KEY_BYTES_MAX: usize = 1024;
/// The longest value of a record, as JSON text in bytes: Kafka's default.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// The most records that an answer may be asked for.
pub const PAGE_RECORDS_MAX: u32 = 10_000;
/// An answer ends with the record that takes it to this many bytes.
pub const PAGE_BYTES_MAX: usize = 1 << 20;
/// The longest wait of a poll.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// Refuses a request that breaks a limit with [`LogError::Invalid`].
pub fn check_limits(request: &Request) -> Result<(), LogError> {
    match request {
        Request::Append { topic, key, value } => {
            name(topic)?;
            at_most("key", key.len(), KEY_BYTES_MAX)?;
            at_most("value", value.text().len(), VALUE_BYTES_MAX)
        }
        Request::Poll(Poll { topic, group, max, wait, .. }) => {
            name(topic)?;
            name(group)?;
            page(*max)?;
            if *wait > WAIT_MAX {
                return invalid(format!("a poll waits at most {WAIT_MAX:?}, not {wait:?}"));
            }
            Ok(())
        }
        Request::Commit { topic, group, .. }
        | Request::Committed { topic, group }
        | Request::Leave { topic, group, .. } => name(topic).and_then(|()| name(group)),
        Request::Read { topic, max, .. } => name(topic).and_then(|()| page(*max)),
        Request::EndOffsets { topic } => name(topic),
    }
}

fn name(name: &str) -> Result<(), LogError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return invalid(format!("the name of a topic or group has 1 to {NAME_BYTES_MAX} bytes"));
    }
    Ok(())
}

fn at_most(what: &str, bytes: usize, limit: usize) -> Result<(), LogError> {
    if bytes > limit {
        return invalid(format!("a {what} of {bytes} bytes is over the limit of {limit}"));
    }
    Ok(())
}

fn page(max: u32) -> Result<(), LogError> {
    if max == 0 || max > PAGE_RECORDS_MAX {
        return invalid(format!("an answer has 1 to {PAGE_RECORDS_MAX} records, not {max}"));
    }
    Ok(())
}

fn invalid(why: String) -> Result<(), LogError> {
    Err(LogError::Invalid(why))
}
