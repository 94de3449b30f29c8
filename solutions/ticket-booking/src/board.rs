//! The board that shows which seats are free. Everybody looks at it all the time, so a node draws it from memory and looks at the
//! table now and then.

use super::records::sections_of;
use super::{BoxOffice, commit};
use kata::{TableError, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use ticket_booking::Event;

/// The boards of all events that anybody looked at.
#[derive(Default)]
pub(super) struct Boards(Mutex<BTreeMap<String, Arc<Board>>>);

/// One event's.
#[derive(Default)]
struct Board {
    /// Whoever has it looks at the table; the others need not.
    drawing: tokio::sync::Mutex<()>,
    shown: Mutex<Option<Shown>>,
}

struct Shown {
    /// All of it was true at this time or later.
    as_of: Time,
    free: Arc<Vec<String>>,
}

impl Boards {
    fn of(&self, event: &str) -> Arc<Board> {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(boards.entry(event.to_owned()).or_default())
    }
}

impl BoxOffice {
    /// The free seats of an event, as they were a short while ago.
    pub(super) async fn free_seats(&self, event: &Event) -> Result<Arc<Vec<String>>, TableError> {
        let lag = self.config.availability_lag;
        let now = || self.env.clock().now();
        let board = self.boards.of(&event.id);
        if let Some(free) = board.since(now() - lag / 2) {
            return Ok(free);
        }
        let drawing = match board.drawing.try_lock() {
            Ok(drawing) => drawing,
            // Somebody is at it. What is not too old will do until then.
            Err(_) => match board.since(now() - lag) {
                Some(free) => return Ok(free),
                None => board.drawing.lock().await,
            },
        };
        if let Some(free) = board.since(now() - lag / 2) {
            return Ok(free);
        }
        let as_of = now();
        let mut taken = BTreeSet::new();
        for section in sections_of(event) {
            let seats = commit::read(&self.env, || self.seats.query(&section).all()).await?;
            taken.extend(seats.into_iter().map(|seat| seat.key.sort));
        }
        let free = Arc::new(event.seats.iter().filter(|seat| !taken.contains(*seat)).cloned().collect());
        board.show(Shown { as_of, free: Arc::clone(&free) });
        drop(drawing);
        Ok(free)
    }
}

impl Board {
    /// What it shows, if that was true at that time or later.
    fn since(&self, time: Time) -> Option<Arc<Vec<String>>> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().filter(|shown| shown.as_of >= time).map(|shown| Arc::clone(&shown.free))
    }

    fn show(&self, shown: Shown) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
    }
}
