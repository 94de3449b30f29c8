//! Bookings: seats sold.

use kata::Failure;

/// Seats sold to one buyer, for good.
#[kata::data(Eq)]
pub struct Booking {
    /// Names the booking among all there ever are.
    pub id: String,
    /// The event.
    pub event: String,
    /// The seats, as they were asked for.
    pub seats: Vec<String>,
    /// What was charged for them.
    pub paid_cents: u64,
}

/// Why a hold was not confirmed.
#[kata::error(Eq)]
pub enum ConfirmError {
    /// The caller has no such hold; somebody else may.
    NoSuchHold,
    /// The hold lapsed or was cancelled. Whatever was charged for it is paid back.
    Ended,
    /// The payment was declined. The hold lives on.
    Declined,
    /// Infrastructure failed.
    Failed(Failure),
}
