//! The contract of the ticket-booking kata: a box office that sells numbered seats to far more people than there are seats.
//!
//! The organiser opens an event. Buyers look at it, *hold* a group of seats for a few minutes, and *confirm* the hold, which
//! takes their money through [`Payments`] and makes it a booking. What makes it a system and not a list of seats:
//!
//! - **Nodes share nothing but the table and the cache.** Calls of one buyer may reach a different node each time.
//! - **No oversell, ever.** No seat is in two bookings, whatever crashes, times out or vanishes.
//! - **Holds lapse by themselves.** See [`Hold::until`].
//! - **Money follows the booking.** A buyer has paid for exactly the seats booked; see [`TicketBooking::confirm`].
//! - **Answers get lost.** A client that heard nothing sends the same call again, perhaps to another node, perhaps while the
//!   first attempt still runs. Every method may be repeated; each says what a repetition does.
//!
//! # When
//!
//! A call *begins* when its client sends it and *ends* when its client has the answer. A rule that says *before* or *from* a
//! moment is about calls that end before it or begin at it or later. What happens to calls that span the moment is free,
//! unless the rule says more.
//!
//! # What may vanish
//!
//! The cache may forget anything at any time. Where holds are kept there alone, a hold may then end early, and its
//! `confirm` is refused with [`ConfirmError::Ended`] and costs nothing. Nothing else may come of it: no oversell, no seat
//! blocked for longer than a hold lasts, no money lost. The table forgets nothing.
//!
//! # Recovery
//!
//! Bounds that count from *recovery* count from the moment when every node serves again and every service answers again.
//!
//! # Load
//!
//! What the box office must carry. The figures are those of the system-design cheat sheet, section Ticket Booking: about 50,000
//! reservations a second at the peak, 10,000 bookings a second at the peak, a reservation in less than 200 ms and a booking in less
//! than 500 ms. That a sale has 20,000 people and 500 seats, and that they come within two seconds, is ours.
//!
//! Latency is what the client sees, from its call to its answer. The bounds are for 99 of 100 calls: **500 ms for `confirm`, 200 ms
//! for every other method.** A call that ends with `Failed` or without an answer counts as one that never ended. Callers come when
//! they come, at random times with these rates on average, however long the others take:
//!
//! | load | rate | nodes |
//! |---|---|---|
//! | `availability`, and `view` for every tenth, of one event of 200 seats that are sold meanwhile, with an `availability_lag` of 500 ms | 10,000/s | 6 |
//! | `reserve` of one event of 500 seats, from 20,000 people, one of ten for the same seat | 10,000/s | 6 |
//! | `reserve` of 50 events of 500 seats, each seat wanted once | 50,000/s | 12 |
//! | `reserve` and then `confirm` of 20 events of 500 seats, each seat wanted once | 10,000/s each | 6 |
//! | `join` of one event, from 20,000 people, with 500 admitted a second; later `reserve` from some of them | 10,000/s; 5,000/s | 6 |
//!
//! All other rules hold as ever: nothing is sold twice, everybody pays for what they booked, a view lags no more than it may, and
//! who is refused a seat is refused because somebody else has asked for it. So after the sale nobody is told `Taken` who wants a seat
//! that no hold has, and exactly 500 seats are booked in the end.
//!
//! The datacentre is built to these figures. A node has one core, of which a call takes about 50 µs and each request to a service
//! 16 µs more; what the program itself computes is not counted. A round trip takes half a millisecond. A read of the table takes
//! 2.5 ms more in the median and 9 ms in one of 100 cases, a write 4 and 12 ms, a transaction 8 and 25 ms, a command of the cache
//! 0.1 and 0.5 ms, a charge 80 and 200 ms. One **partition key** of a table serves 3,000 read units of 4 KiB and 1,000 write units
//! of 1 KiB in a second (DynamoDB developer guide, partition key design). Each write or check of a transaction takes two units
//! for one, and a write whose condition fails takes what one takes that succeeds. The table as a whole has no limit. Four cache
//! shards are rented, of 100,000 commands a second each; a key lies on one of them.
//!
//! A partition with work for 50 ms waiting refuses what comes: `Trouble::Throttled`, which is definite, nothing has happened.
//! Whether to try again, and when, is up to the node. A caller may be told [`Failure::Refused`](kata::Failure::Refused) if nothing
//! happened and nothing will, or `Unknown`.
//!
//! Start with [`TicketBooking`].

mod booking;
mod config;
mod event;
mod hold;
mod payments;
mod room;

pub use booking::{Booking, ConfirmError};
pub use config::{Config, WaitingRoom};
pub use event::{Availability, AvailabilityError, Event, OpenEventError, ViewError};
pub use hold::{CancelError, Hold, Reserve, ReserveError};
pub use payments::{
    Charge, PaymentError, PaymentState, Payments, PaymentsModel, PaymentsService, Receipt, Refund,
};
pub use room::{JoinError, Place};

use kata::Caller;

/// The box office.
#[kata::contract(
    config = Config,
    ports(table, cache, clock, random),
    gateways(Payments)
)]
pub trait TicketBooking {
    /// Puts an event on sale. Only [`Config::organiser`] may. Every call that begins afterwards finds it.
    ///
    /// Opening the same event again changes nothing and answers `Ok`. An event never changes.
    async fn open_event(&self, caller: &Caller, event: Event) -> Result<(), OpenEventError>;

    /// An event as it was opened. Anybody may ask.
    async fn view(&self, event: String) -> Result<Event, ViewError>;

    /// Which seats of an event can be had. Anybody may ask.
    ///
    /// It may lag: for each seat, what it says was true at some moment between [`Config::availability_lag`] before the call
    /// began and the call's end.
    async fn availability(&self, event: String) -> Result<Availability, AvailabilityError>;

    /// Holds all of the seats for the caller, or none of them.
    ///
    /// A seat can be had unless it is booked or another hold has it, be it the same caller's. A refused call leaves nothing
    /// behind: its seats can be had at once, and the same request, sent again, is answered as if for the first time. A call
    /// without an answer may leave a hold of all its seats, which lapses like any other, or may keep some of them from others,
    /// for no longer than such a hold would last.
    ///
    /// A request is known by its caller and its [`Reserve::request_id`]. Sent again, it answers with the hold that it made,
    /// as long as that is alive or booked, and with [`ReserveError::Ended`] once that has ended. It never holds twice, and is
    /// never turned away by itself, also while the first attempt still runs.
    ///
    /// Where groups of buyers overlap they may turn each other away, but not all of them for ever: if each tries again after
    /// a refusal, pausing in between, one of them has its seats within 5 tries.
    async fn reserve(&self, caller: &Caller, request: Reserve) -> Result<Hold, ReserveError>;

    /// Ends a hold of the caller. Once this has answered `Ok`, its seats can be had.
    ///
    /// A hold that has ended already is ended: `Ok`. One that is booked stays booked: [`CancelError::Booked`]. If the hold
    /// is being confirmed meanwhile, one of the two calls wins: it is booked, or it ends and is paid back.
    async fn cancel(&self, caller: &Caller, hold: String) -> Result<(), CancelError>;

    /// Charges the caller for a hold of theirs and books its seats, for good.
    ///
    /// The charge goes to the account named like the caller and is [`Event::price_cents`] for each seat. Confirming again,
    /// also at the same time or long after, gives the same booking and takes nothing more.
    ///
    /// If the payment is declined, the hold lives on. Confirming again asks for the payment again.
    ///
    /// A confirmation under way does not make the hold last longer. If the hold ends before it is booked, whatever was
    /// charged for it is paid back: within [`Config::refund_within`] of the hold's end, of the charge or of recovery,
    /// whichever is last, **and without anybody calling**. That takes work in the background.
    ///
    /// If the payment's outcome stays unknown, so does the call's; the hold lives on and the client may confirm again.
    async fn confirm(&self, caller: &Caller, hold: String) -> Result<Booking, ConfirmError>;

    /// Takes the caller's place in an event's waiting room, or says how that stands. Where
    /// [`Config::waiting_room`] is off, everybody is admitted at once.
    ///
    /// See [`WaitingRoom`] for who is admitted when. Joining again keeps the place: it is how a client waits.
    async fn join(&self, caller: &Caller, event: String) -> Result<Place, JoinError>;
}
