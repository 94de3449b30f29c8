//! Keeps the history of a run, when somebody will read it.

use crate::load::VisitId;
use kata_check::{History, Line, LineKind};
use kata_ports::Time;

/// The most lines kept; beyond it the older half goes. Nobody reads more, and a run may have a hundred times as many.
const LINES_MAX: usize = 2_000;

/// A line under way.
pub(crate) struct Entry {
    pub(crate) kind: LineKind,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) what: String,
    pub(crate) outcome: String,
}

impl Entry {
    /// Something that happens to `who` itself.
    pub(crate) fn about(kind: LineKind, who: impl ToString, what: impl Into<String>) -> Entry {
        Entry { kind, from: who.to_string(), to: String::new(), what: what.into(), outcome: String::new() }
    }
}

/// What a history tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Record {
    /// Nothing: nobody will read it.
    #[default]
    Nothing,
    Everything,
    /// One visit of a load, and what is done on its behalf.
    Visit(VisitId),
}

/// The history so far; keeps nothing unless it was made to.
pub(crate) struct Recorder {
    start: Time,
    record: Record,
    lines: Option<Vec<Line>>,
    /// How many lines went.
    left_out: usize,
}

impl Recorder {
    pub(crate) fn new(start: Time, record: Record) -> Recorder {
        let lines = (record != Record::Nothing).then(Vec::new);
        Recorder { start, record, lines, left_out: 0 }
    }

    /// What the history tells of.
    pub(crate) fn record(&self) -> Record {
        self.record
    }

    /// True if lines are kept; making them costs more than a step.
    pub(crate) fn keeps(&self) -> bool {
        self.lines.is_some()
    }

    /// Adds a line, made only if lines are kept. Returns its index.
    pub(crate) fn add(&mut self, now: Time, entry: impl FnOnce() -> Entry) -> usize {
        let Some(lines) = &mut self.lines else { return 0 };
        let Entry { kind, from, to, what, outcome } = entry();
        let at_us = now.as_micros().saturating_sub(self.start.as_micros());
        if lines.len() >= LINES_MAX {
            lines.drain(..LINES_MAX / 2);
            self.left_out += LINES_MAX / 2;
        }
        lines.push(Line { at_us, from, to, what, outcome, kind });
        self.left_out + lines.len() - 1
    }

    /// Says later what came of a line.
    pub(crate) fn outcome(&mut self, line: usize, outcome: String) {
        let Some(index) = line.checked_sub(self.left_out) else { return };
        if let Some(line) = self.lines.as_mut().and_then(|lines| lines.get_mut(index)) {
            line.outcome = outcome;
        }
    }

    pub(crate) fn take(&mut self) -> History {
        let mut lines = self.lines.take().unwrap_or_default();
        if self.left_out > 0 {
            let what = format!("{} earlier lines are left out", self.left_out);
            let (from, to, outcome) = ("datacentre".to_owned(), String::new(), String::new());
            lines.insert(0, Line { at_us: 0, from, to, what, outcome, kind: LineKind::Rule });
        }
        History(lines)
    }
}
