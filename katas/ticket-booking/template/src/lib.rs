//! My solution of the ticket-booking kata. The contract: `ticket_booking::TicketBooking`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use kata::{Caller, OpenError, Table};
use std::sync::Arc;
use ticket_booking::{
    Availability, AvailabilityError, Booking, CancelError, Config, ConfirmError, Env, Event, Hold, JoinError,
    OpenEventError, Place, Reserve, ReserveError, TicketBooking, ViewError,
};

/// A box office.
pub struct BoxOffice {
    env: Env,
    config: Config,
    events: Table<Event>,
}

impl TicketBooking for BoxOffice {
    async fn open(env: Env, config: Config) -> Result<BoxOffice, OpenError> {
        Ok(BoxOffice { events: env.table("events"), env, config })
    }

    async fn background(self: Arc<Self>) {
        // What a node does besides answering calls. Nothing yet.
    }

    async fn open_event(&self, caller: &Caller, event: Event) -> Result<(), OpenEventError> {
        todo!("put an event on sale")
    }

    async fn view(&self, event: String) -> Result<Event, ViewError> {
        todo!("show an event")
    }

    async fn availability(&self, event: String) -> Result<Availability, AvailabilityError> {
        todo!("show the free seats")
    }

    async fn reserve(&self, caller: &Caller, request: Reserve) -> Result<Hold, ReserveError> {
        todo!("hold all seats or none")
    }

    async fn cancel(&self, caller: &Caller, hold: String) -> Result<(), CancelError> {
        todo!("let a hold go")
    }

    async fn confirm(&self, caller: &Caller, hold: String) -> Result<Booking, ConfirmError> {
        todo!("charge for a hold and book it")
    }

    async fn join(&self, caller: &Caller, event: String) -> Result<Place, JoinError> {
        todo!("queue up; the stage waiting-room")
    }
}
