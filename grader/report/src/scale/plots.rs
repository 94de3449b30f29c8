//! The plots of a load: latency over time, latency by quantile, throughput.

use super::figures::{number, per_second};
use super::plot::{Axis, Plot, Series};
use crate::html::escape;
use crate::text::printable;
use kata_check::measured::{Load, Slice};

/// The quantiles that stand at the axis. It goes by how many are slower: each step is a tenth of the one before.
const QUANTILES: [(u32, &str); 5] =
    [(50_000, "50"), (90_000, "90"), (99_000, "99"), (99_900, "99.9"), (99_990, "99.99")];

/// Latency over time, and throughput; nothing where no slices are kept.
pub(crate) fn over_time(load: &Load) -> String {
    if load.slices.is_empty() {
        return String::new();
    }
    latency_over_time(load).figure() + &throughput(load).figure()
}

/// Latency by quantile, a line for each solution.
pub(crate) fn by_quantile(name: &str, loads: &[(&str, &Load)]) -> String {
    let slowest = loads.iter().flat_map(|(_, load)| &load.quantiles).filter_map(|quantile| quantile.us).max();
    let series = loads.iter().enumerate().map(|(position, (solution, load))| Series {
        name: escape(&printable(solution)),
        class: format!("of-{}", position % 5),
        points: load
            .quantiles
            .iter()
            .filter(|quantile| quantile.of_100_000 <= LAST_QUANTILE)
            .map(|quantile| (rarity(quantile.of_100_000), quantile.us.map(|us| us as f64)))
            .collect(),
    });
    let ticks = QUANTILES.iter().map(|&(quantile, label)| (rarity(quantile), format!("{label} %")));
    let plot = Plot {
        title: format!("Latency of {} by quantile", escape(&printable(name))),
        x: Axis { max: rarity(LAST_QUANTILE), ticks: ticks.collect() },
        y: latencies(slowest.unwrap_or_default()),
        series: series.collect(),
    };
    plot.figure()
}

/// Beyond it the axis would go on for ever.
const LAST_QUANTILE: u32 = 99_995;

/// How rare it is to be slower, in powers of ten: 1 for a tenth, 2 for a hundredth.
fn rarity(of_100_000: u32) -> f64 {
    (100_000.0 / f64::from(100_000 - of_100_000.min(99_999))).log10()
}

fn latency_over_time(load: &Load) -> Plot {
    let line = |name: &str, of: fn(&Slice) -> Option<u64>| Series {
        name: name.to_owned(),
        class: name.to_owned(),
        points: slices(load)
            .filter(|(_, _, slice)| slice.offered > 0)
            .map(|(from, lasting, slice)| (middle(from, lasting), of(slice).map(|us| us as f64)))
            .collect(),
    };
    let slowest = load.slices.iter().filter_map(|slice| slice.p99_us.or(slice.p50_us)).max();
    Plot {
        title: format!("Latency of {} over time", escape(&printable(&load.name))),
        x: seconds(load),
        y: latencies(slowest.unwrap_or_default()),
        series: vec![line("p99", |slice| slice.p99_us), line("p50", |slice| slice.p50_us)],
    }
}

fn throughput(load: &Load) -> Plot {
    let whole = load.slice_millis.max(1);
    let line = |name: &str, of: fn(&Slice, u64, u64) -> f64| Series {
        name: name.to_owned(),
        class: name.to_owned(),
        points: slices(load)
            .map(|(from, lasting, slice)| (middle(from, lasting), Some(of(slice, lasting, whole))))
            .collect(),
    };
    // Clients come for a part of the last slice, and are served in all of it.
    let series = vec![
        line("offered", |slice, lasting, _| per_second(slice.offered, lasting)),
        line("served", |slice, _, whole| per_second(slice.served, whole)),
    ];
    let most = series.iter().flat_map(|series| &series.points).filter_map(|point| point.1);
    Plot {
        title: format!("Throughput of {}, a second", escape(&printable(&load.name))),
        x: seconds(load),
        y: Axis::to(most.fold(0.0, f64::max), number),
        series,
    }
}

/// Where a slice stands on an axis of seconds.
fn middle(from_millis: u64, lasting_millis: u64) -> f64 {
    (from_millis as f64 + lasting_millis as f64 / 2.0) / 1e3
}

/// Each slice with when it begins and how long clients came in it, in milliseconds.
fn slices(load: &Load) -> impl Iterator<Item = (u64, u64, &Slice)> {
    let slice_millis = load.slice_millis.max(1);
    (0..).zip(&load.slices).map(move |(position, slice)| {
        let from = position * slice_millis;
        // Nobody comes behind the end of a load.
        let is_last = from < load.millis && load.millis < from + slice_millis;
        let lasting = if is_last && slice.offered > 0 { load.millis - from } else { slice_millis };
        (from, lasting, slice)
    })
}

fn seconds(load: &Load) -> Axis {
    let all_millis = load.slice_millis * load.slices.len() as u64;
    let axis = Axis::to(all_millis as f64 / 1e3, |at| format!("{} s", short(at)));
    // The last round number may be far behind the last slice.
    let max = all_millis as f64 / 1e3;
    Axis { max, ticks: axis.ticks.into_iter().filter(|tick| tick.0 <= max).collect() }
}

/// An axis of latencies up to one in microseconds.
fn latencies(slowest_us: u64) -> Axis {
    Axis::to(slowest_us as f64, |us| match us {
        0.0 => "0".to_owned(),
        us if us < 1e3 => format!("{} µs", short(us)),
        us if us < 1e6 => format!("{} ms", short(us / 1e3)),
        us => format!("{} s", short(us / 1e6)),
    })
}

/// A round number without what floating point adds to it.
fn short(value: f64) -> String {
    ((value * 1e3).round() / 1e3).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn quantiles_stand_where_their_rarity_is() {
        let told = [0, 90_000, 99_000, 99_990].map(|quantile| (rarity(quantile) * 1e6).round() / 1e6);
        assert_eq!(told, [0.0, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn the_last_slice_is_as_long_as_anybody_came() {
        let load = &fixtures::measured().loads[0];
        let lengths: Vec<u64> = slices(load).map(|(_, lasting, _)| lasting).collect();
        assert_eq!(lengths, [400, 400, 400, 300, 400]);
        // 3,001 in 0.3 s are as many as 4,002 in 0.4 s: no dip at the end.
        let plot = throughput(load);
        let offered: Vec<f64> = plot.series[0].points.iter().filter_map(|point| point.1).collect();
        assert!(offered[..4].iter().all(|rate| (rate - 10_004.0).abs() < 5.0), "{offered:?}");
    }

    #[test]
    fn slices_without_clients_have_no_latency() {
        let plot = latency_over_time(&fixtures::measured().loads[0]);
        assert!(plot.series.iter().all(|series| series.points.len() == 4), "{plot:?}");
    }

    #[test]
    fn plots_of_an_overload_mark_what_never_ended() {
        let overloaded = fixtures::overloaded();
        let html =
            over_time(&overloaded.loads[0]) + &by_quantile("redirects", &[("mine", &overloaded.loads[0])]);
        assert!(html.contains("class=\"never\"") && !html.contains("NaN"), "{html}");
    }

    #[test]
    fn the_plots_of_a_load_are_the_same_every_time() {
        let measured = fixtures::measured();
        let load = &measured.loads[0];
        insta::assert_snapshot!(over_time(load) + &by_quantile(&load.name, &[("mine", load)]));
    }
}
