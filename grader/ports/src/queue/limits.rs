//! How large a request may be: SQS's limits. Models and adapters refuse the same.

use super::{QueueError, Request};
use std::time::Duration;

/// The longest name of a queue, in bytes.
pub const NAME_BYTES_MAX: usize = 255;
/// The longest body, as JSON text in bytes.
pub const BODY_BYTES_MAX: usize = 256 << 10;
/// The most messages that one receive may ask for.
pub const RECEIVE_MESSAGES_MAX: u32 = 10;
/// The longest delay.
pub const DELAY_MAX: Duration = Duration::from_secs(15 * 60);
/// The shortest visibility; SQS takes whole seconds only.
pub const VISIBILITY_MIN: Duration = Duration::from_millis(1);
/// The longest visibility.
pub const VISIBILITY_MAX: Duration = Duration::from_secs(12 * 3_600);
/// The longest wait of a receive.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

/// Refuses a request that breaks a limit with [`QueueError::Invalid`].
pub fn check_limits(request: &Request) -> Result<(), QueueError> {
    match request {
        Request::Send { queue, body, delay: hidden } => {
            name(queue)?;
            let bytes = body.text().len();
            if bytes > BODY_BYTES_MAX {
                return invalid(format!("a body of {bytes} bytes is over the limit of {BODY_BYTES_MAX}"));
            }
            delay(hidden)
        }
        Request::Receive { queue, max, visibility: hidden, wait, .. } => {
            name(queue)?;
            visibility(hidden)?;
            if *max == 0 || *max > RECEIVE_MESSAGES_MAX {
                return invalid(format!("a receive takes 1 to {RECEIVE_MESSAGES_MAX} messages, not {max}"));
            }
            if *wait > WAIT_MAX {
                return invalid(format!("a receive waits at most {WAIT_MAX:?}, not {wait:?}"));
            }
            Ok(())
        }
        Request::Ack { queue, .. } => name(queue),
        Request::Nack { queue, delay: hidden, .. } => name(queue).and_then(|()| delay(hidden)),
        Request::Extend { queue, visibility: hidden, .. } => name(queue).and_then(|()| visibility(hidden)),
    }
}

fn name(queue: &str) -> Result<(), QueueError> {
    if queue.is_empty() || queue.len() > NAME_BYTES_MAX {
        return invalid(format!("a queue's name has 1 to {NAME_BYTES_MAX} bytes"));
    }
    Ok(())
}

fn delay(delay: &Duration) -> Result<(), QueueError> {
    if *delay > DELAY_MAX {
        return invalid(format!("a delay is at most {DELAY_MAX:?}, not {delay:?}"));
    }
    Ok(())
}

fn visibility(visibility: &Duration) -> Result<(), QueueError> {
    if !(VISIBILITY_MIN..=VISIBILITY_MAX).contains(visibility) {
        return invalid(format!(
            "a visibility is {VISIBILITY_MIN:?} to {VISIBILITY_MAX:?}, not {visibility:?}"
        ));
    }
    Ok(())
}

fn invalid(why: String) -> Result<(), QueueError> {
    Err(QueueError::Invalid(why))
}
