//! The reference solution of the ticket-booking kata: conditional writes decide everything.
//!
//! - A seat that is held or booked is an item of its own; a free seat is no item. Held ones expire by the table's clock, so
//!   no node's clock decides when a hold lapses, and nobody has to run for it to lapse.
//! - A hold is an item that goes from phase to phase and never back. Each step is one transaction on the condition that the
//!   hold is still in the phase it was read in, and its seats still belong to it. A write that arrives twice, or long after
//!   everybody gave up on it, finds its phase gone.
//! - Before money is asked for, the key it is asked with is written down; `refunds` closes the keys of holds that ended.

mod board;
mod commit;
mod records;
mod refunds;
mod room;

use board::Boards;
use commit::{Commit, ROUNDS};
use kata::{Caller, Condition, Failure, OpenError, Table, Transaction};
use records::{HoldRecord, Phase, SeatRecord, Unsettled};
use room::Room;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use ticket_booking::{
    Availability, AvailabilityError, Booking, CancelError, Charge, Config, ConfirmError, Env, Event, Hold,
    JoinError, OpenEventError, PaymentError, Place, Reserve, ReserveError, TicketBooking, ViewError,
};

/// A box office.
pub struct BoxOffice {
    env: Env,
    config: Config,
    events: Table<Event>,
    /// By section and seat. A seat without an item is free.
    seats: Table<SeatRecord>,
    /// By hold id.
    holds: Table<HoldRecord>,
    /// By hold id: the payments that were begun and have neither booked nor ended.
    unsettled: Table<Unsettled>,
    /// Who may reserve.
    room: Room,
    /// Events that this node has seen. They never change.
    known: Mutex<BTreeMap<String, Arc<Event>>>,
    /// What this node shows of free seats.
    boards: Boards,
}

impl TicketBooking for BoxOffice {
    async fn open(env: Env, config: Config) -> Result<BoxOffice, OpenError> {
        Ok(BoxOffice {
            events: env.table("events"),
            seats: env.table("seats"),
            holds: env.table("holds"),
            unsettled: env.table("unsettled"),
            room: Room::new(&env, config.waiting_room),
            known: Mutex::default(),
            boards: Boards::new(&env, config.availability_lag),
            env,
            config,
        })
    }

    async fn background(self: Arc<Self>) {
        refunds::keep_settling(&self).await;
    }

    async fn open_event(&self, caller: &Caller, event: Event) -> Result<(), OpenEventError> {
        if caller.principal != self.config.organiser {
            return Err(OpenEventError::NotAllowed);
        }
        if !self.is_valid(&event) {
            return Err(OpenEventError::Invalid);
        }
        let put = || self.env.transaction().put(&self.events, &event.id, &event, Condition::Absent);
        match commit::commit(&self.env, put).await.map_err(OpenEventError::Failed)? {
            Commit::Done => Ok(()),
            Commit::Conflict { .. } => match self.event(&event.id).await? {
                Some(there) if *there == event => Ok(()),
                _ => Err(OpenEventError::Exists),
            },
        }
    }

    async fn view(&self, event: String) -> Result<Event, ViewError> {
        let event = self.event(&event).await?.ok_or(ViewError::NoSuchEvent)?;
        Ok(Event::clone(&event))
    }

    async fn availability(&self, event: String) -> Result<Availability, AvailabilityError> {
        let event = self.event(&event).await?.ok_or(AvailabilityError::NoSuchEvent)?;
        let free = self.boards.free_seats(&event.id, async || self.look_for_free_seats(&event).await).await?;
        Ok(Availability { free: free.to_vec() })
    }

    async fn reserve(&self, caller: &Caller, request: Reserve) -> Result<Hold, ReserveError> {
        let event = self.event(&request.event).await?.ok_or(ReserveError::NoSuchEvent)?;
        self.check_seats(&event, &request.seats)?;
        if !self.room.admits(caller, &event.id).await? {
            return Err(ReserveError::NotAdmitted);
        }
        // Derived, so that a request sent again finds what it made.
        let id = format!("{}-{}", request.request_id, caller.principal);
        let record = HoldRecord {
            holder: caller.principal.clone(),
            until: self.env.clock().now() + self.config.hold_for,
            price_cents: event.price_cents * request.seats.len() as u64,
            event: request.event,
            seats: request.seats,
            sections: records::section_count(&event),
            phase: Phase::Open { declined: 0 },
        };
        // Most come too late, and a look costs a partition a sixth of what a write in a transaction does, failed or not.
        if self.has_another(&id, &record).await? {
            return Err(ReserveError::Taken);
        }
        let hold_all = || {
            let hold = self.env.transaction().put(&self.holds, &id, &record, Condition::Absent);
            record.seats.iter().fold(hold, |transaction, seat| {
                let held = SeatRecord { hold: id.clone() };
                transaction.put_until(&self.seats, record.seat(seat), &held, Condition::Absent, record.until)
            })
        };
        match commit::commit(&self.env, hold_all).await.map_err(ReserveError::Failed)? {
            Commit::Done => Ok(record.hold(id)),
            Commit::Conflict { write: 0, .. } => self.reserved_before(id, &record).await,
            Commit::Conflict { sure: true, .. } => Err(ReserveError::Taken),
            // An earlier try may yet arrive, and find the seats free by then.
            Commit::Conflict { sure: false, .. } => Err(ReserveError::Failed(Failure::Unknown)),
        }
    }

    async fn cancel(&self, caller: &Caller, hold: String) -> Result<(), CancelError> {
        for _ in 0..ROUNDS {
            let record = self.hold_of(caller, &hold).await?.ok_or(CancelError::NoSuchHold)?;
            match record.phase {
                Phase::Booked => return Err(CancelError::Booked),
                Phase::Cancelled => return Ok(()),
                Phase::Open { .. } | Phase::Paying { .. } => {}
            }
            let end = || {
                let ended = self.step(&hold, &record, Phase::Cancelled);
                record.seats.iter().fold(ended, |transaction, seat| {
                    transaction.delete(&self.seats, record.seat(seat), belongs_to(&hold))
                })
            };
            match commit::commit(&self.env, end).await.map_err(CancelError::Failed)? {
                Commit::Done => return Ok(()),
                // Another call moved it on.
                Commit::Conflict { write: 0, .. } => {}
                // Its seats are not its own any more: it has lapsed.
                Commit::Conflict { .. } => return Ok(()),
            }
        }
        Err(CancelError::Failed(Failure::Unknown))
    }

    async fn confirm(&self, caller: &Caller, hold: String) -> Result<Booking, ConfirmError> {
        for _ in 0..ROUNDS {
            let record = self.hold_of(caller, &hold).await?.ok_or(ConfirmError::NoSuchHold)?;
            let attempt = match record.phase {
                Phase::Booked => return Ok(record.booking(hold)),
                Phase::Cancelled => return Err(ConfirmError::Ended),
                // Begun by a call that never learnt how it ended, or has not yet: the same key tells.
                Phase::Paying { attempt } => attempt,
                Phase::Open { declined } => match self.begin_payment(&hold, &record, declined + 1).await? {
                    Commit::Done => declined + 1,
                    // Another call moved it on.
                    Commit::Conflict { write: 0, .. } => continue,
                    // Its seats are not its own any more: it has lapsed.
                    Commit::Conflict { .. } => return Err(ConfirmError::Ended),
                },
            };
            let record = HoldRecord { phase: Phase::Paying { attempt }, ..record };
            self.pay(&hold, &record, attempt).await?;
            match self.book(&hold, &record).await? {
                Commit::Done => return Ok(record.booking(hold)),
                Commit::Conflict { write: 0, .. } => {}
                // Lapsed while the money was on its way. To pay it back is the work of `refunds`.
                Commit::Conflict { .. } => return Err(ConfirmError::Ended),
            }
        }
        Err(ConfirmError::Failed(Failure::Unknown))
    }

    async fn join(&self, caller: &Caller, event: String) -> Result<Place, JoinError> {
        let event = self.event(&event).await?.ok_or(JoinError::NoSuchEvent)?;
        self.room.join(caller, &event.id).await
    }
}

/// The condition that a seat is that hold's.
fn belongs_to(hold: &str) -> Condition {
    Condition::field("hold", hold)
}

impl BoxOffice {
    /// An event, from memory if this node has met it.
    async fn event(&self, id: &str) -> Result<Option<Arc<Event>>, kata::TableError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(event) = known().get(id) {
            return Ok(Some(Arc::clone(event)));
        }
        if id.is_empty() {
            return Ok(None);
        }
        let event = commit::read(&self.env, || self.events.get(id)).await?.map(|item| Arc::new(item.value));
        if let Some(event) = &event {
            known().insert(id.to_owned(), Arc::clone(event));
        }
        Ok(event)
    }

    /// The free seats of an event, section by section.
    async fn look_for_free_seats(&self, event: &Event) -> Result<Vec<String>, kata::TableError> {
        let mut taken = BTreeSet::new();
        for section in records::sections_of(event) {
            let seats = commit::read(&self.env, || self.seats.query(&section).all()).await?;
            taken.extend(seats.into_iter().map(|seat| seat.key.sort));
        }
        Ok(event.seats.iter().filter(|seat| !taken.contains(*seat)).cloned().collect())
    }

    fn is_valid(&self, event: &Event) -> bool {
        let seats: BTreeSet<&String> = event.seats.iter().collect();
        (1..=64).contains(&event.id.len())
            && (1..=10_000_000).contains(&event.price_cents)
            && !seats.is_empty()
            && seats.len() == event.seats.len()
            && seats.len() <= self.config.seats_per_event_max as usize
            && seats.iter().all(|seat| (1..=16).contains(&seat.len()))
    }

    fn check_seats(&self, event: &Event, seats: &[String]) -> Result<(), ReserveError> {
        let different: BTreeSet<&String> = seats.iter().collect();
        let is_group = !seats.is_empty()
            && seats.len() <= self.config.seats_per_hold_max as usize
            && seats.len() == different.len();
        if !is_group {
            return Err(ReserveError::InvalidSeats);
        }
        if !seats.iter().all(|seat| event.seats.contains(seat)) {
            return Err(ReserveError::NoSuchSeat);
        }
        Ok(())
    }

    /// The caller's hold of that id.
    async fn hold_of(&self, caller: &Caller, id: &str) -> Result<Option<HoldRecord>, kata::TableError> {
        if id.is_empty() {
            return Ok(None);
        }
        let record = commit::read(&self.env, || self.holds.get(id)).await?.map(|item| item.value);
        Ok(record.filter(|record| record.holder == caller.principal))
    }

    /// True if one of the seats is another hold's.
    async fn has_another(&self, id: &str, record: &HoldRecord) -> Result<bool, kata::TableError> {
        for seat in &record.seats {
            let there = commit::read(&self.env, || self.seats.get(record.seat(seat))).await?;
            if there.is_some_and(|there| there.value.hold != id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What to answer to a request that has made its hold before.
    async fn reserved_before(&self, id: String, asked: &HoldRecord) -> Result<Hold, ReserveError> {
        let found = commit::read(&self.env, || self.holds.get(&id)).await?.map(|item| item.value);
        let there = found.ok_or(ReserveError::Failed(Failure::Unknown))?;
        if there.event != asked.event || there.seats != asked.seats {
            return Err(ReserveError::RequestReused);
        }
        let lives = match there.phase {
            Phase::Booked => true,
            Phase::Cancelled => false,
            Phase::Open { .. } | Phase::Paying { .. } => {
                let seat = commit::read(&self.env, || self.seats.get(there.first_seat())).await?;
                seat.is_some_and(|seat| seat.value.hold == id)
            }
        };
        if lives { Ok(there.hold(id)) } else { Err(ReserveError::Ended) }
    }

    /// A transaction that takes a hold from the phase it was read in to the next.
    fn step(&self, id: &str, read: &HoldRecord, next: Phase) -> Transaction {
        let moved = HoldRecord { phase: next, ..read.clone() };
        self.env.transaction().put(&self.holds, id, &moved, Condition::field("phase", read.phase))
    }

    /// Writes down that money is about to be asked for, and with which key.
    async fn begin_payment(
        &self,
        id: &str,
        record: &HoldRecord,
        attempt: u32,
    ) -> Result<Commit, ConfirmError> {
        let note = Unsettled { key: records::payment_key(id, attempt) };
        let begin = || {
            let paying = self.step(id, record, Phase::Paying { attempt });
            let noted = paying.put(&self.unsettled, id, &note, Condition::Any);
            // The write that conflicts first tells whether the hold moved on or lapsed: the hold comes first.
            let seats = record.seats.iter();
            seats.fold(noted, |transaction, seat| {
                transaction.check(&self.seats, record.seat(seat), belongs_to(id))
            })
        };
        commit::commit(&self.env, begin).await.map_err(ConfirmError::Failed)
    }

    /// Takes the money, whoever asked for it first.
    async fn pay(&self, id: &str, record: &HoldRecord, attempt: u32) -> Result<(), ConfirmError> {
        let charge = Charge {
            key: records::payment_key(id, attempt),
            account: record.holder.clone(),
            amount_cents: record.price_cents,
        };
        let payments = self.env.payments();
        match commit::call(&self.env, || payments.charge(charge.clone())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(PaymentError::Declined)) => {
                let reopen = || {
                    let open = self.step(id, record, Phase::Open { declined: attempt });
                    open.delete(&self.unsettled, id, Condition::Any)
                };
                // Should this fail, the next confirm asks with the same key, hears the same, and gets here again.
                let _ = commit::commit(&self.env, reopen).await;
                Err(ConfirmError::Declined)
            }
            // Closed by a refund, so the hold ended before the charge arrived.
            Ok(Err(_)) => Err(ConfirmError::Ended),
            Err(failure) => Err(ConfirmError::Failed(failure)),
        }
    }

    /// Makes a paid hold a booking.
    async fn book(&self, id: &str, record: &HoldRecord) -> Result<Commit, ConfirmError> {
        let book = || {
            let booked = self.step(id, record, Phase::Booked);
            let settled = booked.delete(&self.unsettled, id, Condition::Any);
            record.seats.iter().fold(settled, |transaction, seat| {
                let sold = SeatRecord { hold: id.to_owned() };
                // No time of expiry: the seat stays taken.
                transaction.put(&self.seats, record.seat(seat), &sold, belongs_to(id))
            })
        };
        commit::commit(&self.env, book).await.map_err(ConfirmError::Failed)
    }
}
