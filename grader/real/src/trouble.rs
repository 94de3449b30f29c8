//! What a service's failure means to whoever asked: whether there was an effect is the one thing that counts.

use kata_ports::Trouble;

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Others got in the way; nothing was done and it may be tried again.
    Conflict,
    /// This is what the node learns.
    Trouble(Trouble),
}

/// What PostgreSQL's failure means. Once a write is sent (`SENT`), only what the server says for certain is definite.
pub(crate) fn of_sql<const SENT: bool>(error: sqlx::Error) -> Failed {
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        // Serialization failure, deadlock, and two who insert one key at once.
        Some("40001" | "40P01" | "23505") => Failed::Conflict,
        // Too many connections, out of memory, disk full.
        Some(code) if code.starts_with("53") => Failed::Trouble(Trouble::Throttled),
        _ if SENT => Failed::Trouble(Trouble::TimedOut),
        _ => Failed::Trouble(Trouble::Unavailable),
    }
}
