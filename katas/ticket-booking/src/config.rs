//! What the grader configures a node with.

use std::time::Duration;

/// What the grader configures a node with. All nodes of a deployment have the same.
#[kata::data(Eq)]
pub struct Config {
    /// The account that may open events.
    pub organiser: String,
    /// How long a hold lasts. At least 20 s.
    pub hold_for: Duration,
    /// From this long after [`Hold::until`](crate::Hold::until), a hold that was not booked has certainly lapsed. At least
    /// 10 s, which is longer than any request takes to have its effect.
    pub grace: Duration,
    /// How old the answers of [`availability`](crate::TicketBooking::availability) may be.
    pub availability_lag: Duration,
    /// Within this, a charge without a booking is paid back; see [`confirm`](crate::TicketBooking::confirm). At least 10 s.
    pub refund_within: Duration,
    /// How far any node's clock may be off, either way. Time in this contract is true time, which the table and the cache
    /// keep.
    pub clock_error: Duration,
    /// The most seats that an event has. At most 1,000.
    pub seats_per_event_max: u32,
    /// The most seats that one hold has. At most 32.
    pub seats_per_hold_max: u32,
    /// The waiting room. Off but for the stages that are about it.
    pub waiting_room: Option<WaitingRoom>,
}

/// A waiting room in front of each event: callers [`join`](crate::TicketBooking::join) it, and only who is admitted may
/// reserve. A place belongs to one caller and one event, and once admitted a caller stays so.
///
/// - **Order.** If one caller's join ended with an answer before another's began, the first is admitted whenever the second is.
/// - **Rate.** In any stretch of time, at most `admit` × (its length ÷ `every` + 2) callers are admitted.
/// - **Progress.** Who has n others joined before them, or at the same time, is admitted at the latest `every` ×
///   (n ÷ `admit` + 1) after joining, or after the last of those n joined if that is later. Every join counts that is sent while
///   its caller has no place: the second one of a caller who lost patience, and one whose outcome its client never learnt.
///
/// The clocks of the nodes agree wherever order and rate are judged.
#[kata::data(Copy, Eq)]
pub struct WaitingRoom {
    /// How many callers are admitted, on average, in the time `every`. At least 1.
    pub admit: u32,
    /// See `admit`. At least 1 s.
    pub every: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            organiser: "box-office".to_owned(),
            // The usual lifetime of a ticket lock.
            hold_for: Duration::from_secs(10 * 60),
            grace: Duration::from_secs(10),
            availability_lag: Duration::from_secs(2),
            refund_within: Duration::from_secs(30),
            clock_error: Duration::from_millis(500),
            seats_per_event_max: 1_000,
            seats_per_hold_max: 8,
            waiting_room: None,
        }
    }
}
