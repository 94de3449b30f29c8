//! Latencies of many requests, and those that never ended.

use hdrhistogram::Histogram;
use kata_check::measured::Latency;
use std::time::Duration;

/// More than anybody waits.
const LATENCY_MAX: Duration = Duration::from_secs(3_600);

/// Latencies of visits, and those that never ended.
#[derive(Clone)]
pub(crate) struct Latencies {
    histogram: Histogram<u64>,
    failed: u64,
}

impl Latencies {
    pub(crate) fn new() -> Latencies {
        Latencies { histogram: Histogram::new(3).expect("three significant digits are allowed"), failed: 0 }
    }

    /// One more; nothing if it never ended.
    pub(crate) fn add(&mut self, latency: Option<Duration>) {
        match latency {
            Some(latency) => {
                let micros = latency.min(LATENCY_MAX).as_micros() as u64;
                self.histogram.record(micros).expect("the histogram grows");
            }
            None => self.failed += 1,
        }
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.histogram.len() + self.failed
    }

    /// How many of them never ended.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// So many of 100,000 were as fast, in microseconds. Nothing if that many never ended, or there were none.
    pub(crate) fn quantile(&self, of_100_000: u32) -> Option<u64> {
        let rank = (self.count() * u64::from(of_100_000)).div_ceil(100_000).max(1);
        // Half a rank less, for the histogram rounds ranks up.
        let ended = self.histogram.len();
        (rank <= ended).then(|| self.histogram.value_at_quantile((rank as f64 - 0.5) / ended as f64))
    }

    /// So many of 100,000 of those that ended were as fast, in microseconds; 0 if none ended.
    pub(crate) fn of_answered(&self, of_100_000: u32) -> u64 {
        Latencies { failed: 0, ..self.clone() }.quantile(of_100_000).unwrap_or_default()
    }

    /// The quantiles that people ask for.
    pub(super) fn summary(&self) -> Latency {
        Latency {
            mean_us: self.histogram.mean() as u64,
            p50_us: self.quantile(50_000),
            p90_us: self.quantile(90_000),
            p99_us: self.quantile(99_000),
            p999_us: self.quantile(99_900),
            max_us: self.quantile(100_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::load::served::QUANTILES;

    #[test]
    fn quantiles_match_a_sort() {
        let draw = Draw::new(9);
        let mut latencies = Latencies::new();
        let mut sorted: Vec<u64> = (0..10_007).map(|i| 1 + draw.below(900_000, "latency", i, 0)).collect();
        sorted.iter().for_each(|&us| latencies.add(Some(Duration::from_micros(us))));
        sorted.sort_unstable();
        for of_100_000 in QUANTILES {
            let rank = (sorted.len() as u64 * u64::from(of_100_000)).div_ceil(100_000).max(1) as usize;
            let (expected, found) = (sorted[rank - 1], latencies.quantile(of_100_000).unwrap());
            assert!(found.abs_diff(expected) * 1_000 <= expected, "{of_100_000}: {found}, not {expected}");
        }
    }

    #[test]
    fn who_fails_is_slower_than_everybody() {
        let mut latencies = Latencies::new();
        (0..99).for_each(|_| latencies.add(Some(Duration::from_millis(1))));
        latencies.add(None);
        assert_eq!(latencies.quantile(99_000), Some(1_000));
        assert_eq!(latencies.quantile(99_500), None);
        assert_eq!(Latencies::new().quantile(50_000), None);
    }
}
