//! How a load went, and what a requirement may demand of it.

use super::latencies::Latencies;
use super::{Visit, VisitId};
use crate::world::World;
use kata_check::measured::{self, Bill, Quantile, Slice};
use kata_check::{Complaint, Measured, Outcome};
use kata_ports::Time;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Into how many slices plots divide a load.
const SLICES: u64 = 40;
/// The quantiles of plots, of 100,000.
pub(super) const QUANTILES: [u32; 16] = [
    1_000, 10_000, 25_000, 50_000, 75_000, 90_000, 95_000, 97_500, 99_000, 99_500, 99_900, 99_950, 99_990,
    99_995, 99_999, 100_000,
];

/// Busier than that, queues are what makes a place slow: at 70 % the wait is more than the work.
const NEAR_LIMIT_PER_MILLE: u64 = 700;

/// How a load went.
#[derive(Clone)]
pub struct Served {
    pub(super) world: Rc<RefCell<World>>,
    pub(super) load: measured::Load,
    /// A visit that took as long as 99 of 100, or the first that failed if more than one of 100 did.
    pub(super) typical: Option<VisitId>,
    pub(super) measured: Measured,
}

/// The visits of a load so far.
pub(super) struct Tally {
    name: String,
    from: Time,
    lasting: Duration,
    slice: Duration,
    all: Latencies,
    slices: Vec<(Latencies, u64)>,
    /// Every visit, and how long it took.
    visits: Vec<(Option<Duration>, VisitId)>,
}

impl Tally {
    pub(super) fn new(name: &str, from: Time, lasting: Duration) -> Tally {
        let slice = Duration::from_millis((lasting.as_millis() as u64).div_ceil(SLICES).max(1));
        Tally {
            name: name.to_owned(),
            from,
            lasting,
            slice,
            all: Latencies::new(),
            slices: Vec::new(),
            visits: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, visit: Visit) -> Outcome {
        let Visit { id, at, ended, served } = visit;
        let served = served?;
        if at >= self.from {
            let latency = served.then(|| ended.since(at));
            self.all.add(latency);
            self.visits.push((latency, id));
            self.slice(at).0.add(latency);
        }
        if served && ended >= self.from {
            self.slice(ended).1 += 1;
        }
        Ok(())
    }

    fn slice(&mut self, at: Time) -> &mut (Latencies, u64) {
        let index = (at.since(self.from).as_micros() / self.slice.as_micros()) as usize;
        while self.slices.len() <= index {
            self.slices.push((Latencies::new(), 0));
        }
        &mut self.slices[index]
    }

    /// The load, and its typical visit.
    pub(super) fn done(mut self) -> (measured::Load, Option<VisitId>) {
        let typical = self.typical();
        let quantile = |of_100_000| Quantile { of_100_000, us: self.all.quantile(of_100_000) };
        let slices = self.slices.iter().map(|(latencies, served)| Slice {
            offered: latencies.count(),
            failed: latencies.failed(),
            served: *served,
            p50_us: latencies.quantile(50_000),
            p99_us: latencies.quantile(99_000),
        });
        let load = measured::Load {
            name: self.name.clone(),
            millis: self.lasting.as_millis() as u64,
            offered: self.all.count(),
            failed: self.all.failed(),
            latency: self.all.summary(),
            quantiles: QUANTILES.into_iter().map(quantile).collect(),
            slices: slices.collect(),
            slice_millis: self.slice.as_millis() as u64,
        };
        (load, typical)
    }

    fn typical(&mut self) -> Option<VisitId> {
        // Those that never ended come last.
        self.visits.sort_unstable_by_key(|&(latency, id)| (latency.is_none(), latency, id));
        let rank = (self.visits.len() * 99).div_ceil(100).checked_sub(1)?;
        let (latency, id) = self.visits.get(rank)?;
        match latency {
            Some(_) => Some(*id),
            None => self.visits.iter().find(|(latency, _)| latency.is_none()).map(|&(_, id)| id),
        }
    }
}

impl Served {
    /// How many visits there were.
    pub fn offered(&self) -> u64 {
        self.load.offered
    }

    /// How many of them were served.
    pub fn served(&self) -> u64 {
        self.load.offered - self.load.failed
    }

    /// What the whole datacentre measured when this load ended.
    pub fn measured(&self) -> &Measured {
        &self.measured
    }

    /// Demands that 99 of 100 visits were served within `limit`. One that failed counts as one that never ended. `source`
    /// says in a few words where the figure is from.
    pub fn p99_within(&self, limit: Duration, source: &str) -> Outcome {
        let limit_us = limit.as_micros() as u64;
        if self.load.latency.p99_us.is_some_and(|p99_us| p99_us <= limit_us) {
            return Ok(());
        }
        self.world.borrow_mut().tell(self.typical);
        let name = &self.load.name;
        let what = if self.load.failed * 100 > self.load.offered { "too many fail" } else { "too slow" };
        Err(Complaint::new(
            format!("{name} under load: {what}"),
            format!("99 of 100 {name} within {} ({source})", shown(Some(limit_us))),
            format!("{}; {}", self.in_words(), bottleneck(&self.measured)),
        ))
    }

    /// Demands that a million requests cost at most `dollars` at list prices: everything that is rented, and everything that was
    /// done up to the end of the run's last load. `source` says in a few words where the figure is from.
    pub fn million_costs_at_most(&self, dollars: f64, source: &str) -> Outcome {
        let measured = self.world.borrow().scale.as_ref().and_then(|scale| scale.measured.clone());
        let Bill { lines, per_million, per_month, .. } = measured.unwrap_or_default().bill;
        if per_million <= dollars {
            return Ok(());
        }
        self.world.borrow_mut().tell(self.typical);
        let name = &self.load.name;
        let dearest = lines.iter().take(3).map(|line| {
            let share = line.per_month / per_month;
            format!("{} ${:.2}", line.what, share * per_million)
        });
        Err(Complaint::new(
            format!("{name} cost too much"),
            format!("a million {name} for at most ${dollars:.2} ({source})"),
            format!("${per_million:.2}; dearest: {}", dearest.collect::<Vec<_>>().join(", ")),
        ))
    }

    /// Demands that no partition refused more than 1 of 100 requests for want of capacity, up to the end of the run's last load.
    pub fn within_limits(&self) -> Outcome {
        let measured = self.world.borrow().scale.as_ref().and_then(|scale| scale.measured.clone());
        let places = measured.unwrap_or_default().places;
        let over = places.iter().filter(|place| place.refused * 100 > place.served + place.refused);
        let Some(worst) = over.max_by_key(|place| place.refused) else { return Ok(()) };
        self.world.borrow_mut().tell(self.typical);
        Err(Complaint::new(
            format!("{} is asked for more than it can do", place_name(worst)),
            "no partition that refuses more than 1 of 100 requests",
            at_work(worst),
        ))
    }

    /// A complaint about what came of the load, with what stood in the way, and told by the story of one visit.
    #[must_use]
    pub fn explain(&self, complaint: Complaint) -> Complaint {
        self.world.borrow_mut().tell(self.typical);
        let observed = format!("{}; {}", complaint.observed, bottleneck(&self.measured));
        Complaint { observed, ..complaint }
    }

    /// The load in a few words: `p99 312 ms, median 8 ms, 3 of 1,000 failed`.
    fn in_words(&self) -> String {
        let latency = &self.load.latency;
        let failed = per_mille(self.load.failed, self.load.offered);
        format!("p99 {}, median {}, {failed} failed", shown(latency.p99_us), shown(latency.p50_us))
    }
}

/// What stood in the way, in a few words: the place that was busiest or refused most.
fn bottleneck(measured: &Measured) -> String {
    let Some(busiest) = measured.places.first() else { return "no service was asked".to_owned() };
    if busiest.busy_per_mille < NEAR_LIMIT_PER_MILLE && busiest.refused == 0 {
        return format!(
            "nothing is near its limit (busiest: the {} of {}, {} % of the time), so the time goes by between one request \
             and the next",
            busiest.what,
            place_name(busiest),
            busiest.busy_per_mille / 10
        );
    }
    format!("busiest is {}: {}", place_name(busiest), at_work(busiest))
}

/// `table ads/ad-0`.
fn place_name(place: &measured::Place) -> String {
    if place.part.is_empty() { place.store.clone() } else { format!("{}/{}", place.store, place.part) }
}

/// `its writes (1000 a second is all it can) took 100 % of the time and refused 312 of 1,000`.
fn at_work(place: &measured::Place) -> String {
    let measured::Place { what, served, refused, busy_per_mille, per_second, .. } = place;
    let in_bursts = if *busy_per_mille < NEAR_LIMIT_PER_MILLE { ", which came all at once" } else { "" };
    let refused = match refused {
        0 => String::new(),
        refused => format!(" and refused {}{in_bursts}", per_mille(*refused, served + refused)),
    };
    let limit = per_second.map(|limit| format!(" ({limit} a second is all it can)")).unwrap_or_default();
    format!("its {what}{limit} took {} % of the time{refused}", busy_per_mille / 10)
}

/// A share as people say it.
fn per_mille(part: u64, whole: u64) -> String {
    match (part, whole) {
        (0, _) => "none".to_owned(),
        (part, whole) => match part * 1_000 / whole.max(1) {
            0 => format!("{part} of {whole}"),
            share => format!("{share} of 1,000"),
        },
    }
}

/// A latency as people say it.
fn shown(us: Option<u64>) -> String {
    match us {
        None => "never".to_owned(),
        Some(us) if us < 10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        Some(us) => format!("{} ms", us / 1_000),
    }
}
