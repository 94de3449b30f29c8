//! Locks in the cache keep buyers apart while they hold; a conditional write in the database decides who books.
//!
//! The cache takes the rush: who comes second learns so from one lock, without a write. But a lock may vanish, so it is a hint
//! and never the truth. The truth about a hold is its record, and about a seat that it is sold: an item that is written once,
//! under the condition that it is not there. A lock whose hold has ended counts for nothing and may be taken over, once
//! it is written down that the hold has ended.

use kata::{
    Cache, CacheError, Caller, Condition, Failure, GatewayError, Key, OpenError, Table, TableError, Time,
    Transaction,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use ticket_booking::{
    Availability, AvailabilityError, Booking, CancelError, Charge, Config, ConfirmError, Env, Event, Hold,
    JoinError, OpenEventError, PaymentError, Place, Reserve, ReserveError, TicketBooking, ViewError,
};

/// How often a service is asked, and how often a method starts over because another call got in between.
const TRIES: u32 = 3;
const ROUNDS: u32 = 8;
/// The first pause; later ones are longer.
const PAUSE: Duration = Duration::from_millis(30);

/// A box office.
pub struct BoxOffice {
    env: Env,
    config: Config,
    cache: Cache,
    events: Table<Event>,
    /// By event and hold id.
    holds: Table<HoldRecord>,
    /// By event and seat: the hold that it was sold to.
    sold: Table<String>,
    /// By hold id: payments that were begun and have neither booked nor been paid back.
    unsettled: Table<Unsettled>,
    /// By event: when each account is admitted.
    queues: Table<BTreeMap<String, Time>>,
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

/// What became of a transaction.
enum Commit {
    Done,
    /// The condition of that write failed.
    Conflict(usize),
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
            queues: env.table("queues"),
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
        match self.commit(put).await.map_err(OpenEventError::Failed)? {
            Commit::Done => Ok(()),
            Commit::Conflict(_) if self.event(&event.id).await?.is_some_and(|there| there == event) => Ok(()),
            Commit::Conflict(_) => Err(OpenEventError::Exists),
        }
    }

    async fn view(&self, event: String) -> Result<Event, ViewError> {
        self.event(&event).await?.ok_or(ViewError::NoSuchEvent)
    }

    async fn availability(&self, event: String) -> Result<Availability, AvailabilityError> {
        let event = self.event(&event).await?.ok_or(AvailabilityError::NoSuchEvent)?;
        // Holds first: a seat that is sold in between is seen as held or as sold.
        let holds = self.holds.query(&event.id).all().await?;
        let sold = self.sold.query(&event.id).all().await?;
        let alive = holds.iter().filter(|hold| self.lives(&hold.value));
        let held = alive.flat_map(|hold| &hold.value.seats);
        let taken: BTreeSet<&String> = held.chain(sold.iter().map(|item| &item.key.sort)).collect();
        Ok(Availability { free: event.seats.iter().filter(|seat| !taken.contains(seat)).cloned().collect() })
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
        let id = hold_id(&event.id, caller, request.request_id);
        if let Some(there) = self.record(&id).await? {
            return self.reserved_before(&id, &there, &request);
        }
        if !self.is_admitted(caller, &event.id).await? {
            return Err(ReserveError::NotAdmitted);
        }
        let record = HoldRecord {
            holder: caller.principal.clone(),
            until: self.env.clock().now() + self.config.hold_for,
            price_cents: event.price_cents * request.seats.len() as u64,
            event: request.event.clone(),
            seats: request.seats.clone(),
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
            if self.read(|| self.sold.get(Key::new(&record.event, seat))).await?.is_some() {
                return self.give_back(&record.event, locked, ReserveError::Taken).await;
            }
        }
        let put = || self.env.transaction().put(&self.holds, place(&id), &record, Condition::Absent);
        match self.commit(put).await.map_err(ReserveError::Failed)? {
            Commit::Done => Ok(record.hold(&id)),
            Commit::Conflict(_) => {
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
            if let Commit::Done = self.commit(end).await.map_err(CancelError::Failed)? {
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
                    match self.commit(begin).await.map_err(ConfirmError::Failed)? {
                        Commit::Done => attempt,
                        Commit::Conflict(_) => continue,
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
                    let key = Key::new(&record.event, seat);
                    transaction.put(&self.sold, key, &hold, Condition::Absent)
                })
            };
            match self.commit(book).await.map_err(ConfirmError::Failed)? {
                Commit::Done => return Ok(record.booking(&hold)),
                Commit::Conflict(0) => {}
                // The lock was lost, and somebody else was faster.
                Commit::Conflict(_) => self.end(&hold, &record).await?,
            }
        }
        Err(ConfirmError::Failed(Failure::Unknown))
    }

    async fn join(&self, caller: &Caller, event: String) -> Result<Place, JoinError> {
        self.event(&event).await?.ok_or(JoinError::NoSuchEvent)?;
        let Some(room) = self.config.waiting_room else { return Ok(Place::Admitted) };
        for round in 0..ROUNDS {
            self.env.clock().sleep(PAUSE * round).await;
            let read = self.read(|| self.queues.get(&event)).await?;
            let now = self.env.clock().now();
            let (mut queue, behind) = match read {
                Some(read) => (read.value, Condition::Version(read.version)),
                None => (BTreeMap::new(), Condition::Absent),
            };
            if let Some(admitted) = queue.get(&caller.principal) {
                return Ok(if now >= *admitted { Place::Admitted } else { Place::Waiting });
            }
            let last = queue.values().max().copied();
            let admitted = last.map_or(now, |last| now.max(last + room.every / room.admit.max(1)));
            queue.insert(caller.principal.clone(), admitted);
            // Whatever becomes of it, the next round finds the place or a queue without it.
            let _ = self.queues.put(&event, &queue).when(behind).await;
        }
        Err(JoinError::Failed(Failure::Unknown))
    }
}

/// Names a hold by what makes it one. The length tells where the event ends.
fn hold_id(event: &str, caller: &Caller, request_id: u64) -> String {
    format!("{request_id}.{}.{event}.{}", event.len(), caller.principal)
}

/// Where the hold's record is: by event and id.
fn place(hold: &str) -> Key {
    let parts = || {
        let mut parts = hold.splitn(3, '.');
        let (_, length, rest) = (parts.next()?, parts.next()?, parts.next()?);
        rest.get(..length.parse().ok()?).filter(|event| !event.is_empty())
    };
    Key::new(parts().unwrap_or("no event"), hold)
}

fn key(hold: &str, attempt: u32) -> String {
    format!("{hold}/{attempt}")
}

fn lock_key(event: &str, seat: &str) -> String {
    format!("lock/{event}/{seat}")
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

    async fn event(&self, id: &str) -> Result<Option<Event>, TableError> {
        if id.is_empty() {
            return Ok(None);
        }
        Ok(self.read(|| self.events.get(id)).await?.map(|item| item.value))
    }

    async fn record(&self, hold: &str) -> Result<Option<HoldRecord>, TableError> {
        Ok(self.read(|| self.holds.get(place(hold))).await?.map(|item| item.value))
    }

    async fn own(&self, caller: &Caller, hold: &str) -> Result<Option<HoldRecord>, TableError> {
        Ok(self.record(hold).await?.filter(|record| record.holder == caller.principal))
    }

    async fn is_admitted(&self, caller: &Caller, event: &str) -> Result<bool, TableError> {
        if self.config.waiting_room.is_none() {
            return Ok(true);
        }
        let queue = self.read(|| self.queues.get(event)).await?;
        let admitted = queue.as_ref().and_then(|queue| queue.value.get(&caller.principal));
        Ok(admitted.is_some_and(|admitted| self.env.clock().now() >= *admitted))
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
            Some(record) => match self.commit(|| self.step(&lock.hold, &record, Phase::Ended)).await {
                Ok(Commit::Done) => Ok(true),
                Ok(Commit::Conflict(_)) => Ok(false),
                Err(failure) => Err(ReserveError::Failed(failure)),
            },
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
        let ended = self.commit(|| self.step(id, record, Phase::Ended)).await;
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
                    let _ = self.commit(reopen).await;
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

    /// Commits a transaction whose first write holds only until it happened.
    async fn commit(&self, transaction: impl Fn() -> Transaction) -> Result<Commit, Failure> {
        let mut sure = true;
        for round in 0..TRIES {
            self.env.clock().sleep(PAUSE * round).await;
            match transaction().commit().await {
                Ok(_) => return Ok(Commit::Done),
                Err(TableError::ConditionFailed { write, .. }) => return Ok(Commit::Conflict(write)),
                Err(error) => sure &= error.is_definite(),
            }
        }
        Err(if sure { Failure::Refused } else { Failure::Unknown })
    }

    /// Reads from the table, again if need be.
    async fn read<T, F>(&self, ask: impl Fn() -> F) -> Result<T, TableError>
    where
        F: Future<Output = Result<T, TableError>>,
    {
        for round in 1..TRIES {
            if let Ok(answer) = ask().await {
                return Ok(answer);
            }
            self.env.clock().sleep(PAUSE * round).await;
        }
        ask().await
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
