//! Stage `error`: the root mean square of the error, over many sketches, at every count.
//!
//! The designs of 2007, 2013 and 2017 differ here. Errors of right ones, times the square root of the number of registers, are 0.5 to
//! 1.16 whatever the count, where it is rounding that makes the most of them, and up to 1.2 with sixteen registers; the bound is 1.3.

use crate::sketches::{ALARM, config, error_max, keys};
use hyperloglog::{Config, HyperLogLogClient as Client};
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome, chance, ensure, spread};
use kata_sim::{Datacentre, Expect, requirement};

/// A hundred sketches with 16,384 registers, from a hundred keys to ten for each register: at none of these counts do they err more
/// than they may. Where a design changes from one formula to another, there is no bump.
///
/// What this catches: a hundred sketches exceed 1.99 / sqrt(m) with the probability of [`ALARM`] if they err by 1.3 / sqrt(m), and all but
/// surely if they err by 2.7. The estimator of 2007 errs by 3.1 at 2.5 keys for each register, counting empty registers as long
/// as there are any by 7 at eight keys, a formula with a wrong constant by 8.
#[requirement(stage = "error", level = acceptance, points = 15, native)]
async fn no_count_is_worse_than_others(dc: &Datacentre) -> Outcome {
    let sixteenths = [4, 8, 16, 24, 32, 36, 40, 44, 48, 56, 64, 80, 96, 128, 160];
    let counts: Vec<u64> = [100, 1_000].into_iter().chain(sixteenths.map(|part| part * 1_024)).collect();
    measure(dc, 14, 100, &counts).await
}

/// Thousands of sketches with 64 and 256 registers, which tell the bound from a little more; and a few with sixteen registers that get
/// a million and a half keys, of which hardly any is off by more than twice the bound.
///
/// Four thousand sketches exceed 1.40 / sqrt(m) with the probability of [`ALARM`] if they err by 1.3 / sqrt(m), and with 0.999 if they err
/// by 1.47, as those do that use half of their registers.
#[requirement(stage = "error", level = acceptance, points = 10, native)]
async fn small_sketches_err_no_more_than_they_must(dc: &Datacentre) -> Outcome {
    for (precision, sketches) in [(6, 1_000), (8, 4_000)] {
        let quarters = [1, 2, 4, 6, 8, 9, 10, 11, 12, 14, 16, 20, 24, 32];
        let counts = quarters.map(|part| part << (precision - 2));
        measure(dc, precision, sketches, &counts).await?;
    }
    let (precision, count, far) = (4, 1_500_000, 2.0 * error_max(4));
    let errors = errors(dc, precision, 32, &[count]).await?;
    let far_off = errors[0].all.iter().filter(|error| error.abs() > far).count() as u64;
    // Errors of sixteen registers are not normal, and have a long tail upwards. But whatever they are, no more than a quarter is beyond
    // twice the root mean square. Sketches whose registers stop at a rank of 15 all are: they lack 75 %.
    let limit = chance::most(32, 0.25, ALARM);
    let percent = far * 100.0;
    ensure!(
        far_off <= limit,
        "estimates of {count} keys are far off",
        "at most {limit} of 32 sketches with a precision of {precision} off by more than {percent:.0} %",
        "{far_off} are"
    );
    Ok(())
}

/// Demands that the root mean square of the error of many sketches is small enough at each of these counts.
async fn measure(dc: &Datacentre, precision: u8, sketches: u32, counts: &[u64]) -> Outcome {
    let limit = spread::most(sketches, error_max(precision), ALARM);
    let errors = errors(dc, precision, sketches, counts).await?;
    counts.iter().zip(errors).try_for_each(|(&count, errors)| errors.judge(precision, count, limit))
}

/// The errors of many sketches at each of these counts.
async fn errors(
    dc: &Datacentre,
    precision: u8,
    sketches: u32,
    counts: &[u64],
) -> Result<Vec<Errors>, Complaint> {
    let node = dc.deploy::<Client>(1, Config { precision, ..config(dc) }).await[0];
    let mut errors = vec![Errors::default(); counts.len()];
    for number in 0..sketches {
        if number > 0 {
            dc.crash(node);
            dc.restart(node).await;
        }
        let Keys { family, seed } = keys(dc, Family::Random);
        let keys = Keys::new(family, seed.wrapping_add(u64::from(precision) << 32 | u64::from(number)));
        let ana = dc.client_on_threads::<Client>(node, 1);
        let estimates = ana.estimates_while_adding(keys, counts.to_vec()).await;
        let estimates = estimates.expect_ok("adding keys and estimating")?;
        for ((errors, &count), estimate) in errors.iter_mut().zip(counts).zip(estimates) {
            errors.add(estimate as f64 / count as f64 - 1.0);
        }
    }
    Ok(errors)
}

/// Relative errors at one count.
#[derive(Clone, Default)]
pub(crate) struct Errors {
    all: Vec<f64>,
}

impl Errors {
    pub(crate) fn add(&mut self, error: f64) {
        self.all.push(error);
    }

    /// Demands that their root mean square is at most `limit`.
    pub(crate) fn judge(&self, precision: u8, count: u64, limit: f64) -> Outcome {
        let sketches = self.all.len();
        let mean = |sum: f64| sum / sketches as f64 * 100.0;
        let rms_percent = 10.0 * libm::sqrt(mean(self.all.iter().map(|error| error * error).sum()));
        let bias_percent = mean(self.all.iter().sum());
        let (limit_percent, bound_percent) = (limit * 100.0, error_max(precision) * 100.0);
        ensure!(
            rms_percent <= limit_percent,
            "estimates of {count} keys err too much",
            "{limit_percent:.2} % at most, the root mean square of {sketches} sketches with a precision of {precision}: \
             {bound_percent:.2} %, and what chance adds",
            "{rms_percent:.2} %, and {bias_percent:+.2} % on average"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperloglog::ERROR_FACTOR;

    /// In parts of 1 / sqrt(m).
    #[test]
    fn limits_are_what_is_said_of_them() {
        let hundred = spread::most(100, ERROR_FACTOR, ALARM);
        assert!((1.97..2.0).contains(&hundred), "{hundred}");
        assert!(spread::exceeds(100, 2.7, hundred) > 0.999);
        let thousands = spread::most(4_000, ERROR_FACTOR, ALARM);
        assert!((1.395..1.405).contains(&thousands), "{thousands}");
        assert!(spread::exceeds(4_000, 1.47, thousands) > 0.999);
        // Right designs, with what rounding adds to them.
        assert!(spread::exceeds(100, 1.2, hundred) < 1e-15);
        assert!(spread::exceeds(4_000, 1.2, thousands) < 1e-15);
        let far_off = chance::most(32, 0.25, ALARM);
        assert!((26..30).contains(&far_off), "{far_off}");
    }
}
