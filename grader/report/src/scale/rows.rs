//! The figures of several solutions side by side: a row for each figure, a cell for each solution.

use super::figures::{dollars, latency, per_mille_shown, place, rate, share};
use kata_check::Measured;
use kata_check::measured::{Latency, Load};

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
        row("nodes".to_owned(), &|measured| Some(measured.nodes.to_string()));
    }
    row("cost of a million".to_owned(), &|measured| Some(dollars(measured.bill.per_million)));
    row("cost of a month".to_owned(), &|measured| Some(dollars(measured.bill.per_month)));
    rows
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
}
