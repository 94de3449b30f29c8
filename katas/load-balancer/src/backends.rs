//! What stands behind the load balancer.

/// The backends. Each is known by the name that the configuration gives it.
///
/// The grader plays them. A backend can be slow, refuse requests, break while it serves one, or not answer at all.
#[kata::gateway]
pub trait Backends {
    /// Hands a request to a backend, which does what it says: as often as it is handed over.
    async fn forward(&self, backend: String, request: Request) -> Result<Response, ForwardError>;

    /// Asks a backend how it is.
    async fn probe(&self, backend: String) -> Result<(), ProbeError>;
}

/// What a client wants.
#[kata::data(Eq)]
pub struct Request {
    /// What it is about: an account, a document. [`Policy::ConsistentHash`](crate::Policy::ConsistentHash) goes by it.
    pub key: String,
    /// What is to be done with it.
    pub method: Method,
    /// What the client says besides.
    pub body: u64,
}

/// What is to be done, as HTTP (RFC 9110) has it.
#[kata::data(Copy, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Replace it.
    Put,
    /// Remove it.
    Delete,
    /// Add to it, order it, pay for it: twice is once too often.
    Post,
}

impl Method {
    /// Whether doing it twice is the same as doing it once.
    pub fn is_idempotent(self) -> bool {
        self != Method::Post
    }
}

/// What a backend answers.
#[kata::data(Copy, Eq)]
pub struct Response {
    /// Whatever it says.
    pub body: u64,
}

/// Why a backend did not serve a request.
#[kata::data(Copy, Eq)]
pub enum ForwardError {
    /// It has too much to do, or is about to stop. Definite: it did nothing.
    Refused,
    /// It broke in the middle. Unknown: it may have done everything, or nothing.
    Broken,
}

/// What a backend says that is not well.
#[kata::data(Copy, Eq)]
pub enum ProbeError {
    /// Do not send me anything.
    Unwell,
}
