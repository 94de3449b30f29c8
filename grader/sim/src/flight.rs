//! Everything in flight, each with the window of time in which it may come to pass.
//!
//! Only what can begin before the earliest end of all windows may come next: choosing anything later would let that window
//! pass. Within this, *timed* runs follow drawn latencies, and in explored runs a [`Strategy`] chooses.

use crate::draw::Draw;
use crate::strategy::{Ready, Strategy};
use kata_ports::Time;
use std::collections::{BTreeMap, BTreeSet};
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

    /// On its way from `now` on, and there after `after`.
    pub(crate) fn after(now: Time, after: Duration) -> Window {
        Window::exactly(now + after.max(TRANSIT_MIN))
    }

    /// When it does in a timed run.
    pub(crate) fn drawn(self) -> Time {
        self.drawn
    }

    /// The same, that much later.
    pub(crate) fn delayed(self, by: Duration) -> Window {
        Window { earliest: self.earliest + by, latest: self.latest + by, drawn: self.drawn + by }
    }
}

/// Something in flight.
struct Flying<E> {
    chain: u64,
    window: Window,
    event: E,
}

/// How what comes next is decided.
pub(crate) enum Pace {
    /// By drawn latencies.
    Timed,
    /// By choice; everything takes as little time as it can.
    Explored(Box<dyn Strategy>),
}

/// Everything in flight.
pub(crate) struct Flight<E> {
    /// In the order it took off.
    flying: BTreeMap<u64, Flying<E>>,
    /// In the order it comes, in timed runs.
    timed: BTreeSet<(Time, u64)>,
    pace: Pace,
    next_id: u64,
    next_chain: u64,
    /// The chain of what came last, until something continues it.
    current: Option<u64>,
    /// The positions chosen, where they are not 0.
    chosen: BTreeMap<u64, u32>,
    choices: u64,
}

impl<E> Flight<E> {
    pub(crate) fn new(pace: Pace) -> Flight<E> {
        let (next_id, next_chain, choices) = (0, 0, 0);
        Flight {
            flying: BTreeMap::new(),
            timed: BTreeSet::new(),
            pace,
            next_id,
            next_chain,
            current: None,
            chosen: BTreeMap::new(),
            choices,
        }
    }

    /// Adds something; the id takes it out again. The first thing that follows from what came last continues its causal
    /// chain, the others begin chains of their own.
    pub(crate) fn add(&mut self, window: Window, event: E) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let chain = self.current.take().unwrap_or_else(|| {
            self.next_chain += 1;
            self.next_chain
        });
        if matches!(self.pace, Pace::Timed) {
            self.timed.insert((window.drawn, id));
        }
        self.flying.insert(id, Flying { chain, window, event });
        id
    }

    /// Takes something out before it comes to pass.
    pub(crate) fn cancel(&mut self, id: u64) {
        self.take(id);
    }

    /// Takes out everything for which `gone` is true.
    pub(crate) fn cancel_all(&mut self, gone: impl Fn(&E) -> bool) {
        let timed = &mut self.timed;
        self.flying.retain(|id, flying| {
            let gone = gone(&flying.event);
            if gone {
                timed.remove(&(flying.window.drawn, *id));
            }
            !gone
        });
    }

    /// How many there are for which `counts` is true.
    pub(crate) fn count(&self, counts: impl Fn(&E) -> bool) -> usize {
        self.flying.values().filter(|flying| counts(&flying.event)).count()
    }

    /// When the next thing comes, in a timed run.
    pub(crate) fn due(&self) -> Option<Time> {
        self.timed.first().map(|(at, _)| *at)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.flying.len()
    }

    fn take(&mut self, id: u64) -> Option<Flying<E>> {
        let taken = self.flying.remove(&id)?;
        self.timed.remove(&(taken.window.drawn, id));
        Some(taken)
    }

    /// Takes out what comes to pass next, and when that is.
    pub(crate) fn next(&mut self, now: Time) -> Option<(Time, E)> {
        let (id, timed) = match &mut self.pace {
            Pace::Timed => (self.timed.first()?.1, true),
            Pace::Explored(strategy) => {
                let horizon = self.flying.values().map(|flying| flying.window.latest).min()?;
                let possible = self.flying.iter().filter(|(_, flying)| flying.window.earliest <= horizon);
                let mut possible: Vec<(Time, u64, u64)> =
                    possible.map(|(&id, flying)| (flying.window.drawn, id, flying.chain)).collect();
                possible.sort_unstable();
                let ready: Vec<Ready> = possible.iter().map(|&(_, _, chain)| Ready { chain }).collect();
                self.choices += 1;
                let position = strategy.choose(self.choices, &ready);
                if position > 0 {
                    self.chosen.insert(self.choices, u32::try_from(position).unwrap_or(u32::MAX));
                }
                (possible[position].1, false)
            }
        };
        let Flying { window, event, chain } = self.take(id)?;
        self.current = Some(chain);
        let at = if timed { window.drawn } else { window.earliest };
        Some((at.max(now), event))
    }

    /// The positions chosen so far, where they are not 0.
    pub(crate) fn chosen(&self) -> &BTreeMap<u64, u32> {
        &self.chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Order, Plan};
    use crate::strategy::strategy;

    fn pace(order: Order, seed: u64) -> Pace {
        match order {
            Order::Timed => Pace::Timed,
            order => Pace::Explored(strategy(&Plan { order, ..Plan::plain(seed) }, Draw::new(seed))),
        }
    }

    fn order(order: Order, seed: u64) -> Vec<&'static str> {
        let draw = Draw::new(seed);
        let mut flight = Flight::new(pace(order, seed));
        let start = Time::from_secs(1);
        flight.add(Window::exactly(start + Duration::from_millis(5)), "timer");
        flight.add(Window::transit(start, draw, "way", 1), "a");
        flight.add(Window::transit(start, draw, "way", 2), "b");
        flight.add(Window::exactly(start + Duration::from_secs(9)), "late");
        std::iter::from_fn(|| flight.next(start).map(|(_, event)| event)).collect()
    }

    #[test]
    fn a_timer_never_waits_behind_one_that_is_later() {
        for seed in 0..200 {
            let events = order(Order::Walk, seed);
            assert_eq!(events.last(), Some(&"late"), "{events:?}");
        }
    }

    #[test]
    fn exploration_finds_every_order_that_windows_allow() {
        let orders: std::collections::BTreeSet<_> = (0..200).map(|seed| order(Order::Walk, seed)).collect();
        assert_eq!(orders.len(), 6, "{orders:?}");
    }

    #[test]
    fn one_seed_one_order() {
        for order_kind in [Order::Timed, Order::Walk, Order::Pct] {
            assert_eq!(order(order_kind, 3), order(order_kind, 3));
        }
    }

    #[test]
    fn cancelled_never_comes() {
        let mut flight = Flight::new(Pace::Timed);
        let id = flight.add(Window::exactly(Time::from_secs(1)), 1);
        flight.add(Window::exactly(Time::from_secs(2)), 2);
        flight.cancel(id);
        flight.cancel(id);
        assert_eq!(flight.next(Time::EPOCH), Some((Time::from_secs(2), 2)));
    }
}
