//! How busy each part of each store was: a strip of its busiest, each a little gauge.

use super::figures::{per_mille_shown, place, share};
use crate::html::escape;
use crate::text::{printable, thousands};
use kata_check::Measured;
use kata_check::measured::Place;
use std::collections::BTreeSet;
use std::fmt::Write;

/// From here on a place has less than half of what it does in reserve, and from here on none that would outlast a bad moment.
const WARM_PER_MILLE: u64 = 667;
const HOT_PER_MILLE: u64 = 900;

/// Places that work less than this are left out of the table, unless they are the busiest of a store.
const IDLE_PER_MILLE: u64 = 10;

/// A gauge: filled as far as it is busy, in the colour of what that means.
pub(crate) fn cell(place: &Place, x: f64, y: f64, width: f64, height: f64) -> String {
    let class = match place.busy_per_mille {
        _ if place.refused > 0 => "hot",
        busy if busy >= HOT_PER_MILLE => "hot",
        busy if busy >= WARM_PER_MILLE => "warm",
        _ => "cool",
    };
    let full = (height * place.busy_per_mille.min(1_000) as f64 / 1_000.0).max(1.0);
    let title = format!(
        "{}: {} {} of the time, {} served, {} refused",
        super::figures::place(place),
        place.what,
        per_mille_shown(place.busy_per_mille),
        thousands(place.served),
        thousands(place.refused)
    );
    format!(
        "<g class=\"gauge {class}\"><title>{}</title><rect class=\"room\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" \
         height=\"{height}\"/><rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width}\" height=\"{full:.1}\"/></g>",
        text(&title),
        y + height - full
    )
}

/// A row for each kind of place: how busy its busiest are.
pub(crate) fn table(measured: &Measured) -> String {
    let mut html = "<table class=\"heat\">\n<tr><th>what works</th><th>how busy, the busiest first</th><th>the busiest</th>\
                    <th class=\"number\">busy</th><th class=\"number\">refused</th></tr>\n"
        .to_owned();
    let mut told = BTreeSet::new();
    for first in &measured.places {
        if !told.insert(group(first)) || (first.busy_per_mille < IDLE_PER_MILLE && first.refused == 0) {
            continue;
        }
        let alike: Vec<&Place> = measured.places.iter().filter(|one| group(one) == group(first)).collect();
        html += &row(&alike, first);
    }
    html + "</table>\n"
}

/// What belongs on one row.
fn group(place: &Place) -> (&str, &str) {
    let store = if place.what == "core" { "nodes" } else { place.store.as_str() };
    (store, place.what.as_str())
}

fn row(alike: &[&Place], busiest: &Place) -> String {
    const CELL: f64 = 16.0;
    let (store, what) = group(busiest);
    let of = match busiest.of {
        of if of > alike.len() as u64 => format!("{} of {}", alike.len(), thousands(of)),
        of => of.to_string(),
    };
    let mut cells = String::new();
    for (place, position) in alike.iter().zip(0_u16..) {
        cells += &cell(place, f64::from(position) * CELL, 0.0, CELL - 2.0, 22.0);
    }
    let mut html = String::new();
    let _ = writeln!(
        html,
        "<tr><td>{}: {} <span class=\"faint\">({of})</span></td>\
         <td><svg role=\"img\" width=\"{}\" height=\"22\"><title>How busy {} are</title>{cells}</svg></td>\
         <td>{}</td><td class=\"number\">{}</td><td class=\"number{}\">{}</td></tr>",
        text(store),
        text(what),
        alike.len() * CELL as usize,
        text(store),
        text(&place(busiest)),
        per_mille_shown(busiest.busy_per_mille),
        if busiest.refused > 0 { " bad" } else { "" },
        share(busiest.refused, busiest.served + busiest.refused),
    );
    html
}

fn text(text: &str) -> String {
    escape(&printable(text))
}

/// What gauges look like.
pub(crate) const STYLE: &str = "\
.gauge .room { fill: none; stroke: var(--line); stroke-width: 1; }
.gauge.cool rect:last-child { fill: var(--good); } .gauge.warm rect:last-child { fill: var(--doubtful); }
.gauge.hot rect:last-child { fill: var(--bad); } .gauge.hot .room { stroke: var(--bad); }
.heat svg { display: block; overflow: visible; } .heat td { vertical-align: middle; overflow-wrap: anywhere; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_gauge_is_as_full_as_its_place_is_busy() {
        let of = |busy_per_mille, refused| {
            let place = Place { busy_per_mille, refused, ..fixtures::measured().places[0].clone() };
            cell(&place, 0.0, 0.0, 10.0, 20.0)
        };
        let check = |svg: String, class: &str, height: &str| {
            assert!(svg.contains(class) && svg.contains(&format!("height=\"{height}\"/></g>")), "{svg}");
        };
        check(of(400, 0), "cool", "8.0");
        check(of(700, 0), "warm", "14.0");
        check(of(1_000, 0), "hot", "20.0");
        check(of(100, 3), "hot", "2.0");
        check(of(0, 0), "cool", "1.0");
    }

    #[test]
    fn what_hardly_works_is_left_out() {
        let html = table(&fixtures::measured());
        assert!(html.contains("log clicks: writes") && html.contains("nodes: core"), "{html}");
        assert!(!html.contains("table links"), "{html}");
        assert!(html.contains("(2 of 296)"), "{html}");
    }
}
