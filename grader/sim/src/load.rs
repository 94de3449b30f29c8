//! Load: many clients who come when they come, and how it went for each of them.

mod arrivals;
mod latencies;
mod popularity;
mod served;

pub use arrivals::Arrivals;
pub(crate) use latencies::Latencies;
pub use popularity::Popularity;
pub use served::Served;

use crate::Datacentre;
use crate::draw::{hash, mix};
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, select_biased};
use kata_check::Complaint;
use kata_ports::Time;
use served::Tally;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

/// One client of a load.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// How many came before.
    pub number: u64,
    seed: u64,
}

impl Visitor {
    /// 64 bits that depend on the run, the visitor and `purpose` alone.
    pub fn draw(&self, purpose: &str) -> u64 {
        mix(self.seed ^ hash(purpose.as_bytes()))
    }

    /// True for `share` of all visitors.
    pub fn is_one_in(&self, purpose: &str, share: f64) -> bool {
        unit(self.draw(purpose)) < share
    }
}

/// One visit of one load, among all of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VisitId {
    /// The hash of the load's name.
    load: u64,
    /// How many came before.
    number: u64,
}

/// Many clients who do the same; made by [`Datacentre::load`].
pub struct Load<'a> {
    dc: &'a Datacentre,
    name: String,
    arrivals: Arrivals,
    warm_up: Duration,
}

impl Datacentre {
    /// Many clients who do what `name` says, in the plural: `redirects`.
    pub fn load(&self, name: &str, arrivals: Arrivals) -> Load<'_> {
        Load { dc: self, name: name.to_owned(), arrivals, warm_up: Duration::ZERO }
    }
}

impl Load<'_> {
    /// Those who come that early are served, but not measured.
    #[must_use]
    pub fn warming_up(self, warm_up: Duration) -> Self {
        Load { warm_up, ..self }
    }

    /// Lets every client do `visit` from the moment it comes, however long the others take; returns when all have ended.
    /// A visit ends with `true` if it was served, with `false` if it failed. A complaint ends the load: something is wrong
    /// whatever the load.
    pub async fn run<V, F>(self, visit: V) -> Result<Served, Complaint>
    where
        V: Fn(Visitor) -> F,
        F: Future<Output = Result<bool, Complaint>>,
    {
        let dc = self.dc;
        let (draw, began) = (dc.world.borrow().draw, dc.now());
        let measured_from = began + self.warm_up;
        let mut tally = Tally::new(&self.name, measured_from, self.arrivals.lasting() - self.warm_up);
        let mut visits = FuturesUnordered::new();
        let mut starts = pin!(dc.sleep_until(measured_from).fuse());
        let mut measuring = false;
        let purpose = format!("arrivals of {}", self.name);
        for (number, offset) in (0..).zip(self.arrivals.offsets(draw, &purpose)) {
            let at = began + offset;
            let mut comes = pin!(dc.sleep_until(at).fuse());
            loop {
                select_biased! {
                    () = starts => {
                        dc.world.borrow_mut().begin_measuring();
                        measuring = true;
                    }
                    () = comes => break,
                    ended = visits.select_next_some() => tally.add(ended)?,
                }
            }
            let seed = draw.bits(&self.name, number, 1);
            let id = VisitId { load: hash(self.name.as_bytes()), number };
            let mut visit = Box::pin(visit(Visitor { number, seed }));
            // What is called while the visit goes on is called on its behalf.
            let mut visit = poll_fn(move |context| {
                dc.world.borrow_mut().visiting = Some(id);
                let polled = visit.as_mut().poll(context);
                dc.world.borrow_mut().visiting = None;
                polled
            });
            visits.push(async move {
                let served = (&mut visit).await;
                Visit { id, at, ended: dc.now(), served }
            });
        }
        if !measuring {
            dc.world.borrow_mut().begin_measuring();
        }
        while let Some(ended) = visits.next().await {
            tally.add(ended)?;
        }
        let (load, typical) = tally.done();
        let measured = dc.world.borrow_mut().end_load(load.clone());
        Ok(Served { world: Rc::clone(&dc.world), load, typical, measured })
    }
}

/// One visit that has ended.
struct Visit {
    id: VisitId,
    /// When it began.
    at: Time,
    ended: Time,
    served: Result<bool, Complaint>,
}

/// A number from 0 to 1, 1 excluded, from 64 random bits.
pub(crate) fn unit(bits: u64) -> f64 {
    // 53 bits are what a double holds.
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number with an exponential distribution and the mean 1, from 64 random bits. The logarithm is software: every machine
/// gets the same.
pub(crate) fn exponential(bits: u64) -> f64 {
    -libm::log(1.0 - unit(bits))
}
