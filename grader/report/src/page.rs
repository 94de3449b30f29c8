//! `kata report`: a grade as a single HTML file that needs nothing else. Stages and verdicts first, then what failed, each with
//! the run that shows it.

use crate::diagram::{self, diagram, legend};
use crate::grade::{Commands, Stage, counts, points};
use crate::html::{escape, page};
use crate::text::{count, printable};
use kata_check::{Grade, Judgement, Verdict};
use serde::Serialize;
use std::fmt::Write;

/// What `kata report` did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The kata's id.
    pub kata: String,
    /// Where the page is.
    pub file: String,
    /// Whether it was graded for this; otherwise the page shows the last grade.
    pub graded: bool,
    /// Whether files changed since they were graded.
    pub changed: bool,
}

/// Where the page is, and what it shows.
pub fn written(written: &Written) -> String {
    let mut text = format!("{}\n", written.file);
    if written.changed {
        text += CHANGED;
        text += "\n";
    }
    text
}

const CHANGED: &str = "Files have changed since this grade; `kata grade` judges them as they are now.";

/// The page. `changed` says that it shows a grade of files that have changed since.
pub fn html(grade: &Grade, commands: &Commands, changed: bool) -> String {
    let mut body = header(grade, changed);
    body += &stages(grade);
    let complaints = grade.requirements.iter().filter_map(|judgement| complaint(judgement, commands));
    let complaints: String = complaints.collect();
    if complaints.contains("<svg") {
        body += &legend();
    }
    body += &complaints;
    let _ = writeln!(
        body,
        "<p class=\"faint\">Times are virtual, since the run began. A request and its answer share a row, at the moment when the \
         request takes effect; distances between rows do not stand for time.</p>"
    );
    page(&format!("{}: {}", grade.kata, counts(grade)), &format!("{STYLE}{}", diagram::STYLE), &body)
}

fn header(grade: &Grade, changed: bool) -> String {
    let class = class(grade.verdict());
    let schedules: u64 = grade.requirements.iter().map(|judgement| judgement.schedules).sum();
    let mut html = format!(
        "<h1>{}</h1>\n<p><strong class=\"{class}\">{} {} requirements pass</strong>, {} \
         <span class=\"faint\">seed {}, {}</span></p>\n",
        text(&grade.kata),
        mark(grade.verdict()),
        counts(grade),
        points(grade),
        grade.seed,
        count(schedules, "schedule"),
    );
    if changed {
        let _ = writeln!(html, "<p class=\"doubtful\">{}</p>", CHANGED.replace('`', ""));
    }
    html
}

/// A row for each stage: how many of its requirements passed, and what each said.
fn stages(grade: &Grade) -> String {
    let mut html =
        "<table class=\"stages\">\n<tr><th>stage</th><th>passed</th><th>requirements</th></tr>\n".to_owned();
    for stage in Stage::all(&grade.requirements) {
        let verdict = stage.verdict();
        let passed = match verdict {
            Verdict::Skipped => "later".to_owned(),
            _ => format!("{} {}/{}", mark(verdict), stage.passed(), stage.requirements.len()),
        };
        let _ = write!(
            html,
            "<tr><td>{}</td><td class=\"{} verdict\">{passed}</td><td><div class=\"requirements\">",
            text(stage.id),
            class(verdict)
        );
        for judgement in stage.requirements {
            let (class, id) = (class(judgement.verdict), text(&judgement.id));
            let label = format!("{} {id}", mark(judgement.verdict));
            let _ = match judgement.verdict {
                Verdict::Fail | Verdict::Inconclusive => {
                    writeln!(html, "<a class=\"{class}\" href=\"#{id}\">{label}</a>")
                }
                Verdict::Pass | Verdict::Skipped => writeln!(html, "<span class=\"{class}\">{label}</span>"),
            };
        }
        html += "</div></td></tr>\n";
    }
    html + "</table>\n"
}

/// Why one requirement failed or is inconclusive; `None` for all others.
fn complaint(judgement: &Judgement, commands: &Commands) -> Option<String> {
    if !matches!(judgement.verdict, Verdict::Fail | Verdict::Inconclusive) {
        return None;
    }
    let (class, id) = (class(judgement.verdict), text(&judgement.id));
    let mut html =
        format!("<h2 id=\"{id}\"><span class=\"{class}\">{}</span> {id}</h2>\n", mark(judgement.verdict));
    let Some(found) = &judgement.counterexample else { return Some(html) };
    let found_at = match found.found_at.as_str() {
        "" => String::new(),
        found_at => format!(" <span class=\"faint\">({})</span>", text(found_at)),
    };
    let _ = writeln!(html, "<p class=\"why\"><strong>{}</strong>{found_at}</p>\n<dl>", text(&found.summary));
    let mut entry = |term: &str, value: &str| {
        let _ = writeln!(html, "<dt>{term}</dt><dd>{value}</dd>");
    };
    entry("expected", &text(&found.expected));
    entry("observed", &text(&found.observed));
    if !found.replay.is_empty() {
        let command = format!("{} --replay {}", commands.grade, found.replay);
        entry("again", &format!("<code>{}</code>", text(&command)));
    }
    entry("hint", &format!("<code>{} {id}</code>", text(&commands.hint)));
    html += "</dl>\n";
    Some(html + &diagram(found))
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::Inconclusive => "doubtful",
        Verdict::Skipped => "faint",
    }
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✔",
        Verdict::Fail => "✘",
        Verdict::Inconclusive => "?",
        Verdict::Skipped => "–",
    }
}

fn text(text: &str) -> String {
    escape(&printable(text))
}

const STYLE: &str = "\
p, dl { max-width: 70em; }
td { vertical-align: top; } .stages td:first-child, .verdict { white-space: nowrap; }
.requirements { display: flex; flex-wrap: wrap; gap: 0 1.2em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em; } dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn check(requirements: Vec<Judgement>, changed: bool) -> String {
        let commands = Commands { grade: "kata grade".to_owned(), hint: "kata hint".to_owned() };
        html(&fixtures::grade(requirements), &commands, changed)
    }

    /// What a page says, without what it looks like.
    fn body(page: &str) -> &str {
        page.split_once("<body>\n").map_or("", |(_, body)| body)
    }

    #[test]
    fn a_failed_grade_shows_stages_complaints_and_runs() {
        let page = check(
            vec![
                fixtures::judged("holds_a_seat", "reserve", Verdict::Pass),
                fixtures::judged("all_or_none", "races", Verdict::Pass),
                fixtures::oversold(),
                fixtures::judged("the_queue_is_fair", "waiting-room", Verdict::Skipped),
            ],
            true,
        );
        insta::assert_snapshot!(body(&page));
    }

    #[test]
    fn a_full_grade_has_no_runs_and_no_legend() {
        let page = check(vec![fixtures::judged("holds_a_seat", "reserve", Verdict::Pass)], false);
        assert!(!page.contains("<svg") && !page.contains("<h2"), "{page}");
    }

    #[test]
    fn nothing_is_fetched_and_nothing_runs() {
        let page = check(vec![fixtures::oversold()], false);
        for forbidden in ["<script", "http://", "https://", "<link", "<img", "@import", "url("] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(page.contains("default-src 'none'"));
    }

    #[test]
    fn the_terminal_hears_where_the_page_is() {
        let page = Written {
            kata: "ticket-booking".to_owned(),
            file: ".kata/last/ticket-booking.html".to_owned(),
            graded: false,
            changed: true,
        };
        insta::assert_snapshot!(written(&page));
    }
}
