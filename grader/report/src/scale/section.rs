//! All pictures of one requirement of level `scale`, of one solution or of several side by side.

use super::drawing::{drawing, widest};
use super::rows::{Detail, load, loads, rows};
use super::{cost, drawing, heat, plot, plots};
use crate::html::escape;
use crate::text::printable;
use kata_check::Measured;
use std::fmt::Write;

/// A solution's name, and what was measured of it.
pub(crate) type Solution<'a> = (&'a str, &'a Measured);

/// The figures in a table, the designs side by side.
pub(crate) fn side_by_side(solutions: &[Solution<'_>]) -> String {
    let widest = widest(solutions.iter().map(|solution| solution.1));
    let mut html = figures(solutions);
    html += "<div class=\"designs\">\n";
    for (name, measured) in solutions.iter().filter(|solution| solution.1.is_under_load()) {
        let drawing = drawing(name, measured, widest);
        let _ = writeln!(
            html,
            "<figure><figcaption>{}</figcaption><div class=\"wide\">{drawing}</div></figure>",
            text(name)
        );
    }
    html + "</div>\n"
}

/// How latencies are spread: a plot for each load, a line for each solution.
pub(crate) fn quantiles(solutions: &[Solution<'_>]) -> String {
    let all: Vec<Option<&Measured>> = solutions.iter().map(|solution| Some(solution.1)).collect();
    let plot = |name: &str| {
        let of = solutions.iter().filter_map(|(solution, measured)| Some((*solution, load(measured, name)?)));
        plots::by_quantile(name, &of.collect::<Vec<_>>())
    };
    loads(&all).into_iter().map(plot).collect()
}

/// Everything about one solution, beside the reference where its figures are known.
pub(crate) fn section(measured: &Measured, reference: Option<&Measured>) -> String {
    let mut solutions = vec![("this solution", measured)];
    solutions.extend(reference.map(|reference| ("the reference", reference)));
    let mut html = side_by_side(&solutions);
    html += "<div class=\"plots\">\n";
    for load in &measured.loads {
        html += &plots::over_time(load);
    }
    html += &quantiles(&solutions);
    html += "</div>\n<div class=\"wide\">";
    html += &heat::table(measured);
    html += "</div>\n";
    if !measured.bill.is_empty() {
        html += &format!("<div class=\"wide\">{}</div>\n", cost::table(measured));
    }
    html
}

/// What the signs in designs and plots mean.
pub(crate) const LEGEND: &str = "<p class=\"faint\">Designs are drawn from the traffic between clients, nodes and stores: the wider an \
     arrow, the more requests a second; latencies are those that the asking side saw. Each gauge is one partition, shard or core, \
     full as far as it was busy. What never ended is marked at the top of a plot. All of it is virtual time.</p>\n";

fn figures(solutions: &[Solution<'_>]) -> String {
    let mut html = "<div class=\"wide\"><table class=\"figures\">\n<tr><th></th>".to_owned();
    for (name, _) in solutions {
        let _ = write!(html, "<th class=\"number\">{}</th>", text(name));
    }
    html += "</tr>\n";
    let all: Vec<Option<&Measured>> = solutions.iter().map(|solution| Some(solution.1)).collect();
    for row in rows(&all, Detail::Full) {
        let _ = write!(html, "<tr><td>{}</td>", text(&row.label));
        for cell in row.cells {
            let _ = write!(html, "<td class=\"number\">{}</td>", text(&cell));
        }
        html += "</tr>\n";
    }
    html + "</table></div>\n"
}

fn text(text: &str) -> String {
    escape(&printable(text))
}

/// What all of it looks like.
pub(crate) fn style() -> String {
    [STYLE, drawing::STYLE, heat::STYLE, plot::STYLE, cost::STYLE].concat()
}

/// What is wider than a narrow screen scrolls by itself; on paper it shrinks.
const STYLE: &str = "\
.figures td:first-child { white-space: nowrap; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.designs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 582px), 1fr)); gap: 1em 1.5em; align-items: start; }
.designs figure { margin: 0; min-width: 0; } .wide { overflow-x: auto; }
@media print {
  .designs { grid-template-columns: 1fr 1fr; } .wide { overflow: visible; } .wide svg { max-width: 100%; height: auto; }
  figure, tr { break-inside: avoid; } .figures { font-size: 85%; }
}
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn without_a_reference_there_is_one_design() {
        let html = section(&fixtures::measured(), None);
        assert_eq!(html.matches("class=\"design\"").count(), 1);
        assert!(!html.contains("reference"));
    }

    #[test]
    fn with_a_reference_there_are_two_of_everything_that_compares() {
        let html = section(&fixtures::overloaded(), Some(&fixtures::measured()));
        assert_eq!(html.matches("class=\"design\"").count(), 2);
        assert_eq!(html.matches("class=\"heat\"").count(), 1);
        // The reference has a load that this solution has not.
        assert!(html.contains(
            "<tr><td>creations p99</td><td class=\"number\"></td><td class=\"number\">41 ms</td></tr>"
        ));
    }
}
