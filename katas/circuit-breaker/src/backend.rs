//! The services behind the breakers.

/// Other services, by name. Every call of [`answer`](Backend::answer) is a call that went out.
#[kata::gateway]
pub trait Backend {
    /// Asks the backend for an answer.
    async fn answer(&self, call: Call) -> Result<u64, BackendError>;
}

/// A call of a backend.
#[kata::data(Eq)]
pub struct Call {
    /// The backend's name, not empty.
    pub backend: String,
    /// What it is asked.
    pub question: u64,
}

/// Why a backend gives no answer.
#[kata::data(Copy, Eq)]
pub enum BackendError {
    /// The backend is not well.
    Broken,
    /// The question is no good. The backend is well.
    Rejected,
}
