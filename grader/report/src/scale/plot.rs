//! A plot: lines over an axis, as SVG. What is on the axes is the caller's.

use std::fmt::Write;

/// The size of a plot, in pixels.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 190.0;
/// Where the lines are: the rest is for what stands at the axes.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
/// How wide a digit of a label is at most, in pixels.
const DIGIT: f64 = 7.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 24.0;
/// About how many lines a grid has.
const TICKS: f64 = 4.0;

/// One axis.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// What is at its end.
    pub(crate) max: f64,
    /// What is written along it.
    pub(crate) ticks: Vec<(f64, String)>,
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// What it is called, and how it looks.
    pub(crate) name: String,
    pub(crate) class: String,
    /// Where it goes. It is broken where there is no value: something that never ended is marked at the top.
    pub(crate) points: Vec<(f64, Option<f64>)>,
}

/// A plot.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
}

impl Axis {
    /// An axis from 0 to at least `max`, with a handful of round ticks.
    pub(crate) fn to(max: f64, label: impl Fn(f64) -> String) -> Axis {
        let max = if max > 0.0 { max } else { 1.0 };
        let step = round_step(max / TICKS);
        let count = (max / step).ceil() as u32;
        let ticks = (0..=count).map(|tick| step * f64::from(tick));
        Axis { max: step * f64::from(count), ticks: ticks.map(|at| (at, label(at))).collect() }
    }
}

/// The smallest of 1, 2, 5, 10, 20, ... that is not below `least`.
fn round_step(least: f64) -> f64 {
    let mut power = 1e-3;
    loop {
        for step in [1.0, 2.0, 5.0] {
            if step * power >= least {
                return step * power;
            }
        }
        power *= 10.0;
    }
}

impl Plot {
    /// The plot under its title and what its lines mean.
    pub(crate) fn figure(&self) -> String {
        let mut html = format!("<figure class=\"plot\"><figcaption>{} <span class=\"keys\">", self.title);
        for Series { name, class, .. } in &self.series {
            let _ = write!(
                html,
                " <span class=\"key\"><svg width=\"22\" height=\"10\" aria-hidden=\"true\"><path class=\"line {class}\" \
                 d=\"M1 5H21\"/></svg> {name}</span>"
            );
        }
        html += "</span></figcaption>\n";
        html + &self.svg() + "</figure>\n"
    }

    fn svg(&self) -> String {
        let mut svg = format!(
            "<svg role=\"img\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\"><title>{}</title>\n",
            self.title
        );
        for (at, label) in &self.y.ticks {
            let y = self.y(*at);
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{}\"/><text class=\"y\" x=\"{}\" y=\"{:.1}\">{label}</text>",
                WIDTH - RIGHT,
                LEFT - 5.0,
                y + 4.0
            );
        }
        for (at, label) in &self.x.ticks {
            let x = self.x(*at);
            let (bottom, below) = (HEIGHT - BOTTOM, HEIGHT - 8.0);
            // The last label stays inside the picture.
            let middle = x.min(WIDTH - DIGIT / 2.0 * label.chars().count() as f64);
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{x:.1} {bottom}v4\"/><text class=\"x\" x=\"{middle:.1}\" y=\"{below}\">{label}</text>"
            );
        }
        svg.push('\n');
        for series in &self.series {
            svg += &self.line(series);
        }
        svg + "</svg>\n"
    }

    /// A line, and a mark at the top wherever something never ended.
    fn line(&self, series: &Series) -> String {
        let (mut path, mut never) = (String::new(), String::new());
        let mut is_broken = true;
        for &(x, y) in &series.points {
            let x = self.x(x);
            match y {
                Some(y) => {
                    let to = if is_broken { 'M' } else { 'L' };
                    let _ = write!(path, "{to}{x:.1} {:.1}", self.y(y));
                }
                None => {
                    let _ = write!(never, "M{:.1} {}l6 6m0 -6l-6 6", x - 3.0, TOP - 10.0);
                }
            }
            is_broken = y.is_none();
        }
        let mut svg = format!("<path class=\"line {}\" d=\"{path}\"/>\n", series.class);
        if !never.is_empty() {
            let _ = writeln!(svg, "<path class=\"never\" d=\"{never}\"><title>never</title></path>");
        }
        svg
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (value / self.x.max).min(1.0)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value / self.y.max).min(1.0)
    }
}

/// What plots look like. Lines differ in more than colour, for paper.
pub(crate) const STYLE: &str = "\
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: .5em 1.5em; }
.plot { margin: 0; } .plot > svg { display: block; width: 100%; max-width: 440px; height: auto; font: 11px system-ui, sans-serif; }
.plot text { fill: var(--faint); font-variant-numeric: tabular-nums; } .plot text.y { text-anchor: end; } .plot text.x { text-anchor: middle; }
.grid { stroke: var(--line); stroke-width: .5; } .line { fill: none; stroke: var(--text); stroke-width: 2; stroke-linejoin: round; }
.line.p50 { stroke: var(--client); stroke-width: 1.5; } .line.p99 { stroke: var(--service); }
.line.offered { stroke: var(--faint); stroke-dasharray: 5 3; stroke-width: 1.5; } .line.served { stroke: var(--client); }
.line.of-0 { stroke: var(--service); } .line.of-1 { stroke: var(--good); stroke-dasharray: 6 3; } .line.of-2 { stroke: var(--client); stroke-dasharray: 2 3; }
.line.of-3 { stroke: var(--doubtful); stroke-dasharray: 9 3 2 3; } .line.of-4 { stroke: var(--bad); stroke-dasharray: 1 2; }
.never { stroke: var(--bad); stroke-width: 1.5; fill: none; } .keys { display: inline-block; font-weight: normal; color: var(--faint); }
figcaption { font-weight: 600; margin: .6em 0 .2em; } .key { white-space: nowrap; margin-right: .6em; }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_round_and_reach_their_end() {
        let check = |max: f64, expected: &[f64]| {
            let axis = Axis::to(max, |at| at.to_string());
            let ticks: Vec<f64> = axis.ticks.iter().map(|tick| tick.0).collect();
            assert_eq!(ticks, expected, "{max}");
            assert!(axis.max >= max);
        };
        check(100.0, &[0.0, 50.0, 100.0]);
        check(83_839.0, &[0.0, 50_000.0, 100_000.0]);
        check(11_000.0, &[0.0, 5_000.0, 10_000.0, 15_000.0]);
        check(0.0, &[0.0, 0.5, 1.0]);
    }

    #[test]
    fn a_line_breaks_where_something_never_ended() {
        let axis = || Axis::to(4.0, |at| at.to_string());
        let series = Series {
            name: "p99".to_owned(),
            class: "p99".to_owned(),
            points: vec![(0.0, Some(1.0)), (1.0, Some(2.0)), (2.0, None), (3.0, Some(9.0))],
        };
        let plot = Plot { title: "Latency".to_owned(), x: axis(), y: axis(), series: vec![series.clone()] };
        insta::assert_snapshot!(plot.line(&series));
    }
}
