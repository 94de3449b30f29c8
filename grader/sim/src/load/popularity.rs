//! What clients ask for: some things far more often than others.

use std::cmp::Ordering;

/// How often each of some things is asked for.
#[derive(Clone, Debug)]
pub struct Popularity {
    /// The share of the first `n + 1` things.
    up_to: Vec<f64>,
}

impl Popularity {
    /// Zipf's law: the n-th of `things` is asked for in proportion to `1 / n^exponent`.
    ///
    /// # Panics
    ///
    /// If there are no things.
    pub fn zipf(things: usize, exponent: f64) -> Popularity {
        Popularity::weighted((1..=things).map(|rank| 1.0 / libm::pow(rank as f64, exponent)))
    }

    /// A celebrity: the first of `things` gets `share` of everything, the others the rest in equal parts.
    ///
    /// # Panics
    ///
    /// If there are fewer than two things.
    pub fn celebrity(things: usize, share: f64) -> Popularity {
        let others = things - 1;
        let rest = (1.0 - share) / others as f64;
        Popularity::weighted(std::iter::once(share).chain(std::iter::repeat_n(rest, others)))
    }

    fn weighted(weights: impl Iterator<Item = f64>) -> Popularity {
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        assert!(sum > 0.0, "nothing to ask for");
        up_to.iter_mut().for_each(|share| *share /= sum);
        Popularity { up_to }
    }

    /// The thing that 64 random bits ask for, from 0 on.
    pub fn pick(&self, bits: u64) -> usize {
        let point = super::unit(bits);
        let found = self
            .up_to
            .binary_search_by(|share| if *share <= point { Ordering::Less } else { Ordering::Greater });
        found.unwrap_or_else(|index| index).min(self.up_to.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;

    fn counts(popularity: &Popularity, things: usize) -> Vec<f64> {
        let draw = Draw::new(5);
        let mut counts = vec![0.0; things];
        for i in 0..1_000_000 {
            counts[popularity.pick(draw.bits("pick", i, 0))] += 1e-6;
        }
        counts
    }

    #[test]
    fn zipf_halves_with_the_second() {
        let counts = counts(&Popularity::zipf(1_000, 1.0), 1_000);
        assert!((counts[0] / counts[1] - 2.0).abs() < 0.05, "{counts:?}");
        assert!((counts[0] / counts[9] - 10.0).abs() < 0.5, "{counts:?}");
        assert!(counts.iter().all(|&count| count > 0.0));
    }

    #[test]
    fn a_celebrity_gets_its_share() {
        let counts = counts(&Popularity::celebrity(11, 0.5), 11);
        assert!((counts[0] - 0.5).abs() < 0.005, "{counts:?}");
        assert!(counts[1..].iter().all(|&count| (count - 0.05).abs() < 0.002), "{counts:?}");
    }
}
