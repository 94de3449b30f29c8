//! A history as a sequence of arrows: who asked whom for what, and what came of it.
//!
//! ```text
//! ana     ── reserve A1 ────▶ node-1
//! node-1  ── get seats/A1 ──▶ table   free
//! node-1  ✘ crashed                   0.000 412 s
//! ```

use crate::text::{brief, clip, count, pad, printable, width};
use crate::{COLUMNS, Theme};
use kata_check::{Line, LineKind};
use std::cmp::Reverse;

/// A history with more lines than this is shown in part.
pub const LINES_MAX: usize = 24;

/// How many of the first lines are shown in any case.
const FIRST_LINES: usize = 3;

/// How many of the last lines are shown in any case: the end is where the reason stands.
const LAST_LINES: usize = 12;

/// The widest that a name may be: `node-1`, `datacentre`, `payments`.
const NAME_COLUMNS_MAX: usize = 12;

/// Columns between the parts of a line: two behind the actor, `── ` and ` ─▶ ` around what was said, two before the outcome.
const GAPS: usize = 2 + 3 + 4 + 2;

/// The history, each line behind `indent` spaces, in at most [`LINES_MAX`] lines and some that say how many are missing.
pub fn sequence(lines: &[Line], indent: usize, theme: Theme) -> String {
    let columns = Columns::of(lines, COLUMNS - indent);
    let margin = " ".repeat(indent);
    let shown = selection(lines);
    let mut text = String::new();
    let mut next = 0;
    for &position in &shown {
        if position > next {
            text += &format!("{margin}{}\n", left_out(position - next, theme));
        }
        text += &format!("{margin}{}\n", columns.line(&lines[position], theme));
        next = position + 1;
    }
    if shown.len() < lines.len() {
        let note = format!("{} of {} lines shown; --json has all", shown.len(), lines.len());
        text += &format!("{margin}{}\n", theme.faint(&note));
    }
    text
}

/// Which lines are shown, by position: the first, the last, and in between what matters most.
fn selection(lines: &[Line]) -> Vec<usize> {
    if lines.len() <= LINES_MAX {
        return (0..lines.len()).collect();
    }
    let end = lines.len() - LAST_LINES;
    let mut middle: Vec<usize> = (FIRST_LINES..end).collect();
    middle.sort_by_key(|&position| (importance(lines, position), Reverse(position)));
    middle.truncate(LINES_MAX - FIRST_LINES - LAST_LINES);
    let mut shown: Vec<usize> = (0..FIRST_LINES).chain(middle).chain(end..lines.len()).collect();
    shown.sort_unstable();
    shown
}

/// How much a line explains that is neither at the start nor at the end; 0 is the most.
fn importance(lines: &[Line], position: usize) -> u8 {
    /// What a crash interrupts stands right before it, what it leads to right behind.
    const NEAR: usize = 2;
    let around = position.saturating_sub(NEAR)..(position + NEAR + 1).min(lines.len());
    match lines[position].kind {
        kind if went_wrong(kind) => 0,
        LineKind::Output => 3,
        _ if lines[around].iter().any(|line| went_wrong(line.kind)) => 1,
        _ => 2,
    }
}

/// True for what explains a failure even far from its end.
fn went_wrong(kind: LineKind) -> bool {
    matches!(kind, LineKind::Trouble | LineKind::Node | LineKind::Rule)
}

fn left_out(number: usize, theme: Theme) -> String {
    theme.faint(&format!("⋮ {} left out", count(number as u64, "line")))
}

/// How wide the parts of a line are, so that arrows of one history stand below each other.
struct Columns {
    from: usize,
    what: usize,
    to: usize,
    outcome: usize,
}

impl Columns {
    /// Widths for `lines` that fit in `available` columns.
    fn of(lines: &[Line], available: usize) -> Columns {
        let arrows: Vec<&Line> = lines.iter().filter(|line| !line.to.is_empty()).collect();
        let widest = |part: fn(&Line) -> &str| {
            arrows.iter().map(|line| width(&brief(part(line)))).max().unwrap_or_default()
        };
        let actors = lines.iter().map(|line| width(&printable(&line.from))).max().unwrap_or_default();
        let from = actors.min(NAME_COLUMNS_MAX);
        let to = widest(|line| &line.to).min(NAME_COLUMNS_MAX);
        let rest = available.saturating_sub(from + to + GAPS);
        let outcome_wanted = widest(|line| &line.outcome);
        // Where both cannot be whole, what was said gets three fifths: it names the key that everything is about.
        let what = widest(|line| &line.what).min((rest * 3 / 5).max(rest.saturating_sub(outcome_wanted)));
        Columns { from, what, to, outcome: rest - what }
    }

    /// One line of the history.
    fn line(&self, line: &Line, theme: Theme) -> String {
        let from = pad(&clip(&printable(&line.from), self.from), self.from);
        let what = brief(&line.what);
        match line.kind {
            LineKind::Node => {
                self.event(&from, &what, mark_of_node(&what), line, |text| theme.doubtful(text))
            }
            LineKind::Rule => self.event(&from, &what, "◆", line, |text| theme.doubtful(text)),
            LineKind::Output => self.event(&from, &what, "│", line, |text| theme.faint(text)),
            LineKind::Trouble if line.to.is_empty() => {
                self.event(&from, &what, "✘", line, |text| theme.bad(text))
            }
            LineKind::Trouble => self.arrow(&from, &what, '╌', line, |text| theme.bad(text)),
            LineKind::Call => self.long_arrow(&from, &what, line, theme),
            LineKind::Return if line.outcome.is_empty() => self.long_arrow(&from, &what, line, theme),
            LineKind::Return => {
                self.long_arrow(&from, &format!("{what} = {}", brief(&line.outcome)), line, theme)
            }
            LineKind::Request => self.arrow(&from, &what, '─', line, str::to_owned),
        }
    }

    /// Something between two: an arrow as long as the longest, then its outcome.
    fn arrow(
        &self,
        from: &str,
        what: &str,
        shaft: char,
        line: &Line,
        paint: impl Fn(&str) -> String,
    ) -> String {
        let what = clip(what, self.what);
        let rest = shaft.to_string().repeat(self.what - width(&what) + 1);
        let arrow = paint(&format!("{shaft}{shaft} {what} {rest}▶"));
        let to = clip(&printable(&line.to), self.to);
        let outcome = clip(&brief(&line.outcome), self.outcome);
        if outcome.is_empty() {
            format!("{from}  {arrow} {to}")
        } else {
            format!("{from}  {arrow} {}  {}", pad(&to, self.to), paint(&outcome))
        }
    }

    /// What a client says or hears: as long as it must be, since nothing stands behind it.
    fn long_arrow(&self, from: &str, what: &str, line: &Line, theme: Theme) -> String {
        let to = clip(&printable(&line.to), self.to);
        let room = self.what + self.outcome + 2 + self.to - width(&to);
        let what = clip(what, room.max(self.what));
        let rest = "─".repeat(self.what.saturating_sub(width(&what)) + 1);
        format!("{from}  {} {to}", theme.strong(&format!("── {what} {rest}▶")))
    }

    /// Something that happens to one alone, and when.
    fn event(
        &self,
        from: &str,
        what: &str,
        mark: &str,
        line: &Line,
        paint: impl Fn(&str) -> String,
    ) -> String {
        let outcome = printable(&line.outcome);
        let what = if outcome.is_empty() { what.to_owned() } else { format!("{what}: {outcome}") };
        let when = clock(line.at_us);
        let room = (self.what + self.to + self.outcome + GAPS - 2).saturating_sub(2 + 2 + width(&when));
        let before_outcome = (self.what + self.to + GAPS - 2).saturating_sub(2 + 2);
        let what = pad(&clip(&what, room), before_outcome.min(room));
        format!("{from}  {}  {when}", paint(&format!("{mark} {what}")))
    }
}

/// Nodes come up or go down.
fn mark_of_node(what: &str) -> &'static str {
    if what.starts_with("start") || what.starts_with("open") { "●" } else { "✘" }
}

/// Virtual time since the run began: `12.345678 s`.
fn clock(at_us: u64) -> String {
    format!("{}.{:06} s", at_us / 1_000_000, at_us % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{line, seat_race};

    fn many(number: u64) -> Vec<Line> {
        (0..number)
            .map(|at| match at {
                7 => line(at, LineKind::Node, "node-2", "", "crashed", ""),
                _ => {
                    line(at, LineKind::Request, "node-1", "table", &format!("get row/{at}"), "nothing there")
                }
            })
            .collect()
    }

    #[test]
    fn arrows_stand_below_each_other() {
        insta::assert_snapshot!(sequence(&seat_race(), 8, Theme::PLAIN));
    }

    #[test]
    fn long_histories_keep_start_end_and_crashes() {
        insta::assert_snapshot!(sequence(&many(81), 8, Theme::PLAIN));
    }

    #[test]
    fn every_kind_of_line_reads_well() {
        let lines = [
            line(0, LineKind::Node, "node-1", "", "started", ""),
            line(120, LineKind::Rule, "datacentre", "", "the log is out", ""),
            line(300, LineKind::Call, "ana", "node-1", "add(Click { ad: 7 })", ""),
            line(420, LineKind::Output, "node-1", "", "adding \u{1b}[31mseven", ""),
            line(500, LineKind::Trouble, "node-1", "log", "append clicks", "no answer"),
            line(900, LineKind::Node, "node-1", "", "panicked", "called `unwrap` at src/lib.rs:7:9"),
            line(900, LineKind::Trouble, "node-1", "", "the answer came too late", ""),
            line(1_204_000, LineKind::Return, "node-1", "ana", "unknown", ""),
        ];
        insta::assert_snapshot!(sequence(&lines, 8, Theme::PLAIN));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let long = "x".repeat(200);
        let lines = [
            line(0, LineKind::Request, &long, &long, &long, &long),
            line(1, LineKind::Output, &long, "", &long, ""),
            line(2, LineKind::Call, "座席", "node-1", &"席".repeat(90), ""),
        ];
        for shown in sequence(&lines, 8, Theme::PLAIN).lines() {
            assert!(width(shown) <= COLUMNS, "{} columns: {shown}", width(shown));
        }
    }

    #[test]
    fn an_empty_history_takes_no_line() {
        assert_eq!(sequence(&[], 8, Theme::PLAIN), "");
    }
}
