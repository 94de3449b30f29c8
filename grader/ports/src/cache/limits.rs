//! How large a request may be. Models and adapters refuse the same.

use super::{CacheError, Command, HashCommand, Request, SetCommand, SortedCommand, Span, StringCommand};
use std::time::Duration;

/// The longest key, field or member, in bytes. (Redis takes more; nobody should.)
pub const KEY_BYTES_MAX: usize = 1024;
/// The longest value, as JSON text in bytes.
pub const VALUE_BYTES_MAX: usize = 1 << 20;

/// Refuses a request that breaks a limit with [`CacheError::Invalid`].
pub fn check_limits(request: &Request) -> Result<(), CacheError> {
    let Request::Key { key, command } = request else { return Ok(()) };
    name("key", key)?;
    match command {
        Command::Delete => Ok(()),
        Command::Expire { ttl } => lasting(ttl),
        Command::String(command) => string(command),
        Command::Hash(command) => hash(command),
        Command::Set(command) => set(command),
        Command::Sorted(command) => sorted(command),
    }
}

fn string(command: &StringCommand) -> Result<(), CacheError> {
    match command {
        StringCommand::Get | StringCommand::CompareAndDelete { .. } => Ok(()),
        StringCommand::Set { value, ttl, .. } | StringCommand::CompareAndSet { value, ttl, .. } => {
            lasting(ttl).and_then(|()| at_most("value", value.text().len(), VALUE_BYTES_MAX))
        }
        StringCommand::Incr { ttl, .. } => lasting(ttl),
    }
}

fn hash(command: &HashCommand) -> Result<(), CacheError> {
    match command {
        HashCommand::Set { field, value } => {
            name("field", field).and_then(|()| at_most("value", value.text().len(), VALUE_BYTES_MAX))
        }
        HashCommand::Get { field } | HashCommand::Del { field } | HashCommand::Incr { field, .. } => {
            name("field", field)
        }
        HashCommand::GetAll => Ok(()),
    }
}

fn set(command: &SetCommand) -> Result<(), CacheError> {
    match command {
        SetCommand::Add { member } | SetCommand::Rem { member } | SetCommand::IsMember { member } => {
            name("member", member)
        }
        SetCommand::Members | SetCommand::Card => Ok(()),
    }
}

fn sorted(command: &SortedCommand) -> Result<(), CacheError> {
    match command {
        SortedCommand::Add { member, score } => name("member", member).and_then(|()| numbers(&[*score])),
        SortedCommand::Rem { member } | SortedCommand::Score { member } => name("member", member),
        SortedCommand::Range { span: Span::Score { min, max }, .. }
        | SortedCommand::RemRangeByScore { min, max } => numbers(&[*min, *max]),
        SortedCommand::Range { span: Span::Rank { .. }, .. } | SortedCommand::Card => Ok(()),
    }
}

fn name(what: &str, name: &str) -> Result<(), CacheError> {
    if name.is_empty() {
        return invalid(format!("a {what} must not be empty"));
    }
    at_most(what, name.len(), KEY_BYTES_MAX)
}

fn at_most(what: &str, bytes: usize, limit: usize) -> Result<(), CacheError> {
    if bytes > limit {
        return invalid(format!("a {what} of {bytes} bytes is over the limit of {limit}"));
    }
    Ok(())
}

/// Redis refuses a time of zero, too.
fn lasting(ttl: &Option<Duration>) -> Result<(), CacheError> {
    if ttl.is_some_and(|ttl| ttl < Duration::from_millis(1)) {
        return invalid("a time to live is at least a millisecond".to_owned());
    }
    Ok(())
}

fn numbers(scores: &[f64]) -> Result<(), CacheError> {
    if scores.iter().any(|score| score.is_nan()) {
        return invalid("a score must not be NaN".to_owned());
    }
    Ok(())
}

fn invalid(why: String) -> Result<(), CacheError> {
    Err(CacheError::Invalid(why))
}
