//! Nothing is ever overwritten: each event has a journal, and every change is a new entry behind the last one.
//!
//! An entry says how everything stands after the change, and its number is its key, so that of all who want to write entry
//! 17 one does and the others look again. A write that comes late finds its number taken. Who wants to know what was when
//! can read it all; somebody should sweep out old entries one day.

use kata::{Caller, Condition, Failure, GatewayError, Key, OpenError, Table, TableError, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use ticket_booking::{
    Availability, AvailabilityError, Booking, CancelError, Charge, Config, ConfirmError, Env, Event, Hold,
    JoinError, OpenEventError, PaymentError, Place, Reserve, ReserveError, TicketBooking, ViewError,
};

/// How often a change starts over because the item changed meanwhile or did not answer.
const ROUNDS: u32 = 12;
/// How often the payment provider is asked.
const TRIES: u32 = 3;
/// The first pause; later ones are longer.
const PAUSE: Duration = Duration::from_millis(20);

/// A box office.
pub struct BoxOffice {
    env: Env,
    config: Config,
    /// By event and number.
    journal: Table<Sale>,
}

/// All there is to know about an event.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Sale {
    event: Event,
    /// Who has each seat that is not free, by hold id.
    taken: BTreeMap<String, String>,
    holds: BTreeMap<String, HoldRecord>,
    /// When each account is admitted.
    queue: BTreeMap<String, Time>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct HoldRecord {
    holder: String,
    seats: Vec<String>,
    until: Time,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Phase {
    Open {
        declined: u32,
    },
    Paying {
        attempt: u32,
    },
    Booked,
    /// Over. If a payment was begun, its key must be closed.
    Ended {
        attempt: Option<u32>,
    },
}

/// What `confirm` has to do next.
enum Next {
    Answer(Booking),
    Pay { attempt: u32, charge: Charge },
}

impl Sale {
    fn hold(&self, id: &str) -> Option<Hold> {
        let record = self.holds.get(id)?;
        Some(Hold {
            id: id.to_owned(),
            event: self.event.id.clone(),
            seats: record.seats.clone(),
            until: record.until,
            price_cents: self.event.price_cents * record.seats.len() as u64,
        })
    }

    fn booking(&self, id: &str) -> Option<Booking> {
        let Hold { id, event, seats, price_cents, .. } = self.hold(id)?;
        Some(Booking { id, event, seats, paid_cents: price_cents })
    }

    /// The caller's hold.
    fn own(&mut self, id: &str, caller: &Caller) -> Option<&mut HoldRecord> {
        self.holds.get_mut(id).filter(|record| record.holder == caller.principal)
    }

    fn end(&mut self, id: &str) {
        let Some(record) = self.holds.get_mut(id) else { return };
        record.phase = match record.phase {
            Phase::Open { .. } => Phase::Ended { attempt: None },
            Phase::Paying { attempt } => Phase::Ended { attempt: Some(attempt) },
            over => over,
        };
        self.taken.retain(|_, hold| hold != id);
    }

    /// Ends every hold whose time was over before `moment`.
    fn lapse(&mut self, moment: Time) {
        let open = |record: &HoldRecord| matches!(record.phase, Phase::Open { .. } | Phase::Paying { .. });
        let over = self.holds.iter().filter(|(_, record)| open(record) && record.until <= moment);
        for id in over.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.end(&id);
        }
    }
}

/// The key of an entry. Sort keys are compared as text: all of the same length.
fn entry(event: &str, number: u64) -> Key {
    Key::new(event, format!("{number:020}"))
}

impl TicketBooking for BoxOffice {
    async fn open(env: Env, config: Config) -> Result<BoxOffice, OpenError> {
        Ok(BoxOffice { journal: env.table("journal"), env, config })
    }

    async fn background(self: Arc<Self>) {
        loop {
            self.env.clock().sleep(self.config.refund_within / 4).await;
            let entries = self.journal.scan().all().await.unwrap_or_default();
            let latest: BTreeMap<String, Sale> =
                entries.into_iter().map(|entry| (entry.key.partition, entry.value)).collect();
            for sale in latest.into_values() {
                self.pay_back(sale).await;
            }
        }
    }

    async fn open_event(&self, caller: &Caller, event: Event) -> Result<(), OpenEventError> {
        if caller.principal != self.config.organiser {
            return Err(OpenEventError::NotAllowed);
        }
        let seats: BTreeSet<&String> = event.seats.iter().collect();
        let is_valid = (1..=64).contains(&event.id.len())
            && (1..=10_000_000).contains(&event.price_cents)
            && (1..=self.config.seats_per_event_max as usize).contains(&seats.len())
            && seats.len() == event.seats.len()
            && seats.iter().all(|seat| (1..=16).contains(&seat.len()));
        if !is_valid {
            return Err(OpenEventError::Invalid);
        }
        let sale = Sale { event, taken: BTreeMap::new(), holds: BTreeMap::new(), queue: BTreeMap::new() };
        match self.journal.put(entry(&sale.event.id, 0), &sale).when(Condition::Absent).await {
            Ok(_) => Ok(()),
            Err(TableError::ConditionFailed { current: Some(there), .. }) => {
                if there.decode::<Sale>()?.event == sale.event { Ok(()) } else { Err(OpenEventError::Exists) }
            }
            Err(error) if error.is_definite() => Err(OpenEventError::Failed(Failure::Refused)),
            Err(error) => Err(error.into()),
        }
    }

    async fn view(&self, event: String) -> Result<Event, ViewError> {
        if event.is_empty() {
            return Err(ViewError::NoSuchEvent);
        }
        Ok(self.latest(&event).await?.ok_or(ViewError::NoSuchEvent)?.1.event)
    }

    async fn availability(&self, event: String) -> Result<Availability, AvailabilityError> {
        let (_, mut sale) = self.latest(&event).await?.ok_or(AvailabilityError::NoSuchEvent)?;
        sale.lapse(self.surely_past());
        let free = sale.event.seats.iter().filter(|seat| !sale.taken.contains_key(*seat)).cloned();
        Ok(Availability { free: free.collect() })
    }

    async fn reserve(&self, caller: &Caller, request: Reserve) -> Result<Hold, ReserveError> {
        let Reserve { event, seats, request_id } = &request;
        let id = hold_id(event, caller, *request_id);
        let until = self.env.clock().now() + self.config.hold_for;
        self.change(event, ReserveError::Failed, |sale| {
            let sale = sale.ok_or(ReserveError::NoSuchEvent)?;
            let different: BTreeSet<&String> = seats.iter().collect();
            let fits = (1..=self.config.seats_per_hold_max as usize).contains(&different.len());
            if !fits || different.len() != seats.len() {
                return Err(ReserveError::InvalidSeats);
            }
            if !seats.iter().all(|seat| sale.event.seats.contains(seat)) {
                return Err(ReserveError::NoSuchSeat);
            }
            if let Some(there) = sale.holds.get(&id) {
                return match there.phase {
                    _ if there.seats != *seats => Err(ReserveError::RequestReused),
                    Phase::Ended { .. } => Err(ReserveError::Ended),
                    _ => sale.hold(&id).ok_or(ReserveError::Ended),
                };
            }
            if self.config.waiting_room.is_some() {
                let place = sale.queue.get(&caller.principal);
                if place.is_none_or(|admitted| self.env.clock().now() < *admitted) {
                    return Err(ReserveError::NotAdmitted);
                }
            }
            if seats.iter().any(|seat| sale.taken.contains_key(seat)) {
                return Err(ReserveError::Taken);
            }
            sale.taken.extend(seats.iter().map(|seat| (seat.clone(), id.clone())));
            let (holder, phase) = (caller.principal.clone(), Phase::Open { declined: 0 });
            sale.holds.insert(id.clone(), HoldRecord { holder, seats: seats.clone(), until, phase });
            sale.hold(&id).ok_or(ReserveError::Ended)
        })
        .await
    }

    async fn cancel(&self, caller: &Caller, hold: String) -> Result<(), CancelError> {
        let event = event_of(&hold).ok_or(CancelError::NoSuchHold)?;
        self.change(event, CancelError::Failed, |sale| {
            let sale = sale.ok_or(CancelError::NoSuchHold)?;
            let record = sale.own(&hold, caller).ok_or(CancelError::NoSuchHold)?;
            if record.phase == Phase::Booked {
                return Err(CancelError::Booked);
            }
            sale.end(&hold);
            Ok(())
        })
        .await
    }

    async fn confirm(&self, caller: &Caller, hold: String) -> Result<Booking, ConfirmError> {
        let event = event_of(&hold).ok_or(ConfirmError::NoSuchHold)?;
        let next = self.change(event, ConfirmError::Failed, |sale| {
            let sale = sale.ok_or(ConfirmError::NoSuchHold)?;
            let price = sale.event.price_cents;
            let record = sale.own(&hold, caller).ok_or(ConfirmError::NoSuchHold)?;
            let attempt = match record.phase {
                Phase::Booked => {
                    let booking = sale.booking(&hold).ok_or(ConfirmError::NoSuchHold)?;
                    return Ok(Next::Answer(booking));
                }
                Phase::Ended { .. } => return Err(ConfirmError::Ended),
                Phase::Open { declined } => declined + 1,
                Phase::Paying { attempt } => attempt,
            };
            record.phase = Phase::Paying { attempt };
            let charge = Charge {
                key: key(&hold, attempt),
                account: caller.principal.clone(),
                amount_cents: price * record.seats.len() as u64,
            };
            Ok(Next::Pay { attempt, charge })
        });
        let (attempt, charge) = match next.await? {
            Next::Answer(booking) => return Ok(booking),
            Next::Pay { attempt, charge } => (attempt, charge),
        };
        let declined = match self.charge(&charge).await.map_err(ConfirmError::Failed)? {
            Ok(()) => false,
            Err(PaymentError::Declined) => true,
            Err(_) => return Err(ConfirmError::Ended),
        };
        let booking = self.change(event, ConfirmError::Failed, |sale| {
            let sale = sale.ok_or(ConfirmError::NoSuchHold)?;
            let record = sale.own(&hold, caller).ok_or(ConfirmError::NoSuchHold)?;
            match record.phase {
                Phase::Paying { attempt: current } if current == attempt => {
                    record.phase = if declined { Phase::Open { declined: attempt } } else { Phase::Booked };
                }
                Phase::Ended { .. } => return Err(ConfirmError::Ended),
                // Another call came to the same end.
                _ => {}
            }
            let is_booked = record.phase == Phase::Booked;
            Ok(sale.booking(&hold).filter(|_| is_booked))
        });
        booking.await?.ok_or(ConfirmError::Declined)
    }

    async fn join(&self, caller: &Caller, event: String) -> Result<Place, JoinError> {
        self.change(&event, JoinError::Failed, |sale| {
            let sale = sale.ok_or(JoinError::NoSuchEvent)?;
            let Some(room) = self.config.waiting_room else { return Ok(Place::Admitted) };
            let now = self.env.clock().now();
            let last = sale.queue.values().max().copied();
            let behind = last.map_or(now, |last| now.max(last + room.every / room.admit.max(1)));
            let admitted = *sale.queue.entry(caller.principal.clone()).or_insert(behind);
            Ok(if now >= admitted { Place::Admitted } else { Place::Waiting })
        })
        .await
    }
}

/// Names a hold by what makes it one: event, caller and request. The length tells where the event ends.
fn hold_id(event: &str, caller: &Caller, request_id: u64) -> String {
    format!("{request_id}.{}.{event}.{}", event.len(), caller.principal)
}

fn event_of(hold: &str) -> Option<&str> {
    let mut parts = hold.splitn(3, '.');
    let (_, length, rest) = (parts.next()?, parts.next()?, parts.next()?);
    rest.get(..length.parse().ok()?).filter(|event| !event.is_empty())
}

fn key(hold: &str, attempt: u32) -> String {
    format!("{hold}/{attempt}")
}

impl BoxOffice {
    /// What is before this is past, whatever the clocks say.
    fn surely_past(&self) -> Time {
        self.env.clock().now() - self.config.clock_error
    }

    /// The last entry of an event's journal and its number.
    async fn latest(&self, event: &str) -> Result<Option<(u64, Sale)>, TableError> {
        if event.is_empty() {
            return Ok(None);
        }
        let page = self.journal.query(event).descending().limit(1).page().await?;
        let last = page.items.into_iter().next();
        Ok(last.and_then(|last| Some((last.key.sort.parse().ok()?, last.value))))
    }

    /// Decides about an event and writes down what was decided. Starts over if the event changed meanwhile, so `decide` must
    /// recognise what it did before. A refusal writes nothing.
    async fn change<T, E>(
        &self,
        event: &str,
        failed: fn(Failure) -> E,
        decide: impl Fn(Option<&mut Sale>) -> Result<T, E>,
    ) -> Result<T, E> {
        if event.is_empty() {
            return decide(None);
        }
        let mut sure = true;
        for round in 0..ROUNDS {
            self.env.clock().sleep(PAUSE * round).await;
            let (number, read) = match self.latest(event).await {
                Ok(Some(read)) => read,
                Ok(None) => return decide(None),
                Err(_) => continue,
            };
            let mut sale = read.clone();
            sale.lapse(self.surely_past());
            let decided = decide(Some(&mut sale))?;
            if sale == read {
                return Ok(decided);
            }
            match self.journal.put(entry(event, number + 1), &sale).when(Condition::Absent).await {
                Ok(_) => return Ok(decided),
                Err(TableError::ConditionFailed { .. }) => {}
                Err(error) => sure &= error.is_definite(),
            }
        }
        Err(failed(if sure { Failure::Refused } else { Failure::Unknown }))
    }

    async fn charge(&self, charge: &Charge) -> Result<Result<(), PaymentError>, Failure> {
        for attempt in 0..TRIES {
            self.env.clock().sleep(PAUSE * attempt).await;
            match self.env.payments().charge(charge.clone()).await {
                Ok(_) => return Ok(Ok(())),
                Err(GatewayError::Declined(error)) => return Ok(Err(error)),
                Err(GatewayError::Trouble(_)) => {}
            }
        }
        Err(Failure::Unknown)
    }

    /// Closes the keys of all ended holds of an event.
    async fn pay_back(&self, mut sale: Sale) {
        let event = sale.event.id.clone();
        sale.lapse(self.surely_past());
        for (id, record) in &sale.holds {
            let Phase::Ended { attempt: Some(attempt) } = record.phase else { continue };
            // Ended first, for everybody to see: from then on it cannot be booked.
            let ended = self.change(
                &event,
                |failure| failure,
                |sale| {
                    let record = sale.and_then(|sale| sale.holds.get(id)).ok_or(Failure::Refused)?;
                    Ok(record.phase == Phase::Ended { attempt: Some(attempt) })
                },
            );
            let is_ended = ended.await == Ok(true);
            if is_ended && self.env.payments().refund(key(id, attempt)).await.is_ok() {
                let settled = self.change(
                    &event,
                    |failure| failure,
                    |sale| {
                        let sale = sale.ok_or(Failure::Refused)?;
                        let record = sale.holds.get_mut(id).ok_or(Failure::Refused)?;
                        record.phase = Phase::Ended { attempt: None };
                        Ok(())
                    },
                );
                // Should that fail, the next round closes the key once more.
                let _ = settled.await;
            }
        }
    }
}
