//! How a load went, and what a requirement may demand of it.

use super::Visit;
use super::latencies::Latencies;
use kata_check::measured::{self, Quantile, Slice};
use kata_check::{Complaint, Measured, Outcome};
use kata_ports::Time;
use std::time::Duration;

/// Into how many slices plots divide a load.
const SLICES: u64 = 40;
/// The quantiles of plots, of 100,000.
pub(super) const QUANTILES: [u32; 16] = [
    1_000, 10_000, 25_000, 50_000, 75_000, 90_000, 95_000, 97_500, 99_000, 99_500, 99_900, 99_950, 99_990,
    99_995, 99_999, 100_000,
];

/// How a load went.
#[derive(Clone, Debug)]
pub struct Served {
    pub(super) load: measured::Load,
    pub(super) measured: Measured,
}

/// The visits of a load so far.
pub(super) struct Tally {
    name: String,
    from: Time,
    slice: Duration,
    all: Latencies,
    slices: Vec<(Latencies, u64)>,
}

impl Tally {
    pub(super) fn new(name: &str, from: Time, lasting: Duration) -> Tally {
        let slice = Duration::from_millis((lasting.as_millis() as u64).div_ceil(SLICES).max(1));
        Tally { name: name.to_owned(), from, slice, all: Latencies::new(), slices: Vec::new() }
    }

    pub(super) fn add(&mut self, visit: Visit) -> Outcome {
        let Visit { at, ended, served } = visit;
        let served = served?;
        if at >= self.from {
            let latency = served.then(|| ended.since(at));
            self.all.add(latency);
            self.slice(at).0.add(latency);
            if served {
                self.slice(ended).1 += 1;
            }
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

    pub(super) fn done(self) -> measured::Load {
        let quantile = |of_100_000| Quantile { of_100_000, us: self.all.quantile(of_100_000) };
        let slices = self.slices.iter().map(|(latencies, served)| Slice {
            offered: latencies.count(),
            failed: latencies.failed(),
            served: *served,
            p50_us: latencies.quantile(50_000),
            p99_us: latencies.quantile(99_000),
        });
        measured::Load {
            name: self.name.clone(),
            offered: self.all.count(),
            failed: self.all.failed(),
            latency: self.all.summary(),
            quantiles: QUANTILES.into_iter().map(quantile).collect(),
            slices: slices.collect(),
            slice_millis: self.slice.as_millis() as u64,
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
        let name = &self.load.name;
        let what = if self.load.failed * 100 > self.load.offered { "too many fail" } else { "too slow" };
        Err(Complaint::new(
            format!("{name} under load: {what}"),
            format!("99 of 100 {name} within {} ({source})", shown(Some(limit_us))),
            format!("{}; {}", self.in_words(), bottleneck(&self.measured)),
        ))
    }

    /// The load in a few words: `p99 312 ms, median 8 ms, 3 of 1,000 failed`.
    fn in_words(&self) -> String {
        let latency = &self.load.latency;
        let failed = per_mille(self.load.failed, self.load.offered);
        format!("p99 {}, median {}, {failed} failed", shown(latency.p99_us), shown(latency.p50_us))
    }
}

/// What stands in the way, in a few words: the place that is busiest or refuses most.
pub(crate) fn bottleneck(measured: &Measured) -> String {
    let Some(busiest) = measured.places.first() else { return "no service was asked".to_owned() };
    let measured::Place { store, part, what, served, refused, busy_per_mille, per_second } = busiest;
    let place = if part.is_empty() { store.clone() } else { format!("{store}/{part}") };
    let refused = match refused {
        0 => String::new(),
        refused => format!(" and refused {}", per_mille(*refused, served + refused)),
    };
    let limit = per_second.map(|limit| format!(" ({limit} a second is all it can)")).unwrap_or_default();
    format!("busiest is {place}: its {what}{limit} took {} % of the time{refused}", busy_per_mille / 10)
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
