//! All ids that clients were given in a run, and what no id may be, whatever the scenario.

use super::forms::Form;
use super::runs::Runs;
use kata::Time;
use kata_check::{Complaint, Outcome, ensure};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;
use unique_id::{Config, SEQUENCE_BITS, TIMESTAMP_BITS, WORKER_BITS};

/// The ids given out so far.
pub(crate) struct Register {
    pub(crate) config: Config,
    ids: RefCell<Runs>,
    texts: RefCell<BTreeSet<String>>,
}

/// When a call began and ended, by the true time.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) began: Time,
    pub(crate) ended: Time,
}

impl Register {
    pub(crate) fn new(config: Config) -> Register {
        Register { config, ids: RefCell::default(), texts: RefCell::default() }
    }

    /// Enters the Snowflakes of one answer.
    pub(crate) fn enter(&self, count: u32, ids: &[u64], span: Span) -> Outcome {
        let answered = ids.len();
        ensure!(
            answered == count as usize,
            "a call is answered with another count",
            "{count} ids",
            "{answered} ids"
        );
        rising(ids)?;
        for &id in ids.first().into_iter().chain(ids.last()) {
            self.on_time(&id.to_string(), self.at(id)?, span)?;
        }
        // Ids in between have a timestamp in between; only their worker ids are still to be seen.
        let workers = self.config.workers;
        if let Some(&stray) = ids.iter().find(|&&id| worker(id) >= workers) {
            let worker = worker(stray);
            return Err(Complaint::new(
                "an id has a worker id that does not exist",
                format!("a worker id below {workers}"),
                format!("{worker} in {stray}"),
            ));
        }
        if let Some(twice) = self.ids.borrow_mut().add(ids) {
            return Err(Complaint::new("an id is given out twice", "every id once", self.shown(twice)));
        }
        Ok(())
    }

    /// Enters the texts of one answer.
    pub(crate) fn enter_texts(&self, form: Form, count: u32, texts: &[String], span: Span) -> Outcome {
        let answered = texts.len();
        ensure!(
            answered == count as usize,
            "a call is answered with another count",
            "{count} ids",
            "{answered} ids"
        );
        rising(texts)?;
        for text in texts {
            let at = form(text).map_err(|why| {
                Complaint::new(
                    "an id is not in its form",
                    "a text that its specification allows",
                    format!("{text}: {why}"),
                )
            })?;
            self.on_time(text, at, span)?;
            let is_new = self.texts.borrow_mut().insert(text.clone());
            ensure!(is_new, "an id is given out twice", "every id once", "{text}");
        }
        Ok(())
    }

    /// What an id's timestamp tells.
    fn at(&self, id: u64) -> Result<Time, Complaint> {
        let timestamp = id >> (WORKER_BITS + SEQUENCE_BITS);
        ensure!(
            timestamp >> TIMESTAMP_BITS == 0,
            "an id has more than 63 bits",
            "the highest bit is 0",
            "{id:#x}"
        );
        Ok(self.config.epoch + Duration::from_millis(timestamp))
    }

    fn on_time(&self, id: &str, at: Time, span: Span) -> Outcome {
        let tolerance = self.config.clock_error + self.config.slack;
        let (earliest, latest) = (span.began - tolerance, span.ended + tolerance);
        ensure!(
            earliest <= at && at <= latest,
            "an id tells another time than that of its call",
            "a timestamp from {earliest} to {latest}",
            "{at} in {id}"
        );
        Ok(())
    }

    fn shown(&self, id: u64) -> String {
        let at = self.at(id).map_or_else(|_| "never".to_owned(), |at| at.to_string());
        let sequence = id & ((1 << SEQUENCE_BITS) - 1);
        format!("{id} again: {at}, worker {}, sequence {sequence}", worker(id))
    }
}

/// The worker id in an id.
fn worker(id: u64) -> u16 {
    (id >> SEQUENCE_BITS & ((1 << WORKER_BITS) - 1)) as u16
}

/// Ids of one answer rise.
fn rising<T: PartialOrd + std::fmt::Display>(ids: &[T]) -> Outcome {
    match ids.windows(2).find(|pair| pair[0] >= pair[1]) {
        None => Ok(()),
        Some(pair) => Err(Complaint::new(
            "ids of one answer do not rise",
            format!("an id greater than {}", pair[0]),
            format!("{} behind it", pair[1]),
        )),
    }
}
