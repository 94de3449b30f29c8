//! `kata check --out`: a recorded history as a picture, one lane for each process. A single HTML file that needs nothing else.
//!
//! The picture keeps the order of events and stretches the time between them so that every operation has room for its text.

use crate::check::{explanation, extent, headline, times};
use crate::html::{escape, page};
use crate::text::{clip, count};
use kata_check::Verdict;
use kata_check::recording::{Examination, Part, Row};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The height of a lane, in pixels; an operation fills most of it.
const LANE: usize = 34;
const BAR: usize = 26;

/// The least distance between two events, in pixels.
const GAP: usize = 10;

/// The width of a character, in pixels, and how many an operation shows; the rest is in its tooltip.
const CHARACTER: usize = 8;
const CHARACTERS: usize = 36;

/// The picture and what is to be said about it, as HTML.
pub fn html(examination: &Examination, file: &str) -> String {
    let class = match examination.verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::Inconclusive | Verdict::Missed | Verdict::Skipped => "doubtful",
    };
    let drawing = Drawing::new(&examination.rows);
    let mut body = format!(
        "<h1 class=\"{class}\">{}</h1>\n<p>{}: {}.</p>\n",
        escape(&headline(examination)),
        escape(file),
        escape(&extent(examination)),
    );
    if let Some(breach) = &examination.breach {
        body += &format!("<p>{}</p>\n", explanation(breach));
        body += &table(&breach.window);
    }
    body += &drawing.html();
    body += &format!("<p class=\"faint\">{}</p>\n", legend(examination));
    page(file, STYLE, &body)
}

fn table(window: &[Row]) -> String {
    let mut table =
        "<table>\n<tr><th>line</th><th>process</th><th>time</th><th>operation</th></tr>\n".to_owned();
    for row in window {
        table += &format!(
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            class(row.part),
            row.line,
            escape(&row.process),
            times(row),
            escape(&row.what)
        );
    }
    table + "</table>\n"
}

fn legend(examination: &Examination) -> String {
    let shown = examination.rows.len();
    let shown = match shown == examination.operations {
        true => "All operations are drawn.".to_owned(),
        false => format!("{shown} of {} are drawn.", count(examination.operations as u64, "operation")),
    };
    let order = match examination.rows.iter().any(|row| row.place.is_some()) {
        true => " Small numbers give an order that explains everything up to the answer in question.",
        false => "",
    };
    format!("{shown}{order} Open ends: no answer. Distances between events are not to scale.")
}

/// Where everything goes.
struct Drawing<'a> {
    bars: Vec<Bar<'a>>,
    /// Names, and the lane each begins at.
    processes: Vec<(&'a str, usize)>,
    lanes: usize,
    width: usize,
}

struct Bar<'a> {
    row: &'a Row,
    lane: usize,
    left: usize,
    /// `None`: to the end of the picture.
    right: Option<usize>,
}

impl<'a> Drawing<'a> {
    fn new(rows: &'a [Row]) -> Drawing<'a> {
        let (lanes, processes, height) = lanes(rows);
        let (spans, width) = stretch(rows);
        let bars = rows.iter().zip(lanes).zip(spans);
        let bars = bars.map(|((row, lane), (left, right))| Bar { row, lane, left, right }).collect();
        Drawing { bars, processes, lanes: height, width }
    }

    fn html(&self) -> String {
        let height = self.lanes * LANE;
        let mut names = String::new();
        for (name, lane) in &self.processes {
            let _ = write!(
                names,
                "<text x=\"0\" y=\"{}\">{}</text>",
                lane * LANE + LANE / 2 + 5,
                escape(&clip(name, 16))
            );
        }
        let mut bars = String::new();
        for lane in self.processes.iter().skip(1).map(|(_, lane)| lane * LANE) {
            let _ = writeln!(
                bars,
                "<line class=\"lane\" x1=\"0\" x2=\"{}\" y1=\"{lane}\" y2=\"{lane}\"/>",
                self.width
            );
        }
        for bar in &self.bars {
            bars += &bar.svg(self.width);
        }
        format!(
            "<div class=\"timeline\">\n<svg class=\"names\" width=\"140\" height=\"{height}\">{names}</svg>\n\
             <div class=\"scroll\"><svg width=\"{}\" height=\"{height}\">\n{bars}</svg></div>\n</div>\n",
            self.width
        )
    }
}

impl Bar<'_> {
    fn svg(&self, end: usize) -> String {
        let open = if self.right.is_none() { " open" } else { "" };
        let top = self.lane * LANE + (LANE - BAR) / 2;
        let place = self.row.place.map_or(String::new(), |place| {
            format!("<text class=\"place\" x=\"{}\" y=\"{}\">{place}</text>", self.left + 3, top + 8)
        });
        format!(
            "<g class=\"{}{open}\"><title>line {}, {} at {}: {}</title><rect x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{BAR}\" \
             rx=\"4\"/><text x=\"{}\" y=\"{}\">{}</text>{place}</g>\n",
            class(self.row.part),
            self.row.line,
            escape(&self.row.process),
            times(self.row),
            escape(&self.row.what),
            self.left,
            self.right.unwrap_or(end) - self.left,
            self.left + 8,
            top + 18,
            escape(&clip(&self.row.what, CHARACTERS)),
        )
    }
}

/// A lane for every row: those of one process together, one below the other where they overlap. Also where each process begins,
/// the one that asked first at the top, and how many lanes there are.
fn lanes(rows: &[Row]) -> (Vec<usize>, Vec<(&str, usize)>, usize) {
    let mut ends: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&at| (rows[at].invoke, at));
    let mut within = vec![0; rows.len()];
    let mut names = Vec::new();
    for at in order {
        let row = &rows[at];
        let ends = ends.entry(&row.process).or_insert_with(|| {
            names.push(row.process.as_str());
            Vec::new()
        });
        let free = ends.iter().position(|&end| end <= row.invoke).unwrap_or(ends.len());
        let end = row.returned.unwrap_or(u64::MAX);
        if free == ends.len() {
            ends.push(end);
        } else {
            ends[free] = end;
        }
        within[at] = free;
    }
    let mut first = BTreeMap::new();
    let mut count = 0;
    let mut processes = Vec::new();
    for name in names {
        first.insert(name, count);
        processes.push((name, count));
        count += ends[name].len();
    }
    let lanes = rows.iter().zip(within).map(|(row, within)| first[row.process.as_str()] + within).collect();
    (lanes, processes, count)
}

/// Where every row begins and ends, in pixels, and how wide the whole is. Of events at the same time, invocations come first.
fn stretch(rows: &[Row]) -> (Vec<(usize, Option<usize>)>, usize) {
    let mut events = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        events.push((row.invoke, false, at));
        events.extend(row.returned.map(|returned| (returned, true, at)));
    }
    events.sort_unstable();
    let room = |row: &Row| 16 + CHARACTER * clip(&row.what, CHARACTERS).chars().count();
    let mut spans = vec![(0, None); rows.len()];
    let mut here = 0;
    for (_, returns, at) in events {
        here += GAP;
        if returns {
            here = here.max(spans[at].0 + room(&rows[at]));
            spans[at].1 = Some(here);
        } else {
            spans[at].0 = here;
        }
    }
    let open = rows.iter().zip(&spans).map(|(row, span)| span.0 + room(row)).max().unwrap_or_default();
    (spans, here.max(open) + 2 * GAP)
}

fn class(part: Part) -> &'static str {
    match part {
        Part::Culprit => "culprit",
        Part::Window => "window",
        Part::Around => "around",
    }
}

const STYLE: &str = "\
:root { --around: #8882; --window: #e69f0055; --culprit: #d5373777; }
td:last-child { font-family: ui-monospace, monospace; } tr.culprit td:last-child { font-weight: bold; }
.timeline { display: flex; margin: 1em 0; } .names { flex: none; } .scroll { overflow-x: auto; }
svg text { font: 13px ui-monospace, monospace; fill: currentColor; } svg text.place { font-size: 8px; fill: var(--faint); }
rect { fill: var(--around); stroke: var(--line); } .lane { stroke: var(--line); }
.window rect { fill: var(--window); } .culprit rect { fill: var(--culprit); stroke: var(--bad); } .open rect { stroke-dasharray: 4; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_wrong_history_marks_what_contradicts_what() {
        insta::assert_snapshot!(html(&fixtures::examination(fixtures::STALE_READ), "stale.jsonl"));
    }

    #[test]
    fn recorded_text_cannot_become_markup() {
        let text =
            r#"{"process": "<b>", "invoke": 1, "return": 2, "op": "write", "argument": "</svg><script>"}"#;
        let page = html(&fixtures::examination(text), "<i>");
        assert!(!page.contains("<b>") && !page.contains("<script>") && !page.contains("<i>"), "{page}");
    }

    #[test]
    fn operations_of_one_process_that_overlap_have_lanes_of_their_own() {
        let text = r#"{"process": 1, "invoke": 0, "return": 9, "op": "write", "argument": 1}
            {"process": 1, "invoke": 5, "return": null, "op": "write", "argument": 2}
            {"process": 1, "invoke": 9, "return": 10, "op": "write", "argument": 3}
            {"process": 0, "invoke": 0, "return": 1, "op": "write", "argument": 3}"#;
        let examination = fixtures::examination(text);
        assert_eq!(lanes(&examination.rows), (vec![0, 1, 0, 2], vec![("1", 0), ("0", 2)], 3));
    }
}
