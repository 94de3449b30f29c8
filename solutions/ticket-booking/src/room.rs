//! The waiting room: every caller is told, once, when they are admitted.

use super::commit::{self, Commit, ROUNDS};
use kata::{Caller, Condition, Failure, Table, TableError, Time};
use std::time::Duration;
use ticket_booking::{Env, JoinError, Place, WaitingRoom};

/// The waiting rooms of all events.
pub(super) struct Room {
    env: Env,
    /// The time between two admissions; nothing if the doors are open.
    interval: Option<Duration>,
    /// By event: when the last of those in the queue is admitted.
    queues: Table<Time>,
    /// By event and account: when they are admitted.
    places: Table<Time>,
}

impl Room {
    pub(super) fn new(env: &Env, room: Option<WaitingRoom>) -> Room {
        Room {
            env: env.clone(),
            interval: room.map(|room| room.every / room.admit.max(1)),
            queues: env.table("queues"),
            places: env.table("places"),
        }
    }

    /// True if the caller may reserve seats of the event.
    pub(super) async fn admits(&self, caller: &Caller, event: &str) -> Result<bool, TableError> {
        if self.interval.is_none() {
            return Ok(true);
        }
        let place = commit::read(&self.env, || self.places.get((event, &caller.principal))).await?;
        Ok(place.is_some_and(|place| self.at(place.value) == Place::Admitted))
    }

    /// Gives the caller the place behind everybody else's, unless they have one.
    pub(super) async fn join(&self, caller: &Caller, event: &str) -> Result<Place, JoinError> {
        let Some(interval) = self.interval else { return Ok(Place::Admitted) };
        let key = (event, caller.principal.as_str());
        for _ in 0..ROUNDS {
            if let Some(place) = commit::read(&self.env, || self.places.get(key)).await? {
                return Ok(self.at(place.value));
            }
            let last = commit::read(&self.env, || self.queues.get(event)).await?;
            let now = self.env.clock().now();
            let admitted = last.as_ref().map_or(now, |last| now.max(last.value + interval));
            let behind = last.map_or(Condition::Absent, |last| Condition::Version(last.version));
            let queue_up = || {
                let place = self.env.transaction().put(&self.places, key, &admitted, Condition::Absent);
                place.put(&self.queues, event, &admitted, behind.clone())
            };
            match commit::commit(&self.env, queue_up).await.map_err(JoinError::Failed)? {
                Commit::Done => return Ok(self.at(admitted)),
                // Somebody was faster; their place is taken, so the queue moves on whoever loses.
                Commit::Conflict { .. } => {}
            }
        }
        Err(JoinError::Failed(Failure::Unknown))
    }

    fn at(&self, admitted: Time) -> Place {
        if self.env.clock().now() >= admitted { Place::Admitted } else { Place::Waiting }
    }
}
