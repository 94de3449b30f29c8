//! The backends as this suite plays them, with a memory of who was asked when.

use circuit_breaker::{BackendError, BackendModel, Call};
use kata_ports::{NodeId, Time};
use kata_sim::Port;
use std::collections::BTreeSet;

/// A question that no backend likes.
pub(crate) const NONSENSE: u64 = 13;

/// Backends that answer with one more than they are asked, unless they are broken.
#[derive(Default)]
pub(crate) struct Backends {
    broken: BTreeSet<String>,
    asked: Vec<(NodeId, Time, Call)>,
}

impl Backends {
    /// From now on, a backend is broken, or well.
    pub(crate) fn set_broken(&mut self, backend: &str, is_broken: bool) {
        if is_broken {
            self.broken.insert(backend.to_owned());
        } else {
            self.broken.remove(backend);
        }
    }

    /// How often a backend was asked so far.
    pub(crate) fn asked(&self, backend: &str) -> u64 {
        self.asked.iter().filter(|(.., call)| call.backend == backend).count() as u64
    }
}

impl BackendModel for Backends {
    fn answer(&mut self, now: Time, from: NodeId, call: Call) -> Result<u64, BackendError> {
        let is_broken = self.broken.contains(&call.backend);
        let question = call.question;
        self.asked.push((from, now, call));
        match question {
            _ if is_broken => Err(BackendError::Broken),
            NONSENSE => Err(BackendError::Rejected),
            _ => Ok(question + 1),
        }
    }
}

/// Where calls of backends go, for rules.
pub(crate) fn backends() -> Port {
    Port::Gateway("backend".to_owned())
}
