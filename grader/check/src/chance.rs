//! How far chance may carry a count: limits for requirements that count what happens with some probability.
//!
//! A solution whose every trial goes wrong with probability at most `p` may still have many that do. [`most`] is the count that
//! it exceeds with a probability no larger than a stated one, by the exact tail of the binomial distribution. What a limit still
//! catches is [`exceeds`]: the probability that a solution of another `p` is above it.

/// The least count that the number of successes in `trials` independent ones, each of probability `p`, exceeds with a
/// probability of at most `alarm`.
///
/// # Panics
///
/// If `p` or `alarm` is not between 0 and 1, both excluded.
pub fn most(trials: u64, p: f64, alarm: f64) -> u64 {
    assert!(p > 0.0 && p < 1.0 && alarm > 0.0 && alarm < 1.0, "probabilities lie between 0 and 1");
    let (mut too_few, mut enough) = (None, trials);
    // The tail falls as the count rises, so the least count is found by halving.
    loop {
        let least = too_few.map_or(0, |count| count + 1);
        if least == enough {
            return enough;
        }
        let middle = least + (enough - least) / 2;
        if exceeds(trials, p, middle) <= alarm {
            enough = middle;
        } else {
            too_few = Some(middle);
        }
    }
}

/// The probability that more than `count` of `trials` independent ones succeed, each of probability `p`.
pub fn exceeds(trials: u64, p: f64, count: u64) -> f64 {
    if count >= trials {
        return 0.0;
    }
    let ln_term = |successes: u64| {
        let (n, k) = (trials as f64, successes as f64);
        let ln_ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        ln_ways + k * libm::log(p) + (n - k) * libm::log1p(-p)
    };
    // Terms rise up to the mode and fall behind it; the sum runs away from the mode, where it ends soon.
    let mode = ((trials + 1) as f64 * p) as u64;
    let negligible = 1e-18;
    if count >= mode {
        let mut sum = 0.0;
        for successes in count + 1..=trials {
            let term = libm::exp(ln_term(successes));
            sum += term;
            if term <= sum * negligible {
                break;
            }
        }
        return sum;
    }
    let mut below = 0.0;
    for successes in (0..=count).rev() {
        let term = libm::exp(ln_term(successes));
        below += term;
        if term <= below * negligible {
            break;
        }
    }
    1.0 - below
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tail from products of plain fractions, for few trials.
    fn plainly(trials: u64, p: f64, count: u64) -> f64 {
        let term = |successes: u64| {
            let ways: f64 = (0..successes).map(|i| (trials - i) as f64 / (i + 1) as f64).product();
            ways * p.powf(successes as f64) * (1.0 - p).powf((trials - successes) as f64)
        };
        (count + 1..=trials).map(term).sum()
    }

    #[test]
    fn coins() {
        assert!((exceeds(10, 0.5, 8) - 11.0 / 1024.0).abs() < 1e-12);
        assert_eq!(most(10, 0.5, 0.011), 8);
        assert_eq!(most(10, 0.5, 1e-9), 10);
    }

    #[test]
    fn many_trials() {
        // 2,000 of 200,000 are expected, 44.5 is the standard deviation: a billionth lies about six of them above.
        let limit = most(200_000, 0.01, 1e-9);
        assert!((2_267..2_280).contains(&limit), "{limit}");
        assert!(exceeds(200_000, 0.015, limit) > 0.999_999);
    }

    #[test]
    fn what_hardly_ever_happens() {
        // The probability of one at all is 1e-3, of two 5e-7, of three 2e-10.
        assert_eq!(most(1_000, 1e-6, 1e-9), 2);
    }

    proptest! {
        #[test]
        fn the_tail_is_that_of_the_definition(trials in 1_u64..40, p in 0.01_f64..0.99, count in 0_u64..40) {
            prop_assert!((exceeds(trials, p, count) - plainly(trials, p, count.min(trials))).abs() < 1e-9);
        }

        #[test]
        fn the_limit_is_the_least(trials in 1_u64..100_000, p in 0.000_1_f64..0.5, exponent in 2_i32..10) {
            let alarm = 10_f64.powi(-exponent);
            let limit = most(trials, p, alarm);
            prop_assert!(exceeds(trials, p, limit) <= alarm);
            prop_assert!(limit == 0 || exceeds(trials, p, limit - 1) > alarm);
        }
    }
}
