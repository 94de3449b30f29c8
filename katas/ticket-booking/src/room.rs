//! The waiting room.

use kata::Failure;

/// How a caller stands in a waiting room.
#[kata::data(Copy, Eq)]
pub enum Place {
    /// Not admitted yet. Join again in a while.
    Waiting,
    /// Admitted: the caller may reserve.
    Admitted,
}

/// Why a caller has no place.
#[kata::error(Eq)]
pub enum JoinError {
    /// There is no such event.
    NoSuchEvent,
    /// Infrastructure failed.
    Failed(Failure),
}
