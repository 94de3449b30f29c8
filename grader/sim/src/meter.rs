//! Counts and times the traffic of a run of level `scale`, and prices it.

use crate::capacity::{Capacity, Demand, What};
use crate::load::Latencies;
use crate::prices::{PRICES, Usage};
use kata_check::Measured;
use kata_check::measured::{self, Arrow, Lookups};
use kata_ports::{Reply, Request, Time, cache};
use std::collections::BTreeMap;
use std::time::Duration;

/// Of each store, so many of its busiest places are kept.
const PLACES_MAX: usize = 12;

/// The traffic of a run since measuring began.
pub(crate) struct Meter {
    since: Time,
    arrows: BTreeMap<(&'static str, String, &'static str), Latencies>,
    usage: BTreeMap<(String, &'static str), Usage>,
    lookups: Lookups,
}

impl Meter {
    pub(crate) fn new(now: Time) -> Meter {
        Meter { since: now, arrows: BTreeMap::new(), usage: BTreeMap::new(), lookups: Lookups::default() }
    }

    /// How long has been measured.
    pub(crate) fn elapsed(&self, now: Time) -> Duration {
        now.since(self.since)
    }

    /// A client's call ended, or will get no answer.
    pub(crate) fn called(&mut self, method: &'static str, took: Option<Duration>) {
        self.arrow("clients", "nodes".to_owned(), method, took);
    }

    /// A node's request was refused or will not be answered in time.
    pub(crate) fn troubled(&mut self, request: &Request) {
        self.asked(request, None);
    }

    /// A node's request was answered.
    pub(crate) fn answered(&mut self, request: &Request, reply: &Reply, demands: &[Demand], took: Duration) {
        self.asked(request, Some(took));
        if let (Request::Cache(_), Reply::Cache(cache::Reply::Value(found))) = (request, reply) {
            self.lookups.all += 1;
            self.lookups.found += u64::from(found.is_some());
        }
        self.pay(request, demands);
    }

    fn asked(&mut self, request: &Request, took: Option<Duration>) {
        for store in request.stores() {
            self.arrow("nodes", store, request.verb(), took);
        }
    }

    fn pay(&mut self, request: &Request, demands: &[Demand]) {
        let verb = request.verb();
        for Demand { place, milli_units, .. } in demands {
            let usage = self.usage.entry((place.store.clone(), verb)).or_default();
            match place.what {
                What::Reads => usage.milli_read_units += milli_units,
                What::Writes => usage.milli_write_units += milli_units,
                What::Requests => usage.requests += 1,
            }
        }
    }

    fn arrow(&mut self, from: &'static str, to: String, verb: &'static str, took: Option<Duration>) {
        self.arrows.entry((from, to, verb)).or_insert_with(Latencies::new).add(took);
    }

    /// Everything measured up to now.
    pub(crate) fn measured(
        &self,
        now: Time,
        loads: &[measured::Load],
        capacity: &Capacity,
        cores: impl Iterator<Item = measured::Place>,
        nodes: u16,
    ) -> Measured {
        let elapsed = self.elapsed(now);
        let requests = loads.iter().map(|load| load.offered).sum();
        let bill = PRICES.bill(&self.usage, elapsed, requests, nodes, capacity.provision);
        Measured {
            millis: elapsed.as_millis() as u64,
            loads: loads.to_vec(),
            nodes,
            arrows: self.arrows(),
            places: places(now, elapsed, capacity, cores),
            lookups: (self.lookups.all > 0).then_some(self.lookups),
            bill,
            speeds: Vec::new(),
        }
    }

    fn arrows(&self) -> Vec<Arrow> {
        let arrow =
            |((from, to, verb), latencies): (&(&'static str, String, &'static str), &Latencies)| Arrow {
                from: (*from).to_owned(),
                to: to.clone(),
                verb: (*verb).to_owned(),
                requests: latencies.count(),
                failed: latencies.failed(),
                p50_us: latencies.of_answered(50_000),
                p99_us: latencies.of_answered(99_000),
            };
        self.arrows.iter().map(arrow).collect()
    }
}

/// How much of `elapsed` something was busy, in thousandths.
pub(crate) fn busy_per_mille(busy: Duration, elapsed: Duration) -> u64 {
    (busy.as_nanos() * 1_000 / elapsed.as_nanos().max(1)) as u64
}

fn places(
    now: Time,
    elapsed: Duration,
    capacity: &Capacity,
    cores: impl Iterator<Item = measured::Place>,
) -> Vec<measured::Place> {
    let used = || capacity.stations.iter().filter(|(_, station)| station.served + station.refused > 0);
    let mut alike: BTreeMap<(&str, What), u64> = BTreeMap::new();
    for (place, _) in used() {
        *alike.entry((&place.store, place.what)).or_default() += 1;
    }
    let stations = used().map(|(place, station)| measured::Place {
        store: place.store.clone(),
        part: place.part.clone(),
        what: place.what.to_string(),
        served: station.served,
        refused: station.refused,
        busy_per_mille: busy_per_mille(station.busy(now), elapsed),
        per_second: capacity.per_second(place),
        of: alike.get(&(place.store.as_str(), place.what)).copied().unwrap_or_default(),
    });
    let mut places: Vec<measured::Place> = stations.chain(cores).collect();
    // The key makes the order the same everywhere.
    places.sort_by_cached_key(|place| {
        let urgency = (place.refused > 0, place.busy_per_mille, place.refused);
        (std::cmp::Reverse(urgency), place.store.clone(), place.part.clone(), place.what.clone())
    });
    let mut kept: BTreeMap<(String, String), usize> = BTreeMap::new();
    places.retain(|place| {
        let kept = kept.entry((place.store.clone(), place.what.clone())).or_default();
        *kept += 1;
        *kept <= PLACES_MAX
    });
    places
}
