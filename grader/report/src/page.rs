//! `kata report`: a grade as a single HTML file that needs nothing else. Stages and verdicts first, then what failed, each with
//! the run that shows it, and what was measured under load, beside what the reference measured.

use crate::diagram::{self, diagram, legend};
use crate::grade::{Commands, Stage, counts, points};
use crate::html::{escape, page};
use crate::scale::section::{self, section};
use crate::speed;
use crate::text::{count, printable};
use kata_check::{Counterexample, Grade, Judgement, Measured, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;
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

/// What the reference of a kata measured, by requirement.
pub type References = BTreeMap<String, Measured>;

/// The page. `changed` says that it shows a grade of files that have changed since.
pub fn html(grade: &Grade, references: &References, commands: &Commands, changed: bool) -> String {
    let mut body = header(grade, changed);
    body += &stages(grade);
    let told = grade.requirements.iter().filter(|judgement| is_told(judgement));
    let told: String = told.map(|judgement| told_of(judgement, references, commands)).collect();
    if told.contains("class=\"sequence\"") {
        body += &legend();
    }
    if told.contains("class=\"design\"") {
        body += section::LEGEND;
    }
    body += &told;
    let _ = writeln!(
        body,
        "<p class=\"faint\">Times are virtual, since the run began. A request and its answer share a row, at the moment when the \
         request takes effect; distances between rows do not stand for time.</p>"
    );
    let style = [STYLE, diagram::STYLE, &section::style()].concat();
    page(&format!("{}: {}", grade.kata, counts(grade)), &style, &body)
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
            _ => format!("{} {}", mark(verdict), stage.counts()),
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
            let _ = if is_told(judgement) {
                writeln!(html, "<a class=\"{class}\" href=\"#{id}\">{label}</a>")
            } else {
                writeln!(html, "<span class=\"{class}\">{label}</span>")
            };
        }
        html += "</div></td></tr>\n";
    }
    html + "</table>\n"
}

/// Whether there is more to tell of a requirement than its verdict.
fn is_told(judgement: &Judgement) -> bool {
    judgement.counterexample.is_some() || judgement.measured.is_some()
}

/// Why one requirement failed or is inconclusive, and what it measured.
fn told_of(judgement: &Judgement, references: &References, commands: &Commands) -> String {
    let (class, id) = (class(judgement.verdict), text(&judgement.id));
    let mark = mark(judgement.verdict);
    let mut html = format!("<h2 id=\"{id}\"><span class=\"{class}\">{mark}</span> {id}</h2>\n");
    if let Some(found) = &judgement.counterexample {
        html += &complaint(found, &id, commands);
    }
    if let Some(measured) = &judgement.measured {
        for speed in &measured.speeds {
            let _ = writeln!(html, "<p>{}</p>", text(&speed::sentence(speed)));
        }
        if measured.is_under_load() {
            html += &section(measured, references.get(&judgement.id));
        }
    }
    html + &judgement.counterexample.as_ref().map(diagram).unwrap_or_default()
}

/// What was expected and observed, and what to type next.
fn complaint(found: &Counterexample, id: &str, commands: &Commands) -> String {
    let found_at = match found.found_at.as_str() {
        "" => String::new(),
        found_at => format!(" <span class=\"faint\">({})</span>", text(found_at)),
    };
    let mut html =
        format!("<p class=\"why\"><strong>{}</strong>{found_at}</p>\n<dl>\n", text(&found.summary));
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
    html + "</dl>\n"
}

/// What a verdict looks like.
pub(crate) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::Inconclusive => "doubtful",
        Verdict::Missed | Verdict::Skipped => "faint",
    }
}

/// A verdict as a sign.
pub(crate) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✔",
        Verdict::Fail => "✘",
        Verdict::Inconclusive => "?",
        Verdict::Missed => "○",
        Verdict::Skipped => "–",
    }
}

fn text(text: &str) -> String {
    escape(&printable(text))
}

const STYLE: &str = "\
p, dl { max-width: 70em; }
td { vertical-align: top; } .stages td:first-child, .verdict { white-space: nowrap; }
.requirements { display: flex; flex-wrap: wrap; gap: 0 1.2em; } .requirements > * { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em; } dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn check(requirements: Vec<Judgement>, changed: bool) -> String {
        let commands = Commands { grade: "kata grade".to_owned(), hint: "kata hint".to_owned() };
        html(&fixtures::grade(requirements), &References::new(), &commands, changed)
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
    fn a_load_is_told_whether_it_passes_or_not() {
        let commands = Commands { grade: "kata grade".to_owned(), hint: "kata hint".to_owned() };
        let references = References::from([("redirects_are_fast".to_owned(), fixtures::measured())]);
        for (judgement, runs) in [(fixtures::under_load(), 0), (fixtures::too_slow(), 1)] {
            let page = html(&fixtures::grade(vec![judgement]), &references, &commands, false);
            let link = "href=\"#redirects_are_fast\"";
            for part in [link, "this solution", "the reference", "over time", "by quantile", "together"] {
                assert!(page.contains(part), "{part}: {page}");
            }
            assert_eq!(page.matches("class=\"sequence\"").count(), runs);
        }
    }

    #[test]
    fn nothing_is_fetched_and_nothing_runs() {
        let page = check(vec![fixtures::oversold(), fixtures::too_slow()], false);
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
