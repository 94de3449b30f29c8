//! The waiting room: every caller is told, once, when they are admitted.
//!
//! The end of an event's queue is one number that every join moves on, and one item of the table takes 1,000 writes a second. So
//! callers who join at the same time stand in a line at their node, and one of them moves the end for the whole line. A place,
//! once given, is an item of its own.

use super::commit;
use kata::{Caller, Condition, Failure, Table, TableError, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ticket_booking::{Env, JoinError, Place, WaitingRoom};
use tokio::sync::oneshot;

/// How long a line gathers before it is served. It keeps each node below 70 writes a second, and nobody notices.
const GATHERING: Duration = Duration::from_millis(10);
/// How often a node looks for the end of a queue that moves under its hands.
const ROUNDS: u32 = 8;

/// The waiting rooms of all events.
pub(super) struct Room {
    env: Env,
    /// The time between two admissions; nothing if the doors are open.
    interval: Option<Duration>,
    /// By event.
    queues: Table<End>,
    /// By event and account, each a partition: when they are admitted.
    places: Table<Time>,
    lines: Mutex<BTreeMap<String, Arc<Line>>>,
}

/// The end of a queue. It never moves back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct End {
    /// When the next who joins is admitted, in microseconds, unless that is past. A number, so that the table can add to it.
    next_us: u64,
}

/// Callers at this node who have no place in an event's queue yet.
#[derive(Default)]
struct Line {
    /// Whoever has it serves the line.
    serving: tokio::sync::Mutex<()>,
    callers: Mutex<Vec<oneshot::Sender<Result<Time, JoinError>>>>,
}

impl Room {
    pub(super) fn new(env: &Env, room: Option<WaitingRoom>) -> Room {
        Room {
            env: env.clone(),
            interval: room.map(|room| room.every / room.admit.max(1)),
            queues: env.table("queues"),
            places: env.table("places"),
            lines: Mutex::default(),
        }
    }

    /// True if the caller may reserve seats of the event.
    pub(super) async fn admits(&self, caller: &Caller, event: &str) -> Result<bool, TableError> {
        if self.interval.is_none() {
            return Ok(true);
        }
        let place = commit::read(&self.env, || self.places.get(place_of(caller, event))).await?;
        Ok(place.is_some_and(|place| self.at(place.value) == Place::Admitted))
    }

    /// Gives the caller the place behind everybody else's, unless they have one.
    pub(super) async fn join(&self, caller: &Caller, event: &str) -> Result<Place, JoinError> {
        let Some(interval) = self.interval else { return Ok(Place::Admitted) };
        let key = place_of(caller, event);
        if let Some(place) = commit::read(&self.env, || self.places.get(&key)).await? {
            return Ok(self.at(place.value));
        }
        let admitted = self.queue_up(event, interval).await?;
        match self.places.put(&key, &admitted).when(Condition::Absent).await {
            Ok(_) => Ok(self.at(admitted)),
            // Another of the caller's joins was faster.
            Err(TableError::ConditionFailed { current: Some(there), .. }) => Ok(self.at(there.decode()?)),
            Err(error) => Err(error.into()),
        }
    }

    /// Stands in line until it has been served. Returns when the caller is to be admitted.
    async fn queue_up(&self, event: &str, interval: Duration) -> Result<Time, JoinError> {
        let line = Arc::clone(lock(&self.lines).entry(event.to_owned()).or_default());
        let (caller, mut told) = oneshot::channel();
        lock(&line.callers).push(caller);
        let serving = line.serving.lock().await;
        // Served with the line of whoever had it before?
        if let Ok(admitted) = told.try_recv() {
            return admitted;
        }
        self.env.clock().sleep(GATHERING).await;
        let callers = std::mem::take(&mut *lock(&line.callers));
        let first = self.move_end(event, interval, callers.len() as u32).await;
        drop(serving);
        for (index, caller) in (0..).zip(callers) {
            // Who does not listen any more has crashed with this node.
            let _ = caller.send(first.clone().map(|first| first + interval * index));
        }
        told.await.unwrap_or(Err(JoinError::Failed(Failure::Unknown)))
    }

    /// Moves a queue's end on by that many places. Returns when the first of them is admitted. Where the answer is lost, the places
    /// may be, too: nobody stands there, and who joins again stands behind.
    async fn move_end(&self, event: &str, interval: Duration, places: u32) -> Result<Time, JoinError> {
        let by = interval * places;
        for _ in 0..ROUNDS {
            let end = commit::read(&self.env, || self.queues.get(event)).await?;
            let now = self.env.clock().now();
            let (next, version) = match &end {
                Some(end) => (Time::from_micros(end.value.next_us), Condition::Version(end.version)),
                None => (now, Condition::Absent),
            };
            if next > now {
                // Others may move it meanwhile. The sum says where it was when it was this line's turn.
                let sum = self.queues.add(event, "next_us", by.as_micros() as i64).await?;
                return Ok(Time::from_micros(sum as u64) - by);
            }
            // Nobody waits any more: the queue begins anew.
            let end = End { next_us: (now + by).as_micros() };
            match self.queues.put(event, &end).when(version).await {
                Ok(_) => return Ok(now),
                Err(TableError::ConditionFailed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(JoinError::Failed(Failure::Refused))
    }

    fn at(&self, admitted: Time) -> Place {
        if self.env.clock().now() >= admitted { Place::Admitted } else { Place::Waiting }
    }
}

/// Where a place is. The length tells where the event ends.
fn place_of(caller: &Caller, event: &str) -> String {
    format!("{}/{event}/{}", event.len(), caller.principal)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
