//! The figures of several solutions side by side: a row for each figure, a cell for each solution.

use super::figures::{dollars, latency, per_mille_shown, place, rate, share};
use crate::speed::ratio;
use kata_check::Measured;
use kata_check::measured::{Latency, Load, Speed};

/// One figure of all solutions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What it is: `redirects p99`.
    pub(crate) label: String,
    /// What it is of each solution; empty where it measured none.
    pub(crate) cells: Vec<String>,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What solutions are compared by.
    Brief,
    /// What is on record.
    Full,
}

/// The figures of all loads, in the order in which solutions have them, and what it costs.
pub(crate) fn rows(solutions: &[Option<&Measured>], detail: Detail) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |label: String, cell: &dyn Fn(&Measured) -> Option<String>| {
        let cells: Vec<String> =
            solutions.iter().map(|measured| measured.and_then(cell).unwrap_or_default()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { label, cells });
        }
    };
    let full = detail == Detail::Full;
    for name in loads(solutions) {
        let mut of_load = |label: &str, cell: fn(&Load) -> String| {
            row(format!("{name} {label}"), &|measured| load(measured, name).map(cell));
        };
        if full {
            of_load("offered", |load| rate(load.offered, load.millis));
        }
        of_load("p50", |load| latency(load.latency.p50_us));
        of_load("p99", |load| latency(load.latency.p99_us));
        if full {
            of_load("p99.9", |load| latency(load.latency.p999_us));
            of_load("slowest", |Load { latency: Latency { max_us, .. }, .. }| latency(*max_us));
        }
        of_load("failed", |load| share(load.failed, load.offered));
    }
    if full {
        row("busiest place".to_owned(), &|measured| {
            let busiest = measured.places.first()?;
            Some(format!("{}, {} {}", place(busiest), busiest.what, per_mille_shown(busiest.busy_per_mille)))
        });
        row("found in the cache".to_owned(), &|measured| {
            measured.lookups.map(|lookups| share(lookups.found, lookups.all))
        });
        row("nodes".to_owned(), &|measured| measured.is_under_load().then(|| measured.nodes.to_string()));
    }
    let mut cost = |label: &str, cell: fn(&Measured) -> f64| {
        row(label.to_owned(), &|measured| (!measured.bill.is_empty()).then(|| dollars(cell(measured))));
    };
    cost("cost of a million", |measured| measured.bill.per_million);
    cost("cost of a month", |measured| measured.bill.per_month);
    for name in speeds(solutions) {
        row(name.to_owned(), &|measured| speed(measured, name).map(spread));
    }
    rows
}

/// `1.3 (1.2 to 1.4) times fastbloom`.
pub(crate) fn spread(speed: &Speed) -> String {
    let [middle, low, high] = [speed.ratio, speed.ratio_low, speed.ratio_high].map(ratio);
    format!("{middle} ({low} to {high}) times {}", speed.yardstick)
}

/// The names of all speeds, each once.
pub(crate) fn speeds<'a>(solutions: &[Option<&'a Measured>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for speed in solutions.iter().flatten().flat_map(|measured| &measured.speeds) {
        if !names.contains(&speed.name.as_str()) {
            names.push(&speed.name);
        }
    }
    names
}

/// The speed of this name.
pub(crate) fn speed<'a>(measured: &'a Measured, name: &str) -> Option<&'a Speed> {
    measured.speeds.iter().find(|speed| speed.name == name)
}

/// The names of all loads, each once.
pub(crate) fn loads<'a>(solutions: &[Option<&'a Measured>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for load in solutions.iter().flatten().flat_map(|measured| &measured.loads) {
        if !names.contains(&load.name.as_str()) {
            names.push(&load.name);
        }
    }
    names
}

/// The load of this name.
pub(crate) fn load<'a>(measured: &'a Measured, name: &str) -> Option<&'a Load> {
    measured.loads.iter().find(|load| load.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn every_solution_has_its_cell() {
        let (one, other) = (fixtures::measured(), fixtures::overloaded());
        let told = rows(&[Some(&one), None, Some(&other)], Detail::Full);
        insta::assert_debug_snapshot!(told);
        assert!(rows(&[None], Detail::Full).is_empty());
        assert!(rows(&[Some(&one)], Detail::Brief).len() < told.len());
    }

    #[test]
    fn a_speed_without_a_load_costs_nothing() {
        let fast = Measured { speeds: vec![crate::speed::tests::look_ups()], ..Measured::default() };
        let told = rows(&[Some(&fast), None], Detail::Full);
        let cells = ["1.3 (1.3 to 11) times fastbloom 0.17", ""].map(str::to_owned).to_vec();
        assert_eq!(told, [Row { label: "inserts and look-ups".to_owned(), cells }]);
    }
}
