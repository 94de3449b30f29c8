//! Locks in the cache keep buyers apart while they hold; a conditional write in the database decides who books.
//!
//! The cache takes the rush: who comes second learns so from one lock, without a write. But a lock may vanish, so it is a hint
//! and never the truth. The truth about a hold is its record, and about a seat that it is sold: an item that is written once,
//! under the condition that it is not there. A lock whose hold has ended counts for nothing and may be taken over, once
//! it is written down that the hold has ended.
//!
//! Holds and sold seats lie in as many partitions per event as a big crowd needs. The waiting room and the board are the reference's.

mod board;
mod commit;
mod room;

use board::Boards;
use commit::{Commit, ROUNDS};
use kata::{
    Cache, CacheError, Caller, Condition, Failure, GatewayError, Key, OpenError, Table, TableError, Time,
    Transaction,
};
use room::Room;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ticket_booking::{
    Availability, AvailabilityError, Booking, CancelError, Charge, Config, ConfirmError, Env, Event, Hold,
    JoinError, OpenEventError, PaymentError, Place, Reserve, ReserveError, TicketBooking, ViewError,
};

/// How often a service is asked.
const TRIES: u32 = 3;
/// So many seats of an event share a partition of the table, and so many holds if each has one seat.
const SEATS_PER_SECTION: usize = 32;
/// The first pause; later ones are longer.
const PAUSE: Duration = Duration::from_millis(30);

/// A box office.
pub struct BoxOffice {
    env: Env,
    config: Config,
    cache: Cache,
    events: Table<Event>,
    /// By section of the event and hold id.
    holds: Table<HoldRecord>,
    /// By section of the event and seat: the hold that it was sold to.
    sold: Table<String>,
    /// By hold id: payments that were begun and have neither booked nor been paid back.
    unsettled: Table<Unsettled>,
    room: Room,
    boards: Boards,
    /// Events that this node has seen. They never change.
    known: Mutex<BTreeMap<String, Arc<Event>>>,
}

/// What the lock of a seat says.
#[derive(Clone, Serialize, Deserialize)]
struct Lock {
    hold: String,
    /// When it counts for nothing even if its hold was never written down.
    until: Time,
}

#[derive(Clone, Serialize, Deserialize)]
struct HoldRecord {
    holder: String,
    event: String,
    seats: Vec<String>,
    until: Time,
    price_cents: u64,
    /// Into how many the event is divided.
    sections: usize,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Phase {
    Open { declined: u32 },
    Paying { attempt: u32 },
    Booked,
    Ended,
}

#[derive(Clone, Serialize, Deserialize)]
struct Unsettled {
    event: String,
    key: String,
}

/// What became of a lock.
enum Locked {
    /// It is the hold's, in that version.
    Ours(u64),
    /// Somebody else's.
    Taken,
}

impl HoldRecord {
    fn hold(&self, id: &str) -> Hold {
        Hold {
            id: id.to_owned(),
            event: self.event.clone(),
            seats: self.seats.clone(),
            until: self.until,
            price_cents: self.price_cents,
        }
    }

    /// Where it says to whom a seat was sold.
    fn sold(&self, seat: &str) -> Key {
        Key::new(section(&self.event, section_of(seat, self.sections)), seat)
    }

    fn booking(&self, id: &str) -> Booking {
        Booking {
            id: id.to_owned(),
            event: self.event.clone(),
            seats: self.seats.clone(),
            paid_cents: self.price_cents,
        }
    }
}

impl TicketBooking for BoxOffice {
    async fn open(env: Env, config: Config) -> Result<BoxOffice, OpenError> {
        Ok(BoxOffice {
            cache: env.cache(),
            events: env.table("events"),
            holds: env.table("holds"),
            sold: env.table("sold"),
            unsettled: env.table("unsettled"),
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
            let begun = self.unsettled.scan().all().await.unwrap_or_default();
            for payment in begun {
                // What fails is tried again in the next round.
                let _ = self.settle(&payment.key.partition, &payment.value).await;
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
        let different: BTreeSet<String> = request.seats.iter().cloned().collect();
        let fits = (1..=self.config.seats_per_hold_max as usize).contains(&different.len());
        if !fits || different.len() != request.seats.len() {
            return Err(ReserveError::InvalidSeats);
        }
        if !different.iter().all(|seat| event.seats.contains(seat)) {
            return Err(ReserveError::NoSuchSeat);
        }
        let id = hold_id(&event, caller, request.request_id);
        if let Some(there) = self.record(&id).await? {
            return self.reserved_before(&id, &there, &request);
        }
        if !self.room.admits(caller, &event.id).await? {
            return Err(ReserveError::NotAdmitted);
        }
        let record = HoldRecord {
            holder: caller.principal.clone(),
            until: self.env.clock().now() + self.config.hold_for,
            price_cents: event.price_cents * request.seats.len() as u64,
            event: request.event.clone(),
            seats: request.seats.clone(),
            sections: section_count(&event),
            phase: Phase::Open { declined: 0 },
        };
        // In the order of their names: of all who want overlapping groups, whoever has come furthest is stopped by nobody.
        let mut locked = Vec::new();
        for seat in &different {
            match self.take(&id, &record, seat).await? {
                Locked::Ours(version) => locked.push((seat, version)),
                Locked::Taken => return self.give_back(&record.event, locked, ReserveError::Taken).await,
            }
        }
        for seat in &different {
            if commit::read(&self.env, || self.sold.get(record.sold(seat))).await?.is_some() {
                return self.give_back(&record.event, locked, ReserveError::Taken).await;
            }
        }
        let put = || self.env.transaction().put(&self.holds, place(&id), &record, Condition::Absent);
        match commit::commit(&self.env, put).await.map_err(ReserveError::Failed)? {
            Commit::Done => Ok(record.hold(&id)),
            Commit::Conflict { .. } => {
                let there = self.record(&id).await?.ok_or(ReserveError::Failed(Failure::Unknown))?;
                self.reserved_before(&id, &there, &request)
            }
        }
    }

    async fn cancel(&self, caller: &Caller, hold: String) -> Result<(), CancelError> {
        for _ in 0..ROUNDS {
            let record = self.own(caller, &hold).await?.ok_or(CancelError::NoSuchHold)?;
            match record.phase {
                Phase::Booked => return Err(CancelError::Booked),
                Phase::Ended => return Ok(()),
                Phase::Open { .. } | Phase::Paying { .. } => {}
            }
            let end = || self.step(&hold, &record, Phase::Ended);
            if let Commit::Done = commit::commit(&self.env, end).await.map_err(CancelError::Failed)? {
                // Its locks count for nothing now. Whoever wants the seats takes them over.
                return Ok(());
            }
        }
        Err(CancelError::Failed(Failure::Unknown))
    }

    async fn confirm(&self, caller: &Caller, hold: String) -> Result<Booking, ConfirmError> {
        for _ in 0..ROUNDS {
            let record = self.own(caller, &hold).await?.ok_or(ConfirmError::NoSuchHold)?;
            let attempt = match record.phase {
                Phase::Booked => return Ok(record.booking(&hold)),
                Phase::Ended => return Err(ConfirmError::Ended),
                _ if !self.lives(&record) => {
                    self.end(&hold, &record).await?;
                    continue;
                }
                Phase::Paying { attempt } => attempt,
                Phase::Open { declined } => {
                    let attempt = declined + 1;
                    let note = Unsettled { event: record.event.clone(), key: key(&hold, attempt) };
                    let begin = || {
                        let paying = self.step(&hold, &record, Phase::Paying { attempt });
                        paying.put(&self.unsettled, &hold, &note, Condition::Any)
                    };
                    match commit::commit(&self.env, begin).await.map_err(ConfirmError::Failed)? {
                        Commit::Done => attempt,
                        Commit::Conflict { .. } => continue,
                    }
                }
            };
            let record = HoldRecord { phase: Phase::Paying { attempt }, ..record };
            self.pay(&hold, &record, attempt).await?;
            if !self.lives(&record) {
                self.end(&hold, &record).await?;
                continue;
            }
            let book = || {
                let booked = self.step(&hold, &record, Phase::Booked);
                let settled = booked.delete(&self.unsettled, &hold, Condition::Any);
                record.seats.iter().fold(settled, |transaction, seat| {
                    transaction.put(&self.sold, record.sold(seat), &hold, Condition::Absent)
                })
            };
            match commit::commit(&self.env, book).await.map_err(ConfirmError::Failed)? {
                Commit::Done => return Ok(record.booking(&hold)),
                Commit::Conflict { write: 0, .. } => {}
                // The lock was lost, and somebody else was faster.
                Commit::Conflict { .. } => self.end(&hold, &record).await?,
            }
        }
        Err(ConfirmError::Failed(Failure::Unknown))
    }

    async fn join(&self, caller: &Caller, event: String) -> Result<Place, JoinError> {
        let event = self.event(&event).await?.ok_or(JoinError::NoSuchEvent)?;
        self.room.join(caller, &event.id).await
    }
}

/// Names a hold by what makes it one, and by the section it lies in. The length tells where the event ends.
fn hold_id(event: &Event, caller: &Caller, request_id: u64) -> String {
    let section = section_of(&format!("{request_id}.{}", caller.principal), section_count(event));
    format!("{request_id}.{section}.{}.{}.{}", event.id.len(), event.id, caller.principal)
}

/// Where the hold's record is: by section and id.
fn place(hold: &str) -> Key {
    let section = || {
        let mut parts = hold.splitn(4, '.');
        let (_, number, length, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let event = rest.get(..length.parse().ok()?).filter(|event| !event.is_empty())?;
        Some(section(event, number.parse().ok()?))
    };
    Key::new(section().unwrap_or("no section".to_owned()), hold)
}

/// Into how many sections an event is divided.
fn section_count(event: &Event) -> usize {
    event.seats.len().div_ceil(SEATS_PER_SECTION)
}

fn section(event: &str, number: usize) -> String {
    format!("{number}/{event}")
}

/// The same at every node, whatever it was built with: FNV-1a.
fn section_of(name: &str, sections: usize) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash % sections.max(1) as u64) as usize
}

fn key(hold: &str, attempt: u32) -> String {
    format!("{hold}/{attempt}")
}

fn lock_key(event: &str, seat: &str) -> String {
    format!("lock/{}/{event}/{seat}", event.len())
}

impl BoxOffice {
    /// True if a hold is neither over nor booked.
    fn lives(&self, record: &HoldRecord) -> bool {
        matches!(record.phase, Phase::Open { .. } | Phase::Paying { .. }) && !self.is_past(record.until)
    }

    /// True if that time is past, whatever the clocks say.
    fn is_past(&self, time: Time) -> bool {
        self.env.clock().now() >= time + self.config.clock_error
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

    /// The free seats of an event, section by section.
    async fn look_for_free_seats(&self, event: &Event) -> Result<Vec<String>, TableError> {
        let mut taken = BTreeSet::new();
        // Holds first: a seat that is sold in between is seen as held or as sold.
        for number in 0..section_count(event) {
            let section = section(&event.id, number);
            let holds = commit::read(&self.env, || self.holds.query(&section).all()).await?;
            let alive = holds.into_iter().filter(|hold| self.lives(&hold.value));
            taken.extend(alive.flat_map(|hold| hold.value.seats));
        }
        for number in 0..section_count(event) {
            let section = section(&event.id, number);
            let sold = commit::read(&self.env, || self.sold.query(&section).all()).await?;
            taken.extend(sold.into_iter().map(|item| item.key.sort));
        }
        Ok(event.seats.iter().filter(|seat| !taken.contains(*seat)).cloned().collect())
    }

    async fn record(&self, hold: &str) -> Result<Option<HoldRecord>, TableError> {
        Ok(commit::read(&self.env, || self.holds.get(place(hold))).await?.map(|item| item.value))
    }

    async fn own(&self, caller: &Caller, hold: &str) -> Result<Option<HoldRecord>, TableError> {
        Ok(self.record(hold).await?.filter(|record| record.holder == caller.principal))
    }

    fn reserved_before(&self, id: &str, there: &HoldRecord, request: &Reserve) -> Result<Hold, ReserveError> {
        if there.seats != request.seats {
            return Err(ReserveError::RequestReused);
        }
        if there.phase == Phase::Booked || self.lives(there) {
            Ok(there.hold(id))
        } else {
            Err(ReserveError::Ended)
        }
    }

    /// Takes the lock of a seat, from a hold that has ended if need be.
    async fn take(&self, id: &str, record: &HoldRecord, seat: &str) -> Result<Locked, ReserveError> {
        let lock = Lock { hold: id.to_owned(), until: record.until };
        let lock_key = lock_key(&record.event, seat);
        // Longer than the hold: as long as a booking may still be on its way, whoever comes next must see whose it was.
        let ttl = self.config.hold_for + 2 * self.config.grace;
        for _ in 0..ROUNDS {
            let set = self.recall(|| self.cache.set(&lock_key, &lock).only_if_absent().ttl(ttl)).await?;
            if let Some(version) = set {
                return Ok(Locked::Ours(version));
            }
            let Some(there) = self.recall(|| self.cache.get::<Lock>(&lock_key)).await? else { continue };
            if there.value.hold != id && !self.is_over(&there.value).await? {
                return Ok(Locked::Taken);
            }
            let taken =
                self.recall(|| self.cache.compare_and_set(&lock_key, there.version, &lock).ttl(ttl)).await?;
            if let Some(version) = taken {
                return Ok(Locked::Ours(version));
            }
        }
        Err(ReserveError::Failed(Failure::Unknown))
    }

    /// True if the hold behind a lock has ended and can never be booked. Writes that down first.
    async fn is_over(&self, lock: &Lock) -> Result<bool, ReserveError> {
        match self.record(&lock.hold).await? {
            // Being made, or left behind by a node that crashed.
            None => Ok(self.is_past(lock.until)),
            Some(record) if record.phase == Phase::Ended => Ok(true),
            Some(record) if record.phase == Phase::Booked || self.lives(&record) => Ok(false),
            Some(record) => {
                match commit::commit(&self.env, || self.step(&lock.hold, &record, Phase::Ended)).await {
                    Ok(Commit::Done) => Ok(true),
                    Ok(Commit::Conflict { .. }) => Ok(false),
                    Err(failure) => Err(ReserveError::Failed(failure)),
                }
            }
        }
    }

    /// Releases locks, each only as it was taken, and answers with `why`; or that nobody knows, if one may have stayed.
    async fn give_back(
        &self,
        event: &str,
        locked: Vec<(&String, u64)>,
        why: ReserveError,
    ) -> Result<Hold, ReserveError> {
        for (seat, version) in locked {
            let key = lock_key(event, seat);
            self.recall(|| self.cache.compare_and_delete(&key, version)).await?;
        }
        Err(why)
    }

    fn step(&self, id: &str, read: &HoldRecord, next: Phase) -> Transaction {
        let moved = HoldRecord { phase: next, ..read.clone() };
        self.env.transaction().put(&self.holds, place(id), &moved, Condition::field("phase", read.phase))
    }

    /// Writes down that a hold has ended, unless it has moved on.
    async fn end(&self, id: &str, record: &HoldRecord) -> Result<(), ConfirmError> {
        let ended = commit::commit(&self.env, || self.step(id, record, Phase::Ended)).await;
        ended.map(|_| ()).map_err(ConfirmError::Failed)
    }

    async fn pay(&self, id: &str, record: &HoldRecord, attempt: u32) -> Result<(), ConfirmError> {
        let charge = Charge {
            key: key(id, attempt),
            account: record.holder.clone(),
            amount_cents: record.price_cents,
        };
        for round in 0..TRIES {
            self.env.clock().sleep(PAUSE * round).await;
            match self.env.payments().charge(charge.clone()).await {
                Ok(_) => return Ok(()),
                Err(GatewayError::Declined(PaymentError::Declined)) => {
                    let reopen = || {
                        let open = self.step(id, record, Phase::Open { declined: attempt });
                        open.delete(&self.unsettled, id, Condition::Any)
                    };
                    // Should that fail, the same key brings the next call here again.
                    let _ = commit::commit(&self.env, reopen).await;
                    return Err(ConfirmError::Declined);
                }
                Err(GatewayError::Declined(_)) => return Err(ConfirmError::Ended),
                Err(GatewayError::Trouble(_)) => {}
            }
        }
        Err(ConfirmError::Failed(Failure::Unknown))
    }

    /// Pays back if the hold has ended.
    async fn settle(&self, id: &str, payment: &Unsettled) -> Result<(), ConfirmError> {
        let Some(record) = self.record(id).await? else { return Ok(()) };
        match record.phase {
            Phase::Paying { .. } if !self.lives(&record) => self.end(id, &record).await?,
            Phase::Ended => {
                if self.env.payments().refund(payment.key.clone()).await.is_ok() {
                    self.unsettled.delete(id).when(Condition::field("key", &payment.key)).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks the cache, again only if it certainly did not do it: a lock that may have been taken and not noticed is for the
    /// whole call to be unsure about.
    async fn recall<T, F>(&self, ask: impl Fn() -> F) -> Result<T, CacheError>
    where
        F: IntoFuture<Output = Result<T, CacheError>>,
    {
        let mut round = 0;
        loop {
            round += 1;
            match ask().await {
                Err(CacheError::Trouble(trouble)) if trouble.is_definite() && round < TRIES => {
                    self.env.clock().sleep(PAUSE * round).await;
                }
                answer => return answer,
            }
        }
    }
}
