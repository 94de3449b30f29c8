//! The design as its traffic draws it: boxes, and an arrow for each kind of request, as wide as there are many of them.

use super::figures::{latency, per_mille_shown, per_second, rate, share};
use super::heat::cell;
use super::layout::{Flow, Kind, Layout, Party, WIDTH, layout};
use crate::html::escape;
use crate::text::{clip, printable, thousands, width};
use kata_check::Measured;
use kata_check::measured::{Arrow, Place};
use std::fmt::Write;

/// How wide the busiest and the idlest arrow is, in pixels.
const WIDEST: f64 = 9.0;
const THINNEST: f64 = 1.0;

/// How wide a cell of a strip is, with the space behind it.
const CELL: f64 = 11.0;

/// How many characters there is room for left of a row's latency.
const CHARACTERS: usize = 18;

/// The rate that the widest arrow stands for, where several drawings are to be compared.
pub(crate) fn widest<'a>(all: impl Iterator<Item = &'a Measured>) -> f64 {
    let rates = all
        .flat_map(|measured| measured.arrows.iter().map(|arrow| per_second(arrow.requests, measured.millis)));
    rates.fold(0.0, f64::max)
}

/// The drawing, as SVG.
pub(crate) fn drawing(name: &str, measured: &Measured, widest: f64) -> String {
    let Layout { height, parties, flows } = layout(measured);
    let mut svg = format!(
        "<svg class=\"design\" role=\"img\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"-0.5 -0.5 {} {height}\">\n\
         <title>The design of {} as drawn from its traffic</title>\n",
        WIDTH + 1.0,
        text(name)
    );
    for flow in &flows {
        svg += &line(flow, measured.millis, widest);
    }
    for party in &parties {
        svg += &box_of(party, measured.millis);
    }
    svg + "</svg>\n"
}

/// An arrow, with all its figures for whoever points at it.
fn line(flow: &Flow<'_>, millis: u64, widest: f64) -> String {
    let Flow { arrow, from: (x1, y1), to: (x2, y2) } = flow;
    let rate = per_second(arrow.requests, millis);
    // The square root keeps what is rare visible beside what is frequent.
    let width = THINNEST + (WIDEST - THINNEST) * (rate / widest.max(f64::MIN_POSITIVE)).sqrt().min(1.0);
    let (middle, side) = (f64::midpoint(*x1, *x2), if x2 > x1 { 1.0 } else { -1.0 });
    // The head's tip is at the box; the line ends behind it.
    let (head, half) = (5.0 + width / 2.0, 2.5 + width / 2.0);
    let end = x2 - side * head;
    let class = if arrow.failed > 0 { "flow trouble" } else { "flow" };
    format!(
        "<g class=\"{class}\"><title>{}</title><path d=\"M{x1:.1} {y1:.1}C{middle:.1} {y1:.1} {middle:.1} {y2:.1} \
         {end:.1} {y2:.1}\" stroke-width=\"{width:.1}\"/><path class=\"tip\" d=\"M{x2:.1} {y2:.1}L{end:.1} {:.1}V{:.1}z\"/></g>\n",
        title(arrow, millis),
        y2 - half,
        y2 + half,
    )
}

/// Everything about an arrow.
fn title(arrow: &Arrow, millis: u64) -> String {
    let Arrow { from, to, verb, requests, failed, p50_us, p99_us } = arrow;
    let latencies = format!("p50 {}, p99 {}", latency(Some(*p50_us)), latency(Some(*p99_us)));
    let rate = rate(*requests, millis);
    text(&format!("{from} to {to}: {verb}, {rate}, {latencies}, {} failed", share(*failed, *requests)))
}

fn box_of(party: &Party<'_>, millis: u64) -> String {
    let Party { x, y, width, height, .. } = party;
    let class = match party.kind {
        Kind::Clients => "client",
        Kind::Nodes => "node",
        Kind::Store => "service",
    };
    let mut svg = format!(
        "<g class=\"party {class}\"><rect x=\"{x}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height:.1}\" rx=\"4\"/>"
    );
    svg += &words("name", x + 8.0, y + 16.0, &clip(&heading(party), if *width < 100.0 { 8 } else { 28 }));
    for &(arrow, middle) in &party.rows {
        svg += &row(party, arrow, middle, millis);
    }
    for (places, top) in &party.strips {
        svg += &strip(party, places, *top);
    }
    svg + "</g>\n"
}

/// `log clicks, 32 partitions`, `6 nodes`.
fn heading(party: &Party<'_>) -> String {
    let parts = thousands(party.parts);
    let port = party.name.split(' ').next().unwrap_or_default();
    let part = match port {
        "table" => "key",
        "log" => "partition",
        "cache" => "shard",
        "nodes" => return format!("{parts} node{}", if party.parts == 1 { "" } else { "s" }),
        _ => return party.name.to_owned(),
    };
    match party.parts {
        0 => party.name.to_owned(),
        1 => format!("{}, 1 {part}", party.name),
        _ => format!("{}, {parts} {part}s", party.name),
    }
}

/// What was asked, how often, how long it took, and below it what went wrong.
fn row(party: &Party<'_>, arrow: &Arrow, middle: f64, millis: u64) -> String {
    let (base, right) = (middle + 4.0, party.x + party.width - 8.0);
    let rate = rate(arrow.requests, millis);
    let verb = clip(&arrow.verb, CHARACTERS.saturating_sub(width(&rate)));
    let mut svg = words("verb", party.x + 8.0, base, &verb);
    svg += &words("rate", right - 80.0, base, &rate);
    svg += &words("took", right, base, &format!("p99 {}", latency(Some(arrow.p99_us))));
    if arrow.failed > 0 {
        let failed = format!("{} failed", share(arrow.failed, arrow.requests));
        svg += &words("failed", right, base + 14.0, &failed);
    }
    svg
}

/// A cell for each of the busiest parts.
fn strip(party: &Party<'_>, places: &[&Place], top: f64) -> String {
    let Some(busiest) = places.first() else { return String::new() };
    let left = party.x + 8.0;
    let mut svg = words("verb", left, top + 13.0, &clip(&busiest.what, 9));
    // What is left between the word before the cells and the figure behind them.
    let cells = ((party.width - 16.0 - 58.0 - 46.0) / CELL) as usize;
    for (place, position) in places.iter().take(cells).zip(0_u8..) {
        svg += &cell(place, left + 58.0 + f64::from(position) * CELL, top + 2.0, CELL - 2.0, 14.0);
    }
    let busy = per_mille_shown(busiest.busy_per_mille);
    svg + &words("took", party.x + party.width - 8.0, top + 13.0, &busy)
}

fn words(class: &str, x: f64, y: f64, words: &str) -> String {
    let mut svg = String::new();
    let _ = write!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", text(words));
    svg
}

fn text(text: &str) -> String {
    escape(&printable(text))
}

/// What drawings look like.
pub(crate) const STYLE: &str = "\
.design { display: block; font: 12px system-ui, sans-serif; } .design text { fill: var(--text); }
.design .rate, .design .took, .design .failed { text-anchor: end; font-variant-numeric: tabular-nums; }
.design .name { font-weight: 600; } .party.client .name { fill: var(--client); } .party.service .name { fill: var(--service); }
.design .took { fill: var(--faint); } .design .failed { fill: var(--bad); font-weight: 600; }
.party > rect { fill: var(--page); stroke: var(--line); stroke-width: 1.5; }
.flow path { fill: none; stroke: var(--service); stroke-opacity: .55; } .flow .tip { fill: var(--service); stroke: none; }
.flow.trouble path { stroke: var(--bad); } .flow.trouble .tip { fill: var(--bad); stroke: none; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn drawn(measured: &Measured) -> String {
        drawing("url-shortener", measured, widest([measured].into_iter()))
    }

    #[test]
    fn every_arrow_says_its_figures() {
        let measured = fixtures::measured();
        let svg = drawn(&measured);
        assert_eq!(svg.matches("class=\"flow\"").count(), measured.arrows.len());
        for told in ["6 nodes", "log clicks, 32 partitions", "10,000/s", "p99 26 ms", "40 %"] {
            assert!(svg.contains(told), "{told}: {svg}");
        }
        assert!(!svg.contains("failed</text>"), "{svg}");
    }

    #[test]
    fn what_is_refused_is_in_red() {
        let svg = drawn(&fixtures::overloaded());
        assert!(svg.contains("class=\"flow trouble\"") && svg.contains(">90 % failed</text>"), "{svg}");
    }

    #[test]
    fn what_a_submission_calls_its_tables_cannot_become_markup() {
        let mut measured = fixtures::measured();
        let evil = "</title><script>\u{202e}".to_owned();
        measured.arrows[1].to.clone_from(&evil);
        measured.places[0].store.clone_from(&evil);
        measured.places[0].part = evil;
        let svg = drawn(&measured);
        assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
    }

    #[test]
    fn the_drawing_is_the_same_every_time() {
        insta::assert_snapshot!(drawn(&fixtures::measured()));
    }
}
