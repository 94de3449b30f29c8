//! How fast a solution is, in a line.

use crate::text::count;
use kata_check::measured::Speed;

/// `inserts take 1.3 times the time of fastbloom (1.2 to 1.4, at most 4): 41 million a second on 1 thread`.
pub(crate) fn sentence(speed: &Speed) -> String {
    format!(
        "{} take {} times the time of {} ({} to {}, at most {}): {} on {}",
        speed.name,
        ratio(speed.ratio),
        speed.yardstick,
        ratio(speed.ratio_low),
        ratio(speed.ratio_high),
        speed.ratio_max,
        rate(speed.per_second),
        count(speed.threads.into(), "thread"),
    )
}

/// Two digits, of which one is behind the point where that says something.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}

/// `41 million a second`.
pub(crate) fn rate(per_second: u64) -> String {
    match per_second {
        10_000_000.. => format!("{} million a second", per_second / 1_000_000),
        1_000_000.. => format!("{:.1} million a second", per_second as f64 / 1e6),
        1_000.. => format!("{} thousand a second", per_second / 1_000),
        _ => format!("{per_second} a second"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn look_ups() -> Speed {
        Speed {
            name: "inserts and look-ups".to_owned(),
            yardstick: "fastbloom 0.17".to_owned(),
            threads: 2,
            operations: 1_000_000,
            rounds: 31,
            ratio: 1.34,
            ratio_low: 1.26,
            ratio_high: 11.4,
            ratio_max: 4.0,
            per_second: 41_200_000,
            yardstick_per_second: 55_300_000,
        }
    }

    #[test]
    fn a_speed_is_one_sentence() {
        assert_eq!(
            sentence(&look_ups()),
            "inserts and look-ups take 1.3 times the time of fastbloom 0.17 (1.3 to 11, at most 4): \
             41 million a second on 2 threads"
        );
    }

    #[test]
    fn rates_are_round() {
        let rates = [7, 7_654, 7_654_321, 76_543_210].map(rate);
        assert_eq!(
            rates,
            ["7 a second", "7 thousand a second", "7.7 million a second", "76 million a second"]
        );
    }
}
