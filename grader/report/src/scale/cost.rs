//! What a design costs: a bar for each thing that is paid for, the dearest first.

use super::figures::dollars;
use crate::html::escape;
use crate::text::printable;
use kata_check::Measured;
use std::fmt::Write;

/// How long the bar of the dearest is, in pixels.
const BAR: f64 = 160.0;

/// The bill as a table.
pub(crate) fn table(measured: &Measured) -> String {
    let bill = &measured.bill;
    let dearest = bill.lines.first().map_or(0.0, |line| line.per_month);
    let mut html =
        "<table class=\"cost\">\n<tr><th>what is paid for</th><th></th><th class=\"number\">a month</th>\
                    <th class=\"number\">a million</th></tr>\n"
            .to_owned();
    for line in &bill.lines {
        let length = BAR * line.per_month / dearest.max(f64::MIN_POSITIVE);
        let share = line.per_month / bill.per_month.max(f64::MIN_POSITIVE);
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td><svg width=\"{BAR}\" height=\"12\" aria-hidden=\"true\"><rect class=\"bar\" width=\"{length:.1}\" \
             height=\"12\"/></svg></td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escape(&printable(&line.what)),
            dollars(line.per_month),
            dollars(share * bill.per_million),
        );
    }
    let _ = writeln!(
        html,
        "<tr><td><strong>together</strong></td><td></td><td class=\"number\"><strong>{}</strong></td>\
         <td class=\"number\"><strong>{}</strong></td></tr>\n</table>\n<p class=\"faint\">{}; a month at the measured rate, a million of \
         the loads' requests.</p>",
        dollars(bill.per_month),
        dollars(bill.per_million),
        escape(&printable(&bill.source)),
    );
    html
}

/// What bills look like.
pub(crate) const STYLE: &str = ".cost td { vertical-align: middle; } .cost svg { display: block; max-width: none; } .bar { fill: var(--service); }\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_bill_adds_up_and_its_bars_are_in_proportion() {
        insta::assert_snapshot!(table(&fixtures::measured()));
    }

    #[test]
    fn nothing_paid_is_no_division_by_nothing() {
        let html = table(&Measured::default());
        assert!(html.contains("<strong>$0</strong>") && !html.contains("NaN"), "{html}");
    }
}
