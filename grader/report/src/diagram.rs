//! A history as a sequence diagram in HTML: a row for each event, a lane for each party, an arrow for each message.
//!
//! Every row has a small SVG of its own. Rows may therefore be as high as their text, break between pages, and keep the names of
//! the lanes above them. Distances do not stand for time, which is written at the left.

use crate::html::escape;
use crate::text::{brief, printable};
use kata_check::{Counterexample, Line, LineKind};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The width of a lane and the least height of a row, in pixels.
const LANE: usize = 92;
const ROW: usize = 28;

/// Where in a row, from its top, a message goes; and where an answer that comes in the same row.
const MIDDLE: usize = 14;
const THERE: usize = 9;
const BACK: usize = 20;

/// Who takes part, as columns of the diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Whoever calls.
    Client,
    /// A node of the submission.
    Node,
    /// Whoever nodes ask.
    Service,
}

struct Lane<'a> {
    name: &'a str,
    kind: Kind,
    /// Nodes are down until they start.
    up: bool,
}

/// The diagram of the run that shows what is wrong; nothing if it has no history.
pub(crate) fn diagram(found: &Counterexample) -> String {
    let lines = &found.history.0;
    if lines.is_empty() {
        return String::new();
    }
    let marked = marked(found);
    let mut lanes = lanes(lines);
    let mut html = head(&lanes);
    for (at, line) in lines.iter().enumerate() {
        html += &row(line, &mut lanes, marked.contains(&at));
    }
    html + "</tbody>\n</table>\n"
}

/// What the signs mean.
pub(crate) fn legend() -> String {
    let sign = |class: &str, drawing: &str, meaning: &str| {
        format!(
            "<li class=\"{class}\"><svg width=\"60\" height=\"{ROW}\" aria-hidden=\"true\">{drawing}</svg> {meaning}</li>\n"
        )
    };
    let mut html = "<ul class=\"legend\">\n".to_owned();
    html += &sign("call", &arrow("said", 4, 56, MIDDLE), "a call or its answer");
    html += &sign(
        "request",
        &(arrow("said", 4, 56, THERE) + &arrow("back", 56, 4, BACK)),
        "a request takes effect; its answer",
    );
    html += &sign("trouble", &lost(4, 56, MIDDLE), "lost or turned away");
    html += &sign("node", &disc(30), "a node starts");
    html += &sign("trouble", &cross(30, MIDDLE, 6), "a node crashes or panics");
    html += &sign("rule", &diamond(30), "the datacentre misbehaves or heals");
    html += &sign("output", &page(30), "a node prints");
    html += "<li class=\"marked\">◀ what the complaint is about, or else where the run ended</li>\n";
    html + "</ul>\n"
}

/// What diagrams and their legend look like.
pub(crate) const STYLE: &str = "\
.sequence { font: 13px/1.4 ui-monospace, monospace; }
.sequence th { position: sticky; top: 0; background: var(--page); z-index: 1; border-bottom: 1px solid var(--line); }
.sequence th, .sequence td { padding: 0 .6em; border-bottom: 0; }
.sequence tbody tr:hover { outline: 1px solid var(--line); }
.sequence td.time { padding: 4px .6em; color: var(--faint); text-align: right; white-space: nowrap; }
.sequence td.what { padding: 4px .6em; min-width: 22em; max-width: 60em; overflow-wrap: anywhere; white-space: pre-wrap; }
.sequence th.lanes, .sequence td.lanes { padding: 0; } .sequence td.lanes { position: relative; }
.sequence td.lanes svg { position: absolute; top: 0; left: 0; height: 100%; }
.names { display: flex; } .names span { flex: none; width: 92px; overflow: hidden; text-overflow: ellipsis; text-align: center; }
.sequence .client, .call .what { color: var(--client); } .sequence .service { color: var(--service); }
.sequence span.node { color: var(--text); } .outcome { color: var(--faint); }
.trouble .what, .trouble .outcome { color: var(--bad); } .rule .what { color: var(--doubtful); }
tr.marked { background: var(--marked); } tr.marked .what { font-weight: 600; } tr.marked .what::after { content: ' ◀'; }
.life { stroke: var(--line); } .down { stroke: var(--faint); stroke-dasharray: 1 6; }
.said, .back, .lost, .cross, .sheet { stroke: currentColor; stroke-width: 1.5; fill: none; } .cross { stroke-width: 2; } .head { fill: currentColor; stroke: none; }
.back { stroke-dasharray: 4 3; } .lost { stroke-dasharray: 2 3; }
.call { color: var(--client); } .request { color: var(--service); } .trouble { color: var(--bad); } .rule { color: var(--doubtful); }
.output, .node { color: var(--text); } .sequence td { color: inherit; } .sequence .request .what, .sequence .output .what { color: var(--text); }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1.5em; list-style: none; padding: 0; }
.legend li { display: flex; align-items: center; gap: .5em; } .legend li.marked { background: var(--marked); }
@media screen and (max-width: 60em) { .sequence { display: block; position: relative; overflow-x: auto; } }
@media print {
  @page { size: landscape; margin: 12mm; }
  body { margin: 0; } .sequence { zoom: .75; } .sequence th { position: static; } .sequence tr { break-inside: avoid; }
  .sequence td.what { min-width: 0; } h2, dl, .why { break-after: avoid; break-inside: avoid; } * { print-color-adjust: exact; }
}
";

/// The lines that the complaint is about, by position: the answers that it quotes (of those clients that it names, if it names
/// any), and what a node died of. If there are none, the last thing that a client heard or else the very last.
fn marked(found: &Counterexample) -> BTreeSet<usize> {
    let lines = &found.history.0;
    let is = |at: &usize, kind: LineKind| lines[*at].kind == kind;
    let died = (0..lines.len()).filter(|at| is(at, LineKind::Node) && lines[*at].what.starts_with("panics"));
    let quoted = |at: &usize| is(at, LineKind::Return) && is_quoted(&lines[*at].outcome, &found.observed);
    let quoted: Vec<usize> = (0..lines.len()).filter(quoted).collect();
    let is_named = |at: &usize| {
        let told = [&found.summary, &found.observed];
        told.iter().any(|told| words(told).any(|word| word == lines[*at].to))
    };
    let named: Vec<usize> = quoted.iter().copied().filter(is_named).collect();
    let mut marked: BTreeSet<usize> = died.chain(if named.is_empty() { quoted } else { named }).collect();
    if marked.is_empty() {
        let heard = (0..lines.len()).rfind(|at| is(at, LineKind::Return));
        marked.extend(heard.or(lines.len().checked_sub(1)));
    }
    marked
}

/// Whether an answer stands in a complaint, whole or without the `Ok(..)` around it.
fn is_quoted(outcome: &str, observed: &str) -> bool {
    /// Shorter values (`()`, `7`) stand anywhere.
    const CHARS_MIN: usize = 4;
    let inner = outcome.strip_prefix("Ok(").and_then(|rest| rest.strip_suffix(')'));
    let quotes = |value: &str| value.len() >= CHARS_MIN && observed.contains(value);
    quotes(outcome) || inner.is_some_and(quotes)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '-').filter(|word| !word.is_empty())
}

/// Everybody in the history: clients, nodes and services, each in the order of their appearance, nodes by name.
fn lanes(lines: &[Line]) -> Vec<Lane<'_>> {
    let mut lanes: Vec<Lane<'_>> = Vec::new();
    let mut enter = |name, kind| {
        if !lanes.iter().any(|lane| lane.name == name) {
            lanes.push(Lane { name, kind, up: kind != Kind::Node });
        }
    };
    for line in lines {
        match line.kind {
            LineKind::Call => {
                enter(line.from.as_str(), Kind::Client);
                enter(&line.to, Kind::Node);
            }
            LineKind::Return => enter(&line.to, Kind::Client),
            LineKind::Request | LineKind::Trouble => {
                enter(&line.from, Kind::Node);
                if !line.to.is_empty() {
                    enter(&line.to, Kind::Service);
                }
            }
            LineKind::Node | LineKind::Output => enter(&line.from, Kind::Node),
            LineKind::Rule => {}
        }
    }
    lanes.sort_by_key(|lane| (lane.kind, if lane.kind == Kind::Node { lane.name } else { "" }));
    lanes
}

fn head(lanes: &[Lane<'_>]) -> String {
    let mut names = String::new();
    for lane in lanes {
        let class = match lane.kind {
            Kind::Client => "client",
            Kind::Node => "node",
            Kind::Service => "service",
        };
        let _ = write!(names, "<span class=\"{class}\">{}</span>", text(lane.name));
    }
    format!(
        "<table class=\"sequence\">\n<thead><tr><th>seconds</th><th class=\"lanes\"><div class=\"names\">{names}</div></th>\
         <th>what</th></tr></thead>\n<tbody>\n"
    )
}

fn row(line: &Line, lanes: &mut [Lane<'_>], is_marked: bool) -> String {
    let class = if is_trouble(line) { "trouble" } else { class(line.kind) };
    let marked = if is_marked { " marked" } else { "" };
    let lives = lives(line, lanes);
    let when = format!("{}.{:06}", line.at_us / 1_000_000, line.at_us % 1_000_000);
    let (who, what) = (who(line), what(line));
    let full = if line.outcome.is_empty() { String::new() } else { format!(" = {}", line.outcome) };
    format!(
        "<tr class=\"{class}{marked}\"><td class=\"time\">{when}</td><td class=\"lanes\">\
         <svg width=\"{}\" aria-hidden=\"true\"><title>{when} s, {who}: {}{}</title>{lives}{}</svg>\
         <div style=\"width:{}px;height:{ROW}px\"></div></td>\
         <td class=\"what\"><span class=\"spoken\">{who}: </span>{what}</td></tr>\n",
        lanes.len() * LANE,
        text(&line.what),
        text(&full),
        drawing(line, lanes),
        lanes.len() * LANE,
    )
}

/// The line of each lane, down through the row however high it is: broken where a node is down. It changes where a node starts
/// or crashes.
fn lives(line: &Line, lanes: &mut [Lane<'_>]) -> String {
    let (mut up, mut down) = (String::new(), String::new());
    for (at, lane) in lanes.iter_mut().enumerate() {
        let x = centre(at);
        let changes = line.kind == LineKind::Node && lane.name == line.from;
        let path = if lane.up { &mut up } else { &mut down };
        if !changes {
            let _ = write!(path, "M{x} 0v9999");
            continue;
        }
        let _ = write!(path, "M{x} 0v{MIDDLE}");
        lane.up = line.what.starts_with("start");
        let path = if lane.up { &mut up } else { &mut down };
        let _ = write!(path, "M{x} {MIDDLE}v9999");
    }
    let drawn = |class: &str, path: &str| match path {
        "" => String::new(),
        path => format!("<path class=\"{class}\" d=\"{path}\"/>"),
    };
    drawn("life", &up) + &drawn("down", &down)
}

/// What happens in a row, between lanes or on one.
fn drawing(line: &Line, lanes: &[Lane<'_>]) -> String {
    let lane = |name: &str| lanes.iter().position(|lane| lane.name == name).map(centre);
    // Whoever asked may be down when the request takes effect.
    let hears = lanes.iter().all(|lane| lane.name != line.from || lane.up);
    match (lane(&line.from), lane(&line.to)) {
        (Some(from), Some(to)) => between(line, from, to, hears),
        (Some(at), None) => sign(line, at),
        // Said by nobody, as by the datacentre when no node took a call.
        (None, Some(at)) => cross(at, MIDDLE, 6),
        (None, None) => {
            let end = lanes.len() * LANE;
            format!("<path class=\"said\" d=\"M0 {MIDDLE}H{end}\"/>")
        }
    }
}

fn between(line: &Line, from: usize, to: usize, hears: bool) -> String {
    let unheard = || arrow("said", from, to, THERE) + &lost(to, from, BACK);
    match line.kind {
        LineKind::Trouble if line.outcome.ends_with("(answer lost)") => unheard(),
        LineKind::Request if !hears => unheard(),
        LineKind::Trouble => lost(from, to, MIDDLE),
        LineKind::Return if is_trouble(line) => lost(from, to, MIDDLE),
        LineKind::Request => arrow("said", from, to, THERE) + &arrow("back", to, from, BACK),
        _ => arrow("said", from, to, MIDDLE),
    }
}

/// True for what did not go as its sender hoped.
fn is_trouble(line: &Line) -> bool {
    match line.kind {
        LineKind::Trouble => true,
        LineKind::Return => line.outcome == "no answer",
        LineKind::Node => !line.what.starts_with("start"),
        LineKind::Call | LineKind::Request | LineKind::Rule | LineKind::Output => false,
    }
}

/// What stands on a lane for something that happens to one party alone.
fn sign(line: &Line, x: usize) -> String {
    match line.kind {
        LineKind::Rule => diamond(x),
        LineKind::Output => page(x),
        _ if is_trouble(line) => cross(x, MIDDLE, 6),
        _ => disc(x),
    }
}

fn centre(lane: usize) -> usize {
    lane * LANE + LANE / 2
}

fn arrow(class: &str, from: usize, to: usize, y: usize) -> String {
    let back: isize = if from < to { -8 } else { 8 };
    format!(
        "<path class=\"{class}\" d=\"M{from} {y}H{to}\"/><path class=\"head\" d=\"M{to} {y}l{back} -4v8z\"/>"
    )
}

/// An arrow that ends before it is there, and not on another's lane.
fn lost(from: usize, to: usize, y: usize) -> String {
    let end = if from < to { to - LANE / 3 } else { to + LANE / 3 };
    format!("<path class=\"lost\" d=\"M{from} {y}H{end}\"/>{}", cross(end, y, 4))
}

fn cross(x: usize, y: usize, half: usize) -> String {
    let (left, top, whole) = (x - half, y - half, 2 * half);
    format!("<path class=\"cross\" d=\"M{left} {top}l{whole} {whole}m-{whole} 0l{whole} -{whole}\"/>")
}

fn disc(x: usize) -> String {
    format!("<circle class=\"head\" cx=\"{x}\" cy=\"{MIDDLE}\" r=\"5\"/>")
}

fn diamond(x: usize) -> String {
    format!("<path class=\"head\" d=\"M{x} {}l6 6l-6 6l-6 -6z\"/>", MIDDLE - 6)
}

/// A sheet with three lines on it.
fn page(x: usize) -> String {
    format!("<path class=\"sheet\" d=\"M{} {}h12v14h-12zm3 4h6m-6 3h6m-6 3h6\"/>", x - 6, MIDDLE - 7)
}

fn class(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Call | LineKind::Return => "call",
        LineKind::Request => "request",
        LineKind::Trouble => "trouble",
        LineKind::Node => "node",
        LineKind::Rule => "rule",
        LineKind::Output => "output",
    }
}

/// Who acts on whom.
fn who(line: &Line) -> String {
    if line.to.is_empty() { text(&line.from) } else { format!("{} to {}", text(&line.from), text(&line.to)) }
}

/// What was said or happened, and what came of it. Printed text keeps its lines.
fn what(line: &Line) -> String {
    let outcome = match line.kind {
        LineKind::Output => line.outcome.lines().map(text).collect::<Vec<_>>().join("\n"),
        _ => text(&brief(&line.outcome)),
    };
    let what = text(&brief(&line.what));
    match (outcome.is_empty(), line.kind) {
        (true, _) if line.to.is_empty() => format!("{} {what}", text(&line.from)),
        (true, _) => what,
        (false, LineKind::Return) => format!("{what} = {outcome}"),
        (false, LineKind::Output) => {
            format!("<span class=\"outcome\">{} {what}:</span> {outcome}", text(&line.from))
        }
        (false, _) => format!("{what}  <span class=\"outcome\">{outcome}</span>"),
    }
}

fn text(text: &str) -> String {
    escape(&printable(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{line, oversold};
    use kata_check::History;

    fn found(observed: &str, lines: Vec<Line>) -> Counterexample {
        let told = oversold().counterexample.unwrap();
        Counterexample { observed: observed.to_owned(), history: History(lines), ..told }
    }

    #[test]
    fn every_kind_of_line_is_drawn() {
        insta::assert_snapshot!(diagram(&found(
            "unknown",
            vec![
                line(0, LineKind::Node, "node-1", "", "starts", ""),
                line(120, LineKind::Rule, "log", "", "goes down", ""),
                line(200, LineKind::Rule, "datacentre", "", "everything heals", ""),
                line(300, LineKind::Call, "ana", "node-1", "add(Click { ad: 7 })", ""),
                line(350, LineKind::Request, "node-1", "table", "get ads/7", "v1"),
                line(420, LineKind::Output, "node-1", "", "prints", "adding \u{1b}[31m<b>\nseven"),
                line(500, LineKind::Trouble, "node-1", "log", "append clicks", "lost on its way"),
                line(500, LineKind::Trouble, "node-1", "table", "put ads/7", "ok (answer lost)"),
                line(900, LineKind::Node, "node-1", "", "crashes", ""),
                line(950, LineKind::Request, "node-1", "table", "delete ads/7", "yes"),
                line(1_204_000, LineKind::Return, "node-1", "ana", "add", "no answer"),
            ]
        )));
    }

    #[test]
    fn the_complaint_is_found_in_the_history() {
        let check = |observed: &str, lines: Vec<Line>, expected: &[usize]| {
            let marked: Vec<usize> = marked(&found(observed, lines)).into_iter().collect();
            assert_eq!(marked, expected, "{observed}");
        };
        let answers = || {
            vec![
                line(1, LineKind::Return, "node-1", "ana", "reserve", "Ok(Hold { id: 1 })"),
                line(2, LineKind::Return, "node-1", "bo", "reserve", "Err(Taken)"),
                line(3, LineKind::Return, "node-2", "cy", "reserve", "Err(Taken)"),
                line(4, LineKind::Return, "node-2", "cy", "cancel", "Ok(())"),
                line(5, LineKind::Request, "node-2", "table", "get", "ok"),
            ]
        };
        check("ana: Hold { id: 1 }", answers(), &[0]);
        check("Err(Taken)", answers(), &[1, 2]);
        check("bo heard Err(Taken)", answers(), &[1]);
        check("()", answers(), &[3]);
        let panicked = line(6, LineKind::Node, "node-2", "", "panics: at the disco", "");
        check("panicked", [answers(), vec![panicked]].concat(), &[5]);
        check("", vec![line(5, LineKind::Request, "node-2", "table", "get", "ok")], &[0]);
        check("", vec![], &[]);
    }

    #[test]
    fn what_a_submission_says_cannot_become_markup() {
        let evil = "</title><script>\u{202e}";
        let lines = [LineKind::Call, LineKind::Request, LineKind::Output, LineKind::Node, LineKind::Rule]
            .map(|kind| line(0, kind, evil, evil, evil, evil));
        let html = diagram(&found("", lines.to_vec()));
        assert!(!html.contains("<script") && !html.contains('\u{202e}'), "{html}");
    }
}
