//! Holds: seats kept for one buyer for a while.

use kata::{Failure, Time};

/// Which seats somebody wants.
#[kata::data(Eq)]
pub struct Reserve {
    /// The event.
    pub event: String,
    /// The seats, all different: 1 to [`Config::seats_per_hold_max`](crate::Config::seats_per_hold_max) of them.
    pub seats: Vec<String>,
    /// Names this request among its caller's. A client draws it at random and uses it for this one request only, but sends
    /// it again as often as it takes to get an answer.
    pub request_id: u64,
}

/// Seats kept for one buyer. It is *alive* until it lapses, is cancelled or is booked.
#[kata::data(Eq)]
pub struct Hold {
    /// Names the hold among all there ever are.
    pub id: String,
    /// The event.
    pub event: String,
    /// The seats, as they were asked for.
    pub seats: Vec<String>,
    /// When the hold lapses: [`Config::hold_for`](crate::Config::hold_for) after some moment of the call that made it, give
    /// or take [`Config::clock_error`](crate::Config::clock_error).
    ///
    /// Before this time it does not lapse. From [`Config::grace`](crate::Config::grace) after it, or after recovery if that
    /// is later, a hold that was not booked has lapsed: others can have its seats, and nobody can confirm it.
    pub until: Time,
    /// What confirming it will cost.
    pub price_cents: u64,
}

/// Why seats were not held. Where several apply, any of them may be told.
#[kata::error(Eq)]
pub enum ReserveError {
    /// There is no such event.
    NoSuchEvent,
    /// The event has no seat of that name.
    NoSuchSeat,
    /// No seats, too many, or one of them twice.
    InvalidSeats,
    /// A seat is booked or held.
    Taken,
    /// This request's hold has ended: draw another request id.
    Ended,
    /// The caller used this request id for other seats.
    RequestReused,
    /// The caller was not admitted yet: join the waiting room.
    NotAdmitted,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why a hold was not cancelled.
#[kata::error(Eq)]
pub enum CancelError {
    /// The caller has no such hold; somebody else may.
    NoSuchHold,
    /// It is booked.
    Booked,
    /// Infrastructure failed.
    Failed(Failure),
}
