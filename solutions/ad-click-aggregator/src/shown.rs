//! Reports that a node shows again for a moment, so that who asks often does not wear out the rows of an ad.

use ad_click_aggregator::MinuteClicks;
use kata::Time;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Reports that are kept; some kilobytes each.
const REPORTS_MAX: usize = 10_000;

/// What a report is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub(super) ad: String,
    /// The first minute.
    pub(super) from: u64,
    /// The one behind the last.
    pub(super) to: u64,
}

/// Reports of the last moment.
pub(super) struct Shown {
    for_so_long: Duration,
    /// With the time at which reading began: a report holds all that was counted before.
    reports: Mutex<BTreeMap<Asked, (Time, Vec<MinuteClicks>)>>,
}

impl Shown {
    pub(super) fn new(for_so_long: Duration) -> Shown {
        Shown { for_so_long, reports: Mutex::default() }
    }

    /// The report, if it was read a moment ago.
    pub(super) fn again(&self, asked: &Asked, now: Time) -> Option<Vec<MinuteClicks>> {
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, minutes) = reports.get(asked)?;
        (now < *since + self.for_so_long).then(|| minutes.clone())
    }

    /// Keeps a report whose reading began at `since`.
    pub(super) fn keep(&self, asked: Asked, since: Time, minutes: Vec<MinuteClicks>) {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if reports.len() >= REPORTS_MAX {
            reports.clear();
        }
        reports.insert(asked, (since, minutes));
    }
}
