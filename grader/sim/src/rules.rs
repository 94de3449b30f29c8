//! What goes wrong between nodes and services while a scenario says so.
//!
//! A rule judges every request when it leaves its node. The first rule that does not pass it decides. Rules are installed with
//! [`Datacentre::install`](crate::Datacentre::install) and heal when their guard is dropped.

use crate::draw::Draw;
use crate::outside::Stop;
use kata_ports::{NodeId, Port, Request, Time, Trouble};
use std::time::Duration;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// This rule has nothing to say.
    Pass,
    /// The service refuses it, definitely: [`Trouble::Unavailable`] or [`Trouble::Throttled`].
    Refuse(Trouble),
    /// It never arrives; its node learns [`Trouble::TimedOut`].
    LoseRequest,
    /// It takes effect; its node learns [`Trouble::TimedOut`].
    LoseAnswer,
    /// It takes effect that much later than usual; its node learns [`Trouble::TimedOut`] if that is too late.
    Delay(Duration),
}

/// A request as a rule sees it.
pub struct Asked<'a> {
    /// How many requests left nodes before it in this run.
    pub ordinal: u64,
    /// The service it goes to.
    pub port: &'a Port,
    /// What is asked.
    pub request: &'a Request,
    /// Who asks.
    pub from: NodeId,
    /// When it left.
    pub now: Time,
    /// The run's draws.
    pub draw: Draw,
}

/// Decides what happens to requests.
pub trait Rule {
    /// Judges one request.
    fn judge(&mut self, asked: &Asked<'_>) -> Ruling;

    /// The rule in a few words, for histories: `the cache is down`.
    fn describe(&self) -> String;

    /// The service that it stops altogether, and how: where services are real, it is done to them.
    fn stops(&self) -> Option<(Port, Stop)> {
        None
    }
}

/// A rule from a description and a function.
struct Simple<F> {
    description: String,
    stops: Option<(Port, Stop)>,
    judge: F,
}

impl<F: FnMut(&Asked<'_>) -> Ruling> Rule for Simple<F> {
    fn judge(&mut self, asked: &Asked<'_>) -> Ruling {
        (self.judge)(asked)
    }

    fn describe(&self) -> String {
        self.description.clone()
    }

    fn stops(&self) -> Option<(Port, Stop)> {
        self.stops.clone()
    }
}

/// A rule made of what it does and how it is called in histories.
pub fn rule(
    description: impl Into<String>,
    judge: impl FnMut(&Asked<'_>) -> Ruling + 'static,
) -> Box<dyn Rule> {
    Box::new(Simple { description: description.into(), stops: None, judge })
}

/// The same ruling for everything that goes to a service that stopped.
fn stopped(description: String, port: Port, stop: Stop, ruling: Ruling) -> Box<dyn Rule> {
    let stops = Some((port.clone(), stop));
    let judge = move |asked: &Asked<'_>| if *asked.port == port { ruling } else { Ruling::Pass };
    Box::new(Simple { description, stops, judge })
}

/// The service is down: it refuses every request, definitely.
pub fn outage(port: Port) -> Box<dyn Rule> {
    stopped(format!("{port} is down"), port, Stop::Killed, Ruling::Refuse(Trouble::Unavailable))
}

/// The service cannot be reached: every request to it is lost, and its node learns that only when it times out.
pub fn unreachable(port: Port) -> Box<dyn Rule> {
    stopped(format!("{port} cannot be reached"), port, Stop::Paused, Ruling::LoseRequest)
}

/// One node cannot reach the service; the others can.
pub fn partition(node: NodeId, port: Port) -> Box<dyn Rule> {
    rule(format!("{node} cannot reach {port}"), move |asked| {
        if asked.from == node && *asked.port == port { Ruling::LoseRequest } else { Ruling::Pass }
    })
}

/// The service refuses `per_mille` of 1,000 requests as beyond its capacity.
pub fn throttle(port: Port, per_mille: u16) -> Box<dyn Rule> {
    sometimes(format!("{port} throttles"), port, per_mille, |_| Ruling::Refuse(Trouble::Throttled))
}

/// `per_mille` of 1,000 requests to the service never arrive.
pub fn lose_requests(port: Port, per_mille: u16) -> Box<dyn Rule> {
    sometimes(format!("requests to {port} get lost"), port, per_mille, |_| Ruling::LoseRequest)
}

/// `per_mille` of 1,000 requests to the service take effect but are not answered.
pub fn lose_answers(port: Port, per_mille: u16) -> Box<dyn Rule> {
    sometimes(format!("answers of {port} get lost"), port, per_mille, |_| Ruling::LoseAnswer)
}

/// `per_mille` of 1,000 requests to the service take effect later than usual, by up to `by`.
pub fn late(port: Port, per_mille: u16, by: Duration) -> Box<dyn Rule> {
    sometimes(format!("requests to {port} are late"), port, per_mille, move |asked| {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        Ruling::Delay(Duration::from_micros(asked.draw.below(micros.max(1), "late by", asked.ordinal, 0)))
    })
}

fn sometimes(
    description: String,
    port: Port,
    per_mille: u16,
    ruling: impl Fn(&Asked<'_>) -> Ruling + 'static,
) -> Box<dyn Rule> {
    let purpose = description.clone();
    rule(description, move |asked| {
        if *asked.port == port && asked.draw.chance(per_mille, &purpose, asked.ordinal, 0) {
            ruling(asked)
        } else {
            Ruling::Pass
        }
    })
}
