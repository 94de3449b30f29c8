//! Single figures as people say them.

use crate::text::{clip, printable, thousands};
use kata_check::measured::Place;

/// The widest that the name of a place may be.
const PLACE_COLUMNS_MAX: usize = 40;

/// A latency in three digits or so: `640 µs`, `8.3 ms`, `27 ms`, `1.2 s`; `never` where there was no answer.
pub(crate) fn latency(us: Option<u64>) -> String {
    match us {
        None => "never".to_owned(),
        Some(us) if us < 1_000 => format!("{us} µs"),
        Some(us) if us < 10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        Some(us) if us < 1_000_000 => format!("{} ms", us / 1_000),
        Some(us) => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

/// How many a second: `10,004/s`, `0.7/s`.
pub(crate) fn rate(count: u64, millis: u64) -> String {
    format!("{}/s", number(per_second(count, millis)))
}

/// The same as a number.
pub(crate) fn per_second(count: u64, millis: u64) -> f64 {
    count as f64 * 1_000.0 / millis.max(1) as f64
}

/// A number, with a decimal only where it matters.
pub(crate) fn number(value: f64) -> String {
    if value < 9.95 && value.fract() != 0.0 { format!("{value:.1}") } else { thousands(value.round() as u64) }
}

/// A part of a whole: `none`, `3 of 15,006`, `2.1 %`, `65 %`.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if part == 0 {
        return "none".to_owned();
    }
    match part * 1_000 / whole.max(1) {
        0 => format!("{part} of {}", thousands(whole)),
        per_mille => per_mille_shown(per_mille),
    }
}

/// Thousandths as per cent: `2.1 %`, `65 %`.
pub(crate) fn per_mille_shown(per_mille: u64) -> String {
    match per_mille {
        0 => "0 %".to_owned(),
        1..100 => format!("{}.{} %", per_mille / 10, per_mille % 10),
        _ => format!("{} %", per_mille / 10),
    }
}

/// Dollars: `$0.0021`, `$2.14`, `$55,534`.
pub(crate) fn dollars(amount: f64) -> String {
    match amount {
        0.0 => "$0".to_owned(),
        tiny if tiny < 0.000_05 => "under $0.0001".to_owned(),
        small if small < 0.01 => format!("${small:.4}"),
        plain if plain < 99.995 => format!("${plain:.2}"),
        large => format!("${}", thousands(large.round() as u64)),
    }
}

/// Where a place is: `table clicks/Hmt40Tw`, `node-3`.
pub(crate) fn place(place: &Place) -> String {
    let name = match place.part.as_str() {
        "" => place.store.clone(),
        part => format!("{}/{part}", place.store),
    };
    clip(&printable(&name), PLACE_COLUMNS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_have_the_unit_that_suits_them() {
        let told = [Some(0), Some(640), Some(8_335), Some(26_751), Some(1_249_000), None].map(latency);
        assert_eq!(told, ["0 µs", "640 µs", "8.3 ms", "26 ms", "1.2 s", "never"]);
    }

    #[test]
    fn rates_are_per_second() {
        assert_eq!(rate(15_006, 1_500), "10,004/s");
        assert_eq!(rate(1, 1_500), "0.7/s");
        assert_eq!(rate(0, 0), "0/s");
        assert_eq!(rate(9_996, 1_000_000), "10/s");
    }

    #[test]
    fn shares_tell_one_from_none() {
        let told = [(0, 15_006), (3, 15_006), (320, 15_006), (9_826, 15_006), (5, 5)];
        let told = told.map(|(part, whole)| share(part, whole));
        assert_eq!(told, ["none", "3 of 15,006", "2.1 %", "65 %", "100 %"]);
    }

    #[test]
    fn dollars_have_cents_while_they_matter() {
        let told = [0.0, 0.000_01, 0.0021, 2.138, 99.99, 55_534.2].map(dollars);
        assert_eq!(told, ["$0", "under $0.0001", "$0.0021", "$2.14", "$99.99", "$55,534"]);
    }
}
