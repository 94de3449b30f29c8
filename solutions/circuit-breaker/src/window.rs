//! The outcomes that count, and their sums.

use circuit_breaker::{Config, Window};
use kata::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// What became of a call.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) has_failed: bool,
    pub(super) was_slow: bool,
}

/// A number of outcomes.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) all: u32,
    failed: u32,
    slow: u32,
}

/// The outcomes of a window.
pub(super) enum Outcomes {
    /// The last `most`.
    Last { most: usize, outcomes: VecDeque<Outcome>, tally: Tally },
    /// Those of some time, in buckets of a tenth of it, each with its number.
    Recent { bucket: Duration, buckets: VecDeque<(u64, Tally)> },
}

/// Into how many buckets a window of time is divided. One more is kept: the oldest is partly over.
const BUCKETS: u32 = 10;

impl Tally {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.all += 1;
        self.failed += u32::from(outcome.has_failed);
        self.slow += u32::from(outcome.was_slow);
    }

    fn take_off(&mut self, outcome: Outcome) {
        self.all -= 1;
        self.failed -= u32::from(outcome.has_failed);
        self.slow -= u32::from(outcome.was_slow);
    }

    fn plus(self, other: Tally) -> Tally {
        Tally { all: self.all + other.all, failed: self.failed + other.failed, slow: self.slow + other.slow }
    }

    /// Whether too many have failed or were slow.
    pub(super) fn is_bad(&self, config: &Config) -> bool {
        let reaches = |part: u32, percent: u32| part * 100 >= percent * self.all;
        reaches(self.failed, config.failed_percent) || reaches(self.slow, config.slow_percent)
    }
}

impl Outcomes {
    pub(super) fn new(window: Window) -> Outcomes {
        match window {
            Window::Calls(most) => {
                Outcomes::Last { most: most as usize, outcomes: VecDeque::new(), tally: Tally::default() }
            }
            Window::Time(length) => Outcomes::Recent { bucket: length / BUCKETS, buckets: VecDeque::new() },
        }
    }

    /// Adds an outcome that comes in now, and sums up what counts.
    pub(super) fn add(&mut self, outcome: Outcome, now: Time) -> Tally {
        match self {
            Outcomes::Last { most, outcomes, tally } => {
                outcomes.push_back(outcome);
                tally.add(outcome);
                if outcomes.len() > *most
                    && let Some(oldest) = outcomes.pop_front()
                {
                    tally.take_off(oldest);
                }
                *tally
            }
            Outcomes::Recent { bucket, buckets } => {
                let number = now.as_micros() / (bucket.as_micros() as u64).max(1);
                while buckets.front().is_some_and(|(oldest, _)| oldest + u64::from(BUCKETS) < number) {
                    buckets.pop_front();
                }
                match buckets.back_mut() {
                    Some((latest, tally)) if *latest == number => tally.add(outcome),
                    _ => {
                        let mut tally = Tally::default();
                        tally.add(outcome);
                        buckets.push_back((number, tally));
                    }
                }
                buckets.iter().fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally))
            }
        }
    }
}
