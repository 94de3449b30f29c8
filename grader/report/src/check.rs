//! `kata check`: whether a recorded history is linearizable, and which operations say no.

use crate::text::{clip, count, pad, printable, thousands, width};
use crate::{COLUMNS, Theme};
use kata_check::Verdict;
use kata_check::recording::{Breach, Examination, Part, Row};

/// The widest that the name of a process is shown.
const PROCESS_COLUMNS: usize = 16;

/// How many operations of a window are listed.
const ROWS: usize = 20;

/// What an examination came to, for people.
pub fn examination(examination: &Examination, file: &str, theme: Theme) -> String {
    let mark = match examination.verdict {
        Verdict::Pass => theme.good("✔"),
        Verdict::Fail => theme.bad("✘"),
        Verdict::Inconclusive | Verdict::Missed | Verdict::Skipped => theme.doubtful("?"),
    };
    let mut text = format!("{mark} {}\n", theme.strong(&headline(examination)));
    text += &format!("  {}\n", theme.faint(&format!("{}: {}", printable(file), extent(examination))));
    if let Some(breach) = &examination.breach {
        text += "\n";
        text += &window(breach, theme);
        text += &format!("\n  {}\n", explanation(breach));
    }
    text
}

/// The verdict in a sentence without a full stop.
pub(crate) fn headline(examination: &Examination) -> String {
    match (&examination.breach, examination.unsettled.as_slice()) {
        (Some(breach), _) => {
            let culprit = breach.window.iter().find(|row| row.part == Part::Culprit);
            let what = culprit.map_or(String::new(), |row| {
                format!("`{}` of {}, ", clip(&printable(&row.what), 30), process(row))
            });
            format!("not linearizable: no order explains {what}line {}", breach.culprit)
        }
        (None, []) => "linearizable".to_owned(),
        (None, keys) => {
            let steps = thousands(examination.steps);
            let keys = match keys {
                [key] if key.is_empty() => String::new(),
                keys => format!(": {} not settled", count(keys.len() as u64, "key")),
            };
            format!("too tangled to tell within {steps} steps{keys}; allow more with --steps")
        }
    }
}

/// How much was looked at.
pub(crate) fn extent(examination: &Examination) -> String {
    format!(
        "{} on {} under the model `{}`, {}",
        count(examination.operations as u64, "operation"),
        count(examination.keys as u64, "key"),
        examination.model,
        count(examination.steps, "step"),
    )
}

/// What the window means.
pub(crate) fn explanation(breach: &Breach) -> &'static str {
    match (breach.window.len(), breach.minimal) {
        (1, _) => "No state that the object can have been in allows this.",
        (_, true) => "These contradict each other; without any one of them there is an order.",
        (_, false) => "The contradiction is among these; there may be a shorter one.",
    }
}

/// The operations that contradict each other. Of many, the last: the culprit is among them.
fn window(breach: &Breach, theme: Theme) -> String {
    let left_out = breach.window.len().saturating_sub(ROWS);
    let shown = &breach.window[left_out..];
    let widest = |of: fn(&Row) -> String| shown.iter().map(|row| width(&of(row))).max().unwrap_or_default();
    let (lines, processes, times) = (widest(line), widest(process), widest(times));
    let mut text = String::new();
    if left_out > 0 {
        text +=
            &format!("    {}\n", theme.faint(&format!("... {} before", count(left_out as u64, "operation"))));
    }
    for row in shown {
        let head = format!(
            "    {}  {}  {}  ",
            pad(&line(row), lines),
            pad(&process(row), processes),
            pad(&self::times(row), times)
        );
        let what = clip(&printable(&row.what), COLUMNS.saturating_sub(width(&head)));
        let what = if row.part == Part::Culprit { theme.bad(&what) } else { what };
        text += &format!("{head}{what}\n");
    }
    text
}

fn line(row: &Row) -> String {
    format!("line {}", row.line)
}

fn process(row: &Row) -> String {
    clip(&printable(&row.process), PROCESS_COLUMNS)
}

/// When an operation was invoked and returned.
pub(crate) fn times(row: &Row) -> String {
    match row.returned {
        Some(returned) => format!("{}-{returned}", row.invoke),
        None => format!("{}-", row.invoke),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_wrong_history_shows_what_contradicts_what() {
        let examination = fixtures::examination(fixtures::STALE_READ);
        insta::assert_snapshot!(super::examination(&examination, "stale.jsonl", Theme::PLAIN));
    }

    #[test]
    fn a_right_history_is_short() {
        let text = fixtures::STALE_READ.lines().take(3).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(super::examination(
            &fixtures::examination(&text),
            "fine.jsonl",
            Theme::PLAIN
        ));
    }

    #[test]
    fn a_tangled_history_says_what_to_do() {
        let examination = Examination {
            verdict: Verdict::Inconclusive,
            breach: None,
            unsettled: vec!["x".to_owned(), "y".to_owned()],
            ..fixtures::examination(fixtures::STALE_READ)
        };
        insta::assert_snapshot!(super::examination(&examination, "tangled.jsonl", Theme::PLAIN));
    }

    #[test]
    fn programs_get_the_window_with_its_lines() {
        insta::assert_snapshot!(crate::json::pretty(&fixtures::examination(fixtures::STALE_READ)));
    }
}
