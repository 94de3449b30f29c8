//! Events, and looking at them.

use kata::Failure;

/// An event on sale.
///
/// Names, here and elsewhere, are compared byte by byte: `A1` and `a1` are two seats. There may be
/// dashes, colons, slashes, blanks or letters with accents in them.
#[kata::data(Eq)]
pub struct Event {
    /// The name that calls know it by, 1 to 64 bytes.
    pub id: String,
    /// What people read.
    pub title: String,
    /// The price of one seat, 1 to 10,000,000.
    pub price_cents: u64,
    /// The names of its seats, all different: 1 to [`Config::seats_per_event_max`](crate::Config::seats_per_event_max) of
    /// them, each of 1 to 16 bytes.
    pub seats: Vec<String>,
}

/// Which seats can be had.
#[kata::data(Eq)]
pub struct Availability {
    /// The seats that are neither held nor booked, in the order of [`Event::seats`].
    pub free: Vec<String>,
}

/// Why an event was not opened.
#[kata::error(Eq)]
pub enum OpenEventError {
    /// Only the organiser opens events.
    NotAllowed,
    /// The event breaks a rule of its fields.
    Invalid,
    /// There is another event of that id.
    Exists,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why an event cannot be viewed.
#[kata::error(Eq)]
pub enum ViewError {
    /// There is no such event.
    NoSuchEvent,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why there is nothing to say about an event's seats.
#[kata::error(Eq)]
pub enum AvailabilityError {
    /// There is no such event.
    NoSuchEvent,
    /// Infrastructure failed.
    Failed(Failure),
}
