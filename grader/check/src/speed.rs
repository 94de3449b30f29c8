//! How fast a solution is beside a yardstick: from alternating rounds in real time to an interval and a verdict.
//!
//! Each round times both doing the same, one right after the other, and gives one ratio. What the machine does meanwhile makes
//! ratios too large as easily as too small, so each lies above the true median with probability 1/2, whatever their
//! distribution. Hence the interval between the r-th smallest and the r-th largest of n ratios misses that median on one
//! given side with the probability that fewer than r of n coins show heads. A verdict needs an interval clear of the bound, and
//! there are two looks at the ratios; together they fail a solution within the bound with a probability below 10⁻⁹ (computed
//! in the tests), as long as rounds are independent. Where ratios stay too uncertain for that, there is no verdict.

use crate::Verdict;
use std::time::Duration;

/// When to look, and which rank the interval begins at: after so many rounds, the so-many-th smallest ratio.
const LOOKS: [Look; 2] = [Look { rounds: 31, rank: 1 }, Look { rounds: 61, rank: 8 }];

/// After so many rounds, all of them beyond [`HOPELESS_FACTOR`] times the bound, no more are needed: no machine is that unfair
/// to one side only, again and again.
const HOPELESS_ROUNDS: usize = 5;
/// See [`HOPELESS_ROUNDS`].
const HOPELESS_FACTOR: f64 = 10.0;

#[derive(Clone, Copy)]
struct Look {
    rounds: usize,
    rank: usize,
}

/// What both sides took for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// The solution.
    pub solution: Duration,
    /// The yardstick.
    pub yardstick: Duration,
}

impl Round {
    fn ratio(self) -> f64 {
        self.solution.as_secs_f64() / self.yardstick.as_secs_f64().max(1e-9)
    }
}

/// Where the median of all ratios of solution to yardstick is, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The interval's lower end.
    pub low: f64,
    /// The median of those measured.
    pub median: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// Rounds so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rounds(Vec<Round>);

impl Rounds {
    /// No round yet.
    pub fn new() -> Rounds {
        Rounds::default()
    }

    /// Adds a round.
    pub fn add(&mut self, round: Round) {
        self.0.push(round);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the solution takes at most `ratio_max` times as long as the yardstick. `None` as long as more rounds are
    /// needed.
    pub fn verdict(&self, ratio_max: f64) -> Option<Verdict> {
        if self.len() == HOPELESS_ROUNDS && self.ratio().low > HOPELESS_FACTOR * ratio_max {
            return Some(Verdict::Fail);
        }
        LOOKS.iter().find(|look| look.rounds == self.len())?;
        let Ratio { low, high, .. } = self.ratio();
        if high <= ratio_max {
            Some(Verdict::Pass)
        } else if low > ratio_max {
            Some(Verdict::Fail)
        } else {
            (self.len() == LOOKS[LOOKS.len() - 1].rounds).then_some(Verdict::Inconclusive)
        }
    }

    /// Where the ratio is, as far as these rounds can tell: its interval is that of the last look passed, and before the first
    /// look holds all ratios.
    ///
    /// # Panics
    ///
    /// If there is no round.
    pub fn ratio(&self) -> Ratio {
        let mut ratios: Vec<f64> = self.0.iter().map(|round| round.ratio()).collect();
        ratios.sort_by(f64::total_cmp);
        let passed = LOOKS.iter().rev().find(|look| look.rounds <= ratios.len());
        let rank = passed.map_or(1, |look| look.rank);
        Ratio { low: ratios[rank - 1], median: ratios[ratios.len() / 2], high: ratios[ratios.len() - rank] }
    }

    /// What each side usually took: the medians.
    ///
    /// # Panics
    ///
    /// If there is no round.
    pub fn typical(&self) -> Round {
        let median = |side: fn(&Round) -> Duration| {
            let mut took: Vec<Duration> = self.0.iter().map(side).collect();
            took.sort();
            took[took.len() / 2]
        };
        Round { solution: median(|round| round.solution), yardstick: median(|round| round.yardstick) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rounds(ratios: impl IntoIterator<Item = f64>) -> Rounds {
        let yardstick = Duration::from_millis(10);
        Rounds(
            ratios.into_iter().map(|ratio| Round { solution: yardstick.mul_f64(ratio), yardstick }).collect(),
        )
    }

    /// Adds the rounds one by one until there is a verdict.
    fn judged(ratios: impl IntoIterator<Item = f64>, ratio_max: f64) -> Option<(Verdict, usize)> {
        let mut so_far = Rounds::new();
        for round in rounds(ratios).0 {
            so_far.add(round);
            if let Some(verdict) = so_far.verdict(ratio_max) {
                return Some((verdict, so_far.len()));
            }
        }
        None
    }

    /// SplitMix64.
    fn draw(seed: u64, ordinal: u64) -> u64 {
        let mut z = (seed << 32 ^ ordinal).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The machine of a busy office: every ratio off by up to a quarter, and one of sixteen threefold, either way.
    fn noisy(seed: u64, ratio: f64) -> impl Iterator<Item = f64> {
        (0..61).map(move |i| {
            let bits = draw(seed, i);
            let unit = (bits >> 11) as f64 / (1_u64 << 53) as f64;
            let usual = 1.25_f64.powf(2.0 * unit - 1.0);
            let burst = match bits % 32 {
                0 => 3.0,
                1 => 1.0 / 3.0,
                _ => 1.0,
            };
            ratio * usual * burst
        })
    }

    #[test]
    fn both_looks_together_are_wrong_once_in_a_billion() {
        let tail = |look: &Look| {
            let n = look.rounds as f64;
            let (mut term, mut sum) = (0.5_f64.powf(n), 0.0);
            for heads in 0..look.rank {
                sum += term;
                term *= (n - heads as f64) / (heads as f64 + 1.0);
            }
            sum
        };
        assert!(LOOKS.iter().map(tail).sum::<f64>() < 1e-9);
    }

    #[test]
    fn a_quiet_machine_tells_at_the_first_look() {
        assert_eq!(judged([2.0; 61], 3.0), Some((Verdict::Pass, 31)));
        assert_eq!(judged([4.0; 61], 3.0), Some((Verdict::Fail, 31)));
        assert_eq!(judged([3.0; 61], 3.0), Some((Verdict::Pass, 31)));
    }

    #[test]
    fn what_is_hopelessly_slow_is_told_early() {
        assert_eq!(judged([40.0; 61], 3.0), Some((Verdict::Fail, 5)));
    }

    #[test]
    fn a_noisy_machine_takes_longer_and_says_the_same() {
        for seed in 0..200 {
            assert_eq!(
                judged(noisy(seed, 2.0), 3.0).map(|(verdict, _)| verdict),
                Some(Verdict::Pass),
                "{seed}"
            );
            assert_eq!(
                judged(noisy(seed, 4.0), 3.0).map(|(verdict, _)| verdict),
                Some(Verdict::Fail),
                "{seed}"
            );
        }
    }

    #[test]
    fn near_the_bound_nobody_can_tell() {
        for seed in 0..200 {
            assert_eq!(judged(noisy(seed, 3.0), 3.0), Some((Verdict::Inconclusive, 61)), "{seed}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_median(ratios in prop::collection::vec(0.01_f64..100.0, 1..80)) {
            let Ratio { low, median, high } = rounds(ratios).ratio();
            prop_assert!(low <= median && median <= high);
        }

        #[test]
        fn order_does_not_matter(ratios in prop::collection::vec(0.1_f64..10.0, 61).prop_shuffle(), bound in 0.5_f64..8.0) {
            let mut sorted = ratios.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(rounds(ratios).verdict(bound), rounds(sorted).verdict(bound));
        }

        #[test]
        fn slower_is_never_better(ratios in prop::collection::vec(0.1_f64..10.0, 61), bound in 0.5_f64..8.0, by in 1.0_f64..5.0) {
            let badness = |verdict| match verdict {
                Some(Verdict::Pass) => 0,
                Some(Verdict::Fail) => 2,
                _ => 1,
            };
            let slower: Vec<f64> = ratios.iter().map(|ratio| ratio * by).collect();
            prop_assert!(badness(rounds(ratios).verdict(bound)) <= badness(rounds(slower).verdict(bound)));
        }

        #[test]
        fn seven_outliers_of_either_kind_decide_nothing(outliers in prop::collection::vec(prop_oneof![Just(0.001), Just(1000.0)], 7)) {
            let ratios: Vec<f64> = outliers.into_iter().chain([2.0; 54]).collect();
            prop_assert_eq!(rounds(ratios.clone()).verdict(3.0), Some(Verdict::Pass));
            prop_assert_eq!(rounds(ratios).verdict(1.0), Some(Verdict::Fail));
        }
    }
}
