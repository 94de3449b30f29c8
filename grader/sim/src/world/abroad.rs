//! A world whose services are outside of the simulation.

use super::{ASK_TIMEOUT, Coming, Next, Travelling, World};
use crate::flight::Window;
use crate::outside::{Deed, Outside, Stop};
use crate::recorder::Recorder;
use kata_check::Measured;
use kata_check::measured::Load;
use kata_ports::{Port, Reply, Request, Time, Trouble, log, pubsub, queue};
use std::collections::BTreeMap;
use std::time::Duration;

/// No scenario takes that long on a machine that lets it run.
const RUN_MAX: Duration = Duration::from_secs(90);
/// A world that is so late has no time to be fair.
const LATE_MAX: Duration = Duration::from_millis(300);
/// So long after a service was stopped or went on, late answers are its doing.
const EXCUSED_FOR: Duration = Duration::from_secs(3);

/// What a world needs whose services are outside.
pub(crate) struct Abroad {
    outside: Box<dyn Outside>,
    began: Time,
    /// Requests that have no answer yet, by their number.
    asked: BTreeMap<u64, Travelling>,
    /// Services that a rule stopped for real, by the rule's id.
    stopped: Vec<(u64, Port, Stop)>,
    excused_until: Time,
    /// Why a failure of this run may be the machine's doing.
    pub(crate) doubt: Option<String>,
    broken: Option<String>,
    loads: Vec<Load>,
}

impl World {
    /// From now on the services are outside.
    pub(crate) fn go_abroad(&mut self, mut outside: Box<dyn Outside>) {
        self.now = outside.now();
        self.recorder = Recorder::new(self.now, self.recorder.record());
        self.abroad = Some(Box::new(Abroad {
            outside,
            began: self.now,
            asked: BTreeMap::new(),
            stopped: Vec::new(),
            excused_until: Time::EPOCH,
            doubt: None,
            broken: None,
            loads: Vec::new(),
        }));
    }

    /// Waits for an answer from outside or until the next thing in flight is due. Nothing if that is what comes next, or if nothing
    /// is outside.
    pub(super) fn wait_abroad(&mut self) -> Option<Next> {
        let due = self.flight.due()?;
        let abroad = self.abroad.as_mut()?;
        if let Some(why) = abroad.broken.take() {
            return Some(Next::Broken(why));
        }
        let answer = abroad.outside.wait(due);
        let now = abroad.outside.now();
        self.now = self.now.max(now);
        if now.since(abroad.began) > RUN_MAX {
            return Some(Next::Broken(format!("the scenario was not over after {RUN_MAX:?}")));
        }
        if now.since(due) > LATE_MAX && now > abroad.excused_until {
            abroad.doubt.get_or_insert_with(|| "the machine was overloaded".to_owned());
        }
        let (number, answer) = answer?;
        self.answered(number, answer);
        Some(Next::Nothing)
    }

    /// Hands a request out, or gives it back if its service is not outside.
    pub(super) fn hand_out(&mut self, travelling: Travelling) -> Option<Travelling> {
        if matches!(travelling.request, Request::Gateway(_)) || self.abroad.is_none() {
            return Some(travelling);
        }
        let number = self.fresh_id();
        let patience = ASK_TIMEOUT + waits(&travelling.request);
        self.flight.add(Window::exactly(self.now + patience), Coming::NoAnswer(number));
        if let Some(abroad) = &mut self.abroad {
            abroad.outside.ask(number, travelling.node, &travelling.request);
            abroad.asked.insert(number, travelling);
        }
        None
    }

    fn answered(&mut self, number: u64, answer: Result<Reply, Trouble>) {
        let Some(travelling) = self.abroad.as_mut().and_then(|abroad| abroad.asked.remove(&number)) else {
            return;
        };
        match answer {
            Ok(reply) => self.send_answer(travelling, reply),
            Err(trouble) => self.answer_trouble(&travelling, trouble),
        }
    }

    /// Nothing came in time; what comes later is for nobody.
    pub(super) fn no_answer(&mut self, number: u64) {
        let now = self.now;
        let Some(abroad) = &mut self.abroad else { return };
        let Some(travelling) = abroad.asked.remove(&number) else { return };
        if abroad.stopped.is_empty() && now > abroad.excused_until {
            let port = travelling.request.port();
            abroad.doubt.get_or_insert_with(|| format!("the {port} did not answer within a second"));
        }
        self.answer_trouble(&travelling, Trouble::TimedOut);
    }

    fn answer_trouble(&mut self, travelling: &Travelling, trouble: Trouble) {
        self.record_trouble(travelling, &travelling.request.port(), &trouble.to_string());
        self.refuse(Window::exactly(self.now), travelling, trouble);
    }

    /// The machine is no excuse for what is found from here on.
    pub(crate) fn beyond_doubt(&mut self) {
        if let Some(abroad) = &mut self.abroad {
            abroad.doubt = None;
        }
    }

    /// Does something to services that are outside.
    pub(crate) fn act_abroad(&mut self, deed: Deed) {
        let Some(abroad) = &mut self.abroad else { return };
        if let Err(why) = abroad.outside.act(deed) {
            abroad.broken.get_or_insert(why);
        }
        abroad.excused_until = abroad.outside.now() + EXCUSED_FOR;
    }

    /// Stops a service for real, as long as the rule of that id is in force. False if that cannot be done.
    pub(crate) fn stop_abroad(&mut self, rule: u64, port: &Port, stop: Stop) -> bool {
        let can = self.abroad.as_ref().is_some_and(|abroad| abroad.outside.can_stop(port, stop));
        if can {
            self.act_abroad(Deed::Stop(port.clone(), stop));
            if let Some(abroad) = &mut self.abroad {
                abroad.stopped.push((rule, port.clone(), stop));
            }
        }
        can
    }

    /// Lets the services go on that these rules stopped.
    pub(crate) fn resume_abroad(&mut self, is_over: impl Fn(u64) -> bool) {
        let Some(abroad) = &mut self.abroad else { return };
        let over: Vec<_> = abroad.stopped.extract_if(.., |(rule, ..)| is_over(*rule)).collect();
        for (_, port, stop) in over {
            self.act_abroad(Deed::Resume(port, stop));
        }
    }

    /// A load ended whose services are outside.
    pub(super) fn end_load_abroad(&mut self, load: Load) -> Measured {
        let Some(abroad) = &mut self.abroad else { return Measured::default() };
        abroad.loads.push(load);
        self.measured_abroad().unwrap_or_default()
    }

    /// The loads of this run, if there were any.
    pub(crate) fn measured_abroad(&self) -> Option<Measured> {
        let abroad = self.abroad.as_ref().filter(|abroad| !abroad.loads.is_empty())?;
        let nodes = u16::try_from(self.nodes.len()).unwrap_or(u16::MAX);
        let millis = self.now.since(abroad.began).as_millis() as u64;
        Some(Measured { millis, loads: abroad.loads.clone(), nodes, ..Measured::default() })
    }
}

/// How long a request may take because it was asked to.
fn waits(request: &Request) -> Duration {
    match request {
        Request::Log(log::Request::Poll(poll)) => poll.wait,
        Request::Queue(queue::Request::Receive { wait, .. }) => *wait,
        Request::PubSub(pubsub::Request::Next { wait, .. }) => *wait,
        _ => Duration::ZERO,
    }
}
