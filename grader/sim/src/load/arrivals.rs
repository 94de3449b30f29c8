//! When clients come: at rates that do not wait for anybody to be served.

use super::exponential;
use crate::draw::Draw;
use std::time::Duration;

/// When clients come: at random, at a rate that may change. It never waits for those who are served (an *open* load), so a
/// service that stalls is not asked less.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    /// From one rate per second to another, in so many seconds.
    spans: Vec<(f64, f64, f64)>,
}

impl Arrivals {
    /// At random, `per_second` on average (a Poisson process), for that long.
    pub fn poisson(per_second: u32, lasting: Duration) -> Arrivals {
        Arrivals::default().then(per_second, lasting)
    }

    /// Then another rate: a burst, a lull.
    #[must_use]
    pub fn then(self, per_second: u32, lasting: Duration) -> Arrivals {
        self.ramp(per_second, per_second, lasting)
    }

    /// Then a rate that changes evenly from one to another.
    #[must_use]
    pub fn ramp(mut self, from: u32, to: u32, lasting: Duration) -> Arrivals {
        self.spans.push((f64::from(from), f64::from(to), lasting.as_secs_f64()));
        self
    }

    /// About `clients`, all within `lasting`: the doors open.
    pub fn flash(clients: u32, lasting: Duration) -> Arrivals {
        let rate = f64::from(clients) / lasting.as_secs_f64();
        Arrivals { spans: vec![(rate, rate, lasting.as_secs_f64())] }
    }

    /// How long they come.
    pub(crate) fn lasting(&self) -> Duration {
        Duration::from_secs_f64(self.spans.iter().map(|span| span.2).sum())
    }

    /// When each client comes, counted from the beginning.
    pub(crate) fn offsets(&self, draw: Draw, purpose: &str) -> impl Iterator<Item = Duration> {
        let purpose = purpose.to_owned();
        let mut gaps = (0..).map(move |client| exponential(draw.bits(&purpose, client, 0)));
        let (mut before, mut inside, mut left) = (0.0, 0.0, gaps.next().unwrap_or_default());
        let mut spans = self.spans.clone().into_iter();
        let mut span = spans.next();
        std::iter::from_fn(move || {
            loop {
                let (from, to, seconds) = span?;
                let slope = (to - from) / seconds;
                let rate = from + slope * inside;
                // How many are still to come in this span, on average.
                let rest = (seconds - inside) * (rate + to) / 2.0;
                if left > rest {
                    (left, before, inside) = (left - rest, before + seconds, 0.0);
                    span = spans.next();
                    continue;
                }
                // The root of `rate * t + slope * t * t / 2 = left`, in the form that is exact for a slope of 0.
                inside += 2.0 * left / (rate + (rate * rate + 2.0 * slope * left).max(0.0).sqrt());
                left = gaps.next().unwrap_or_default();
                return Some(Duration::from_secs_f64(before + inside));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(arrivals: &Arrivals, from: f64, to: f64) -> usize {
        let offsets: Vec<f64> =
            arrivals.offsets(Draw::new(3), "test").map(|offset| offset.as_secs_f64()).collect();
        assert!(offsets.is_sorted());
        offsets.iter().filter(|offset| (from..to).contains(*offset)).count()
    }

    #[track_caller]
    fn check(found: usize, expected: f64) {
        // Four standard deviations.
        assert!((found as f64 - expected).abs() < 4.0 * expected.sqrt(), "{found}, not {expected}");
    }

    #[test]
    fn rates_are_kept() {
        let arrivals = Arrivals::poisson(1_000, Duration::from_secs(10))
            .then(100, Duration::from_secs(10))
            .ramp(100, 1_100, Duration::from_secs(10));
        check(count(&arrivals, 0.0, 10.0), 10_000.0);
        check(count(&arrivals, 10.0, 20.0), 1_000.0);
        check(count(&arrivals, 20.0, 25.0), 1_750.0);
        check(count(&arrivals, 25.0, 30.0), 4_250.0);
        assert_eq!(count(&arrivals, 30.0, 1e9), 0);
    }

    #[test]
    fn a_flash_is_over_in_time() {
        let arrivals = Arrivals::flash(20_000, Duration::from_secs(1));
        check(count(&arrivals, 0.0, 1.0), 20_000.0);
        assert_eq!(count(&arrivals, 1.0, 1e9), 0);
    }

    #[test]
    fn gaps_are_as_spread_as_they_are_long() {
        let arrivals = Arrivals::poisson(100, Duration::from_secs(1_000));
        let offsets: Vec<f64> =
            arrivals.offsets(Draw::new(4), "test").map(|offset| offset.as_secs_f64()).collect();
        let gaps: Vec<f64> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.02, "{}", variance.sqrt() / mean);
    }
}
