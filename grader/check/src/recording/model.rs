//! Which object a recorded history is about.

use super::examination::{Examination, examine};
use super::key_value::store;
use super::line::{Line, Unreadable};
use super::value::Value;
use crate::linearizability::Budget;
use crate::spec::Specification;
use crate::spec::counter::Counter;
use crate::spec::lock::Lock;
use crate::spec::log::Log;
use crate::spec::per_key::PerKey;
use crate::spec::queue::Queue;
use crate::spec::register::Register;
use crate::spec::set::Set;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Which object a recorded history is about. With several keys, there is one such object under each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// A register: `read`, `write`, `cas`.
    Register,
    /// A key-value store: `get`, `put`, `delete`, `cas`, `append`.
    Kv,
    /// A counter: `add`, `read`.
    Counter,
    /// A set: `add`, `remove`, `contains`, `read`.
    Set,
    /// A queue, first in, first out: `enqueue`, `dequeue`.
    Queue,
    /// A lock: `acquire`, `release`, `use`.
    Lock,
    /// A lock whose lease may lapse.
    Lease,
    /// An append-only log: `append`, `read`.
    Log,
}

/// How to examine a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What a register, or every key of a key-value store, holds in the beginning; `null` for nothing.
    pub initial: Value,
    /// How much work to do.
    pub budget: Budget,
}

impl Default for Options {
    fn default() -> Options {
        Options { initial: Value::null(), budget: Budget::default() }
    }
}

/// A specification whose operations can be read from a file.
pub(super) trait Readable: Specification {
    /// The operation in a line, and what was seen of it.
    fn read(line: &Line) -> Result<(Self::Op, Option<Self::Res>), String>;
}

impl Model {
    /// All models.
    pub const ALL: [Model; 8] = [
        Model::Register,
        Model::Kv,
        Model::Counter,
        Model::Set,
        Model::Queue,
        Model::Lock,
        Model::Lease,
        Model::Log,
    ];

    /// The name that people type.
    pub const fn name(self) -> &'static str {
        match self {
            Model::Register => "register",
            Model::Kv => "kv",
            Model::Counter => "counter",
            Model::Set => "set",
            Model::Queue => "queue",
            Model::Lock => "lock",
            Model::Lease => "lease",
            Model::Log => "log",
        }
    }

    /// Judges a recorded history.
    pub fn examine(self, lines: &[(usize, Line)], options: &Options) -> Result<Examination, Unreadable> {
        let budget = options.budget;
        match self {
            Model::Register => {
                examine(self, &PerKey::new(Register::new(options.initial.clone())), lines, budget)
            }
            Model::Kv => examine(self, &store(&options.initial), lines, budget),
            Model::Counter => examine(self, &PerKey::new(Counter), lines, budget),
            Model::Set => examine(self, &PerKey::new(Set::new()), lines, budget),
            Model::Queue => examine(self, &PerKey::new(Queue::new()), lines, budget),
            Model::Lock => examine(self, &PerKey::new(Lock::new()), lines, budget),
            Model::Lease => examine(self, &PerKey::new(Lock::with_leases()), lines, budget),
            Model::Log => examine(self, &PerKey::new(Log::new()), lines, budget),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Model {
    type Err = String;

    fn from_str(name: &str) -> Result<Model, String> {
        Model::ALL.into_iter().find(|model| model.name() == name).ok_or_else(|| {
            format!("there is no model `{name}`; models are {}", Model::ALL.map(Model::name).join(", "))
        })
    }
}
