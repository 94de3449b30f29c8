//! One item per block of five seats holds everything about them, and every change is a conditional write on the versions of the
//! blocks that it is about, in one transaction.
//!
//! Simple to reason about: whatever is decided is decided about one moment of all seats in question. A block is small, so it is
//! quickly read and seldom changes under anybody's hands. Holds lapse lazily: whoever looks next, or the round of refunds, ends
//! them. A hold whose seats are in several blocks is written down in each, and is over once one of them says so. The waiting room
//! and the board are the reference's.

mod board;
mod commit;
mod room;

use board::Boards;
use commit::Commit;
use kata::{Caller, Condition, Failure, GatewayError, OpenError, Table, TableError, Time};
use room::Room;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ticket_booking::{
    Availability, AvailabilityError, Booking, CancelError, Charge, Config, ConfirmError, Env, Event, Hold,
    JoinError, OpenEventError, PaymentError, Place, Reserve, ReserveError, TicketBooking, ViewError,
};

/// How many seats are in a block.
const SEATS_PER_BLOCK: usize = 5;
/// How often a change starts over because a block changed meanwhile or did not answer.
const ROUNDS: u32 = 12;
/// How often the payment provider is asked.
const TRIES: u32 = 3;
/// The first pause; later ones are longer.
const PAUSE: Duration = Duration::from_millis(10);

/// A box office.
pub struct BoxOffice {
    env: Env,
    config: Config,
    events: Table<Event>,
    /// By hold id. They never change.
    requests: Table<Request>,
    /// By event and number.
    blocks: Table<Block>,
    room: Room,
    boards: Boards,
    /// Events that this node has seen. They never change.
    known: Mutex<BTreeMap<String, Arc<Event>>>,
}

/// What somebody asked for and got.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Request {
    event: String,
    seats: Vec<String>,
}

/// All there is to know about some seats of an event: those of a block, or of all blocks in question.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
struct Block {
    /// Who has each seat that is not free, by hold id.
    taken: BTreeMap<String, String>,
    /// All holds there ever were of one of the seats.
    holds: BTreeMap<String, HoldRecord>,
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

impl HoldRecord {
    fn hold(&self, id: &str, event: &Event) -> Hold {
        Hold {
            id: id.to_owned(),
            event: event.id.clone(),
            seats: self.seats.clone(),
            until: self.until,
            price_cents: event.price_cents * self.seats.len() as u64,
        }
    }

    fn booking(&self, id: &str, event: &Event) -> Booking {
        let Hold { id, event, seats, price_cents, .. } = self.hold(id, event);
        Booking { id, event, seats, paid_cents: price_cents }
    }
}

impl Block {
    /// Takes in what another block says.
    fn merge(&mut self, other: Block) {
        self.taken.extend(other.taken);
        for (id, record) in other.holds {
            match self.holds.get(&id).map(|known| known.phase) {
                // Where one block has ended a hold, the others need not have noticed.
                Some(Phase::Ended { .. }) => {}
                _ => drop(self.holds.insert(id, record)),
            }
        }
    }

    /// What of this is about the seats of one block.
    fn part(&self, event: &Event, number: usize) -> Block {
        let is_here = |seat: &String| block_of(event, seat) == Some(number);
        let taken = self.taken.iter().filter(|(seat, _)| is_here(seat));
        let holds = self.holds.iter().filter(|(_, record)| record.seats.iter().any(is_here));
        Block {
            taken: taken.map(|(seat, id)| (seat.clone(), id.clone())).collect(),
            holds: holds.map(|(id, record)| (id.clone(), record.clone())).collect(),
        }
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

impl TicketBooking for BoxOffice {
    async fn open(env: Env, config: Config) -> Result<BoxOffice, OpenError> {
        Ok(BoxOffice {
            events: env.table("events"),
            requests: env.table("requests"),
            blocks: env.table("blocks"),
            room: Room::new(&env, config.waiting_room),
            boards: Boards::new(&env, config.availability_lag),
            known: Mutex::default(),
            env,
            config,
        })
    }

    async fn background(self: Arc<Self>) {
        loop {
            self.env.clock().sleep(self.config.refund_within / 4).await;
            let blocks = self.blocks.scan().all().await.unwrap_or_default();
            for block in blocks {
                self.pay_back(block.value).await;
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
        let seats = request.seats;
        let different: BTreeSet<&String> = seats.iter().collect();
        let fits = (1..=self.config.seats_per_hold_max as usize).contains(&different.len());
        if !fits || different.len() != seats.len() {
            return Err(ReserveError::InvalidSeats);
        }
        if !seats.iter().all(|seat| event.seats.contains(seat)) {
            return Err(ReserveError::NoSuchSeat);
        }
        if !self.room.admits(caller, &event.id).await? {
            return Err(ReserveError::NotAdmitted);
        }
        let id = format!("{}-{}", request.request_id, caller.principal);
        let asked = Request { event: event.id.clone(), seats: seats.clone() };
        let before = commit::read(&self.env, || self.requests.get(&id)).await?;
        if before.is_some_and(|before| before.value != asked) {
            return Err(ReserveError::RequestReused);
        }
        let until = self.env.clock().now() + self.config.hold_for;
        self.change(&event, &seats, Some((&id, &asked)), ReserveError::Failed, |block| {
            if let Some(there) = block.holds.get(&id) {
                return match there.phase {
                    Phase::Ended { .. } => Err(ReserveError::Ended),
                    _ => Ok(there.hold(&id, &event)),
                };
            }
            if seats.iter().any(|seat| block.taken.contains_key(seat)) {
                return Err(ReserveError::Taken);
            }
            let (holder, phase) = (caller.principal.clone(), Phase::Open { declined: 0 });
            let record = HoldRecord { holder, seats: seats.clone(), until, phase };
            let hold = record.hold(&id, &event);
            block.taken.extend(seats.iter().map(|seat| (seat.clone(), id.clone())));
            block.holds.insert(id.clone(), record);
            Ok(hold)
        })
        .await
    }

    async fn cancel(&self, caller: &Caller, hold: String) -> Result<(), CancelError> {
        let (event, seats) = self.request(&hold).await?.ok_or(CancelError::NoSuchHold)?;
        self.change(&event, &seats, None, CancelError::Failed, |block| {
            let record = block.own(&hold, caller).ok_or(CancelError::NoSuchHold)?;
            if record.phase == Phase::Booked {
                return Err(CancelError::Booked);
            }
            block.end(&hold);
            Ok(())
        })
        .await
    }

    async fn confirm(&self, caller: &Caller, hold: String) -> Result<Booking, ConfirmError> {
        let (event, seats) = self.request(&hold).await?.ok_or(ConfirmError::NoSuchHold)?;
        let next = self.change(&event, &seats, None, ConfirmError::Failed, |block| {
            let record = block.own(&hold, caller).ok_or(ConfirmError::NoSuchHold)?;
            let attempt = match record.phase {
                Phase::Booked => return Ok(Next::Answer(record.booking(&hold, &event))),
                Phase::Ended { .. } => return Err(ConfirmError::Ended),
                Phase::Open { declined } => declined + 1,
                Phase::Paying { attempt } => attempt,
            };
            record.phase = Phase::Paying { attempt };
            let charge = Charge {
                key: key(&hold, attempt),
                account: caller.principal.clone(),
                amount_cents: event.price_cents * record.seats.len() as u64,
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
        let booking = self.change(&event, &seats, None, ConfirmError::Failed, |block| {
            let record = block.own(&hold, caller).ok_or(ConfirmError::NoSuchHold)?;
            match record.phase {
                Phase::Paying { attempt: current } if current == attempt => {
                    record.phase = if declined { Phase::Open { declined: attempt } } else { Phase::Booked };
                }
                Phase::Ended { .. } => return Err(ConfirmError::Ended),
                // Another call came to the same end.
                _ => {}
            }
            Ok((record.phase == Phase::Booked).then(|| record.booking(&hold, &event)))
        });
        booking.await?.ok_or(ConfirmError::Declined)
    }

    async fn join(&self, caller: &Caller, event: String) -> Result<Place, JoinError> {
        let event = self.event(&event).await?.ok_or(JoinError::NoSuchEvent)?;
        self.room.join(caller, &event.id).await
    }
}

/// In which block a seat is.
fn block_of(event: &Event, seat: &str) -> Option<usize> {
    let index = event.seats.iter().position(|name| name == seat)?;
    Some(index / SEATS_PER_BLOCK)
}

fn block_key(event: &Event, number: usize) -> String {
    format!("{number}/{}", event.id)
}

fn key(hold: &str, attempt: u32) -> String {
    format!("{hold}/{attempt}")
}

impl BoxOffice {
    /// What is before this is past, whatever the clocks say.
    fn surely_past(&self) -> Time {
        self.env.clock().now() - self.config.clock_error
    }

    /// An event, from memory if this node has met it.
    async fn event(&self, id: &str) -> Result<Option<Arc<Event>>, TableError> {
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

    /// The event and the seats of a hold, if there was one.
    async fn request(&self, hold: &str) -> Result<Option<(Arc<Event>, Vec<String>)>, TableError> {
        if hold.is_empty() {
            return Ok(None);
        }
        let Some(request) = commit::read(&self.env, || self.requests.get(hold)).await? else {
            return Ok(None);
        };
        let Request { event, seats } = request.value;
        Ok(self.event(&event).await?.map(|event| (event, seats)))
    }

    /// The free seats of an event, block by block.
    async fn look_for_free_seats(&self, event: &Event) -> Result<Vec<String>, TableError> {
        let mut all = Block::default();
        for number in 0..event.seats.len().div_ceil(SEATS_PER_BLOCK) {
            let block = commit::read(&self.env, || self.blocks.get(block_key(event, number))).await?;
            all.merge(block.map(|item| item.value).unwrap_or_default());
        }
        all.lapse(self.surely_past());
        Ok(event.seats.iter().filter(|seat| !all.taken.contains_key(*seat)).cloned().collect())
    }

    /// Decides about some seats and writes down what was decided. Starts over if their blocks changed meanwhile, so `decide` must
    /// recognise what it did before. A refusal writes nothing. Whoever makes a hold says so in `made`.
    async fn change<T, E>(
        &self,
        event: &Event,
        seats: &[String],
        made: Option<(&str, &Request)>,
        failed: fn(Failure) -> E,
        decide: impl Fn(&mut Block) -> Result<T, E>,
    ) -> Result<T, E> {
        let numbers: BTreeSet<usize> = seats.iter().filter_map(|seat| block_of(event, seat)).collect();
        let mut sure = true;
        'rounds: for round in 0..ROUNDS {
            self.env.clock().sleep(PAUSE * round).await;
            let (mut read, mut blocks) = (Vec::new(), Block::default());
            for &number in &numbers {
                let Ok(item) = self.blocks.get(block_key(event, number)).await else { continue 'rounds };
                let when = item.as_ref().map_or(Condition::Absent, |item| Condition::Version(item.version));
                let block = item.map(|item| item.value).unwrap_or_default();
                read.push((number, when, block.clone()));
                blocks.merge(block);
            }
            blocks.lapse(self.surely_past());
            let decided = decide(&mut blocks)?;
            if read.iter().all(|(number, _, block)| blocks.part(event, *number) == *block) {
                return Ok(decided);
            }
            let is_new = |id: &str| !read.iter().any(|(_, _, block)| block.holds.contains_key(id));
            let request = made.filter(|(id, _)| is_new(id));
            let start = request.into_iter().fold(self.env.transaction(), |transaction, (id, request)| {
                transaction.put(&self.requests, id, request, Condition::Absent)
            });
            let write = read.into_iter().fold(start, |transaction, (number, when, _)| {
                transaction.put(&self.blocks, block_key(event, number), &blocks.part(event, number), when)
            });
            match write.commit().await {
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

    /// Closes the keys of all ended holds of a block.
    async fn pay_back(&self, mut block: Block) {
        block.lapse(self.surely_past());
        for (id, record) in &block.holds {
            let Phase::Ended { attempt: Some(attempt) } = record.phase else { continue };
            let Ok(Some((event, seats))) = self.request(id).await else { continue };
            // Ended first, for everybody to see: from then on it cannot be booked.
            let ended = self.change(
                &event,
                &seats,
                None,
                |failure| failure,
                |blocks| {
                    let record = blocks.holds.get(id).ok_or(Failure::Refused)?;
                    Ok(record.phase == Phase::Ended { attempt: Some(attempt) })
                },
            );
            let is_ended = ended.await == Ok(true);
            if is_ended && self.env.payments().refund(key(id, attempt)).await.is_ok() {
                let settled = self.change(
                    &event,
                    &seats,
                    None,
                    |failure| failure,
                    |blocks| {
                        let record = blocks.holds.get_mut(id).ok_or(Failure::Refused)?;
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
