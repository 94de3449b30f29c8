//! How far chance may carry a spread: limits for requirements on a root mean square error.
//!
//! The errors of a right solution scatter with some standard deviation, and so does their root mean square over a number of
//! trials, around it. [`most`] is the root mean square that a solution of that standard deviation exceeds with a probability no
//! larger than a stated one; what a limit still catches is [`exceeds`]. Both are exact for normal errors without bias (the sum of
//! their squares is distributed like chi-square), which sums of many small causes come close to.

/// The root mean square that `errors` independent errors of the standard deviation `sigma` exceed with a probability of at
/// most `alarm`.
///
/// # Panics
///
/// If there are no errors, `sigma` is not positive, or `alarm` is not between 0 and 1, both excluded.
pub fn most(errors: u32, sigma: f64, alarm: f64) -> f64 {
    assert!(alarm > 0.0 && alarm < 1.0, "a probability lies between 0 and 1");
    let (mut too_low, mut enough) = (0.0, 2.0 * sigma);
    while exceeds(errors, sigma, enough) > alarm {
        enough *= 2.0;
    }
    // The tail falls as the limit rises. Sixty halvings are all that a double can tell apart.
    for _ in 0..60 {
        let middle = f64::midpoint(too_low, enough);
        if exceeds(errors, sigma, middle) <= alarm {
            enough = middle;
        } else {
            too_low = middle;
        }
    }
    enough
}

/// The probability that the root mean square of `errors` independent errors of the standard deviation `sigma` is above
/// `limit`.
///
/// # Panics
///
/// If there are no errors, or `sigma` is not positive.
pub fn exceeds(errors: u32, sigma: f64, limit: f64) -> f64 {
    assert!(errors > 0 && sigma > 0.0, "there is something to spread");
    let half = f64::from(errors) / 2.0;
    upper_gamma(half, half * (limit / sigma) * (limit / sigma))
}

/// The regularised upper incomplete gamma function: the share of the gamma distribution of shape `a` that lies above `x`.
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let scale = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    let negligible = 1e-16;
    if x < a + 1.0 {
        // The series of the lower function.
        let (mut term, mut sum, mut shape) = (1.0 / a, 1.0 / a, a);
        while term > sum * negligible {
            shape += 1.0;
            term *= x / shape;
            sum += term;
        }
        return 1.0 - sum * scale;
    }
    // Lentz's way through the continued fraction of the upper one.
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / tiny, 1.0 / b);
    let mut fraction = d;
    for i in 1..100_000 {
        let numerator = -f64::from(i) * (f64::from(i) - a);
        b += 2.0;
        let divisor = numerator * d + b;
        d = 1.0 / if divisor.abs() < tiny { tiny } else { divisor };
        c = b + numerator / c;
        c = if c.abs() < tiny { tiny } else { c };
        fraction *= d * c;
        if (d * c - 1.0).abs() < negligible {
            break;
        }
    }
    scale * fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_errors_are_exponential() {
        // The sum of two squares is above x with the probability exp(-x / 2).
        for limit in [0.1, 1.0, 3.0, 6.0_f64] {
            let exact = (-limit * limit).exp();
            assert!((exceeds(2, 1.0, limit) - exact).abs() < 1e-14 + 1e-10 * exact, "{limit}");
        }
    }

    #[test]
    fn four_errors_are_of_erlang() {
        for limit in [0.5, 1.0, 2.0, 4.0_f64] {
            let x = 2.0 * limit * limit;
            let exact = (-x).exp() * (1.0 + x);
            assert!((exceeds(4, 1.0, limit) - exact).abs() < 1e-14 + 1e-10 * exact, "{limit}");
        }
    }

    #[test]
    fn many_errors_hardly_stray() {
        let limit = most(1_000, 1.0, 1e-9);
        // The root mean square of n normal errors scatters by 1 / sqrt(2 n); a billionth lies about six of that above.
        assert!((1.13..1.15).contains(&limit), "{limit}");
        assert!(exceeds(1_000, 1.4, limit) > 0.999_999);
    }

    proptest! {
        #[test]
        fn the_limit_has_the_stated_probability(errors in 1_u32..5_000, sigma in 0.001_f64..10.0, exponent in 1_i32..13) {
            let alarm = 10_f64.powi(-exponent);
            let limit = most(errors, sigma, alarm);
            prop_assert!(exceeds(errors, sigma, limit) <= alarm);
            prop_assert!(exceeds(errors, sigma, limit * 0.999_999) > alarm * 0.999);
        }

        #[test]
        fn a_wider_spread_is_found_more_often(errors in 1_u32..2_000, sigma in 0.1_f64..2.0, limit in 0.1_f64..3.0) {
            prop_assert!(exceeds(errors, sigma, limit) <= exceeds(errors, sigma * 1.1, limit) + 1e-12);
        }
    }
}
