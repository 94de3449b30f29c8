//! What was measured, in a few lines for the terminal.

use super::figures::{dollars, latency, per_mille_shown, place, rate, share};
use crate::text::width;
use kata_check::Measured;
use kata_check::measured::{Load, Place};

/// How many lines of a bill are told.
const DEAREST: usize = 3;

/// Each load, the cost, and what is busiest, on as few lines as they fit on.
pub(crate) fn summary(measured: &Measured, columns: usize) -> Vec<String> {
    let busiest = measured.places.first().map(|busiest| {
        let refused = if busiest.refused > 0 { format!(", {}", refused(busiest)) } else { String::new() };
        let (where_, busy) = (place(busiest), per_mille_shown(busiest.busy_per_mille));
        format!("busiest: {where_}, {} {busy}{refused}", busiest.what)
    });
    let bill = &measured.bill;
    let cost = (!bill.is_empty()).then(|| format!("{} a million", dollars(bill.per_million)));
    let mut parts: Vec<String> = measured.loads.iter().map(load).collect();
    parts.extend(cost);
    parts.extend(busiest);
    joined(&parts, columns)
}

/// `redirects  10,004/s  p99 26 ms  none failed`.
fn load(load: &Load) -> String {
    let Load { name, millis, offered, failed, latency: measured, .. } = load;
    let (rate, p99) = (rate(*offered, *millis), latency(measured.p99_us));
    format!("{name}  {rate}  p99 {p99}  {} failed", share(*failed, *offered))
}

/// Parts with ` · ` between them where two fit on a line.
fn joined(parts: &[String], columns: usize) -> Vec<String> {
    const BETWEEN: &str = " · ";
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + width(BETWEEN) + width(part) <= columns => {
                *line += BETWEEN;
                *line += part;
            }
            _ => lines.push(part.clone()),
        }
    }
    lines
}

fn refused(place: &Place) -> String {
    format!("{} refused", share(place.refused, place.served + place.refused))
}

/// What it costs, and what is dearest; nothing where nothing is billed.
pub(crate) fn cost(measured: &Measured) -> Option<String> {
    let bill = &measured.bill;
    if bill.is_empty() {
        return None;
    }
    let lines = bill.lines.iter().take(DEAREST);
    let dearest: Vec<String> =
        lines.map(|line| format!("{} ({})", dollars(line.per_month), line.what)).collect();
    let total = format!("{} a million, {} a month", dollars(bill.per_million), dollars(bill.per_month));
    Some(format!("{total}: {}", dearest.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_summary_fits_its_columns() {
        let lines = summary(&fixtures::measured(), 72);
        assert_eq!(
            lines,
            [
                "redirects  10,004/s  p99 26 ms  none failed",
                "creations  100/s  p99 41 ms  1.3 % failed · $2.11 a million",
                "busiest: table clicks/Hmt40Tw, writes 40 %",
            ]
        );
        assert!(lines.iter().all(|line| width(line) <= 72));
    }

    #[test]
    fn what_is_overloaded_says_what_it_refuses() {
        let lines = summary(&fixtures::overloaded(), 72);
        assert_eq!(lines[1], "busiest: table links/counter, reads 98 %, 90 % refused");
    }

    #[test]
    fn a_bill_names_what_is_dearest() {
        assert_eq!(
            cost(&fixtures::measured()).unwrap(),
            "$2.11 a million, $54,864 a month: $33,089 (transact, table counted), $21,194 (transact, table clicks), $364 \
             (append, log clicks)"
        );
    }

    #[test]
    fn nothing_measured_is_nothing_told() {
        let nothing = Measured::default();
        assert_eq!(summary(&nothing, 72), [""; 0]);
        assert_eq!(cost(&nothing), None);
    }
}
