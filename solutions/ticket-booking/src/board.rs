//! Boards that show which seats are free. Everybody looks at them all the time, so a node shows what it has in memory and looks at
//! the table now and then.

use kata::{TableError, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ticket_booking::Env;

/// The boards of all events that anybody looked at.
pub(super) struct Boards {
    env: Env,
    /// How old what they show may be.
    lag: Duration,
    boards: Mutex<BTreeMap<String, Arc<Board>>>,
}

/// One event's.
#[derive(Default)]
struct Board {
    /// Whoever has it looks at the table. The others need not.
    drawing: tokio::sync::Mutex<()>,
    shown: Mutex<Option<Shown>>,
}

struct Shown {
    /// All of it was true at this time or later.
    as_of: Time,
    free: Arc<Vec<String>>,
}

impl Boards {
    pub(super) fn new(env: &Env, lag: Duration) -> Boards {
        Boards { env: env.clone(), lag, boards: Mutex::default() }
    }

    /// The free seats of an event, as `draw` finds them now or found them a short while ago.
    pub(super) async fn free_seats(
        &self,
        event: &str,
        draw: impl AsyncFnOnce() -> Result<Vec<String>, TableError>,
    ) -> Result<Arc<Vec<String>>, TableError> {
        let now = || self.env.clock().now();
        let board = self.of(event);
        if let Some(free) = board.shown_since(now() - self.lag / 2) {
            return Ok(free);
        }
        let drawing = match board.drawing.try_lock() {
            Ok(drawing) => drawing,
            // Somebody is at it. What is not too old will do meanwhile.
            Err(_) => match board.shown_since(now() - self.lag) {
                Some(free) => return Ok(free),
                None => board.drawing.lock().await,
            },
        };
        if let Some(free) = board.shown_since(now() - self.lag / 2) {
            return Ok(free);
        }
        let as_of = now();
        let free = Arc::new(draw().await?);
        board.show(Shown { as_of, free: Arc::clone(&free) });
        drop(drawing);
        Ok(free)
    }

    fn of(&self, event: &str) -> Arc<Board> {
        let mut boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(boards.entry(event.to_owned()).or_default())
    }
}

impl Board {
    /// What it shows, if that was true at that time or later.
    fn shown_since(&self, time: Time) -> Option<Arc<Vec<String>>> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().filter(|shown| shown.as_of >= time).map(|shown| Arc::clone(&shown.free))
    }

    fn show(&self, shown: Shown) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
    }
}
