//! Everything in flight, each with the window of time in which it may come to pass.
//!
//! Only what can begin before the earliest end of all windows may come next: choosing anything later would let that window
//! pass. Within this, *timed* runs follow drawn latencies and *explored* runs choose freely.

use crate::draw::Draw;
use crate::plan::Order;
use kata_ports::Time;
use std::time::Duration;

/// The least time anything takes on its way.
const TRANSIT_MIN: Duration = Duration::from_micros(1);
/// The most time anything takes on its way unless a rule delays it; also the slack that contracts must leave
/// around exact moments.
pub(crate) const TRANSIT_MAX: Duration = Duration::from_millis(20);
/// In timed runs, one way in 20 is slow: anything up to `TRANSIT_MAX`. The others take 0.1 to 0.9 ms, as within a
/// datacentre.
const SLOW_ONE_IN: u64 = 20;

/// When something in flight may come to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    earliest: Time,
    latest: Time,
    /// When it does in a timed run.
    drawn: Time,
}

impl Window {
    /// At that very moment.
    pub(crate) fn exactly(at: Time) -> Window {
        Window { earliest: at, latest: at, drawn: at }
    }

    /// On its way from `now` on; `purpose` and `key` draw how long it takes in a timed run.
    pub(crate) fn transit(now: Time, draw: Draw, purpose: &str, key: u64) -> Window {
        let slow = draw.below(SLOW_ONE_IN, purpose, key, 1) == 0;
        let (low_us, high_us) = if slow { (1_000, 20_000) } else { (100, 900) };
        let micros = low_us + draw.below(high_us - low_us, purpose, key, 2);
        Window {
            earliest: now + TRANSIT_MIN,
            latest: now + TRANSIT_MAX,
            drawn: now + Duration::from_micros(micros),
        }
    }

    /// The same, that much later.
    pub(crate) fn delayed(self, by: Duration) -> Window {
        Window { earliest: self.earliest + by, latest: self.latest + by, drawn: self.drawn + by }
    }
}

/// Something in flight.
struct Flying<E> {
    id: u64,
    window: Window,
    event: E,
}

/// Everything in flight, in the order it took off.
pub(crate) struct Flight<E> {
    flying: Vec<Flying<E>>,
    next_id: u64,
    choices: u64,
}

impl<E> Flight<E> {
    pub(crate) fn new() -> Flight<E> {
        Flight { flying: Vec::new(), next_id: 0, choices: 0 }
    }

    /// Adds something; the id takes it out again.
    pub(crate) fn add(&mut self, window: Window, event: E) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.flying.push(Flying { id, window, event });
        id
    }

    /// Takes something out before it comes to pass.
    pub(crate) fn cancel(&mut self, id: u64) {
        if let Ok(index) = self.flying.binary_search_by_key(&id, |flying| flying.id) {
            self.flying.remove(index);
        }
    }

    /// Takes out everything for which `gone` is true.
    pub(crate) fn cancel_all(&mut self, gone: impl Fn(&E) -> bool) {
        self.flying.retain(|flying| !gone(&flying.event));
    }

    /// How many there are for which `counts` is true.
    pub(crate) fn count(&self, counts: impl Fn(&E) -> bool) -> usize {
        self.flying.iter().filter(|flying| counts(&flying.event)).count()
    }

    /// True if `holds` is true of everything in flight.
    pub(crate) fn all(&self, holds: impl Fn(&E) -> bool) -> bool {
        self.flying.iter().all(|flying| holds(&flying.event))
    }

    /// Takes out what comes to pass next, and when that is.
    pub(crate) fn next(&mut self, now: Time, order: Order, draw: Draw) -> Option<(Time, E)> {
        let index = match order {
            Order::Timed => {
                let drawn = |&index: &usize| (self.flying[index].window.drawn, index);
                (0..self.flying.len()).min_by_key(drawn)?
            }
            Order::Explored => {
                let horizon = self.flying.iter().map(|flying| flying.window.latest).min()?;
                let possible = |flying: &Flying<E>| flying.window.earliest <= horizon;
                let count = self.flying.iter().filter(|flying| possible(flying)).count();
                self.choices += 1;
                let chosen = draw.below(count as u64, "what comes next", self.choices, 0);
                let mut possible = self.flying.iter().enumerate().filter(|(_, flying)| possible(flying));
                possible.nth(usize::try_from(chosen).ok()?)?.0
            }
        };
        let Flying { window, event, .. } = self.flying.remove(index);
        let at = match order {
            Order::Timed => window.drawn,
            Order::Explored => window.earliest,
        };
        Some((at.max(now), event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(order: Order, seed: u64) -> Vec<&'static str> {
        let draw = Draw::new(seed);
        let mut flight = Flight::new();
        let start = Time::from_secs(1);
        flight.add(Window::exactly(start + Duration::from_millis(5)), "timer");
        flight.add(Window::transit(start, draw, "way", 1), "a");
        flight.add(Window::transit(start, draw, "way", 2), "b");
        flight.add(Window::exactly(start + Duration::from_secs(9)), "late");
        std::iter::from_fn(|| flight.next(start, order, draw).map(|(_, event)| event)).collect()
    }

    #[test]
    fn a_timer_never_waits_behind_one_that_is_later() {
        for seed in 0..200 {
            let events = order(Order::Explored, seed);
            assert_eq!(events.last(), Some(&"late"), "{events:?}");
        }
    }

    #[test]
    fn exploration_finds_every_order_that_windows_allow() {
        let orders: std::collections::BTreeSet<_> =
            (0..200).map(|seed| order(Order::Explored, seed)).collect();
        assert_eq!(orders.len(), 6, "{orders:?}");
    }

    #[test]
    fn one_seed_one_order() {
        for order_kind in [Order::Timed, Order::Explored] {
            assert_eq!(order(order_kind, 3), order(order_kind, 3));
        }
    }

    #[test]
    fn cancelled_never_comes() {
        let mut flight = Flight::new();
        let id = flight.add(Window::exactly(Time::from_secs(1)), 1);
        flight.add(Window::exactly(Time::from_secs(2)), 2);
        flight.cancel(id);
        flight.cancel(id);
        let next = flight.next(Time::EPOCH, Order::Timed, Draw::new(0));
        assert_eq!(next, Some((Time::from_secs(2), 2)));
    }
}
