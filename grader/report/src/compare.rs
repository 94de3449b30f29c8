//! `kata compare`: several solutions of one kata side by side, requirement by requirement.

use crate::grade::{Stage, counts, points};
use crate::html::{escape, page};
use crate::page::{class, mark};
use crate::scale::figures::{dollars, latency, share};
use crate::scale::rows::{Detail, Row, load, loads, rows, speed, speeds, spread};
use crate::scale::section::{self, Solution, quantiles, side_by_side};
use crate::text::{clip, pad, printable, width};
use crate::{COLUMNS, Theme, json};
use kata_check::{Grade, Judgement, Measured, Verdict};
use serde::Serialize;
use std::fmt::Write;

/// The least that is left for the names of requirements.
const LABEL_COLUMNS_MIN: usize = 36;

/// Between columns.
const GAP: usize = 2;

/// Several solutions of one kata, judged by the same requirements.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The kata's id.
    pub kata: String,
    /// The seed that everything random came from.
    pub seed: u64,
    /// The solutions, at least one.
    pub solutions: Vec<Compared>,
}

/// One solution.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// What it is called here: short, and unlike the others.
    pub name: String,
    /// Its grade.
    pub grade: Grade,
}

impl Comparison {
    /// The requirements that all are judged by, with the judgement of each solution.
    fn requirements(&self) -> impl Iterator<Item = Vec<&Judgement>> {
        let count = self.solutions.first().map_or(0, |first| first.grade.requirements.len());
        (0..count).map(|at| self.solutions.iter().filter_map(|one| one.grade.requirements.get(at)).collect())
    }

    /// The stages in order, each with its requirements.
    fn stages(&self) -> Vec<(&str, Vec<Vec<&Judgement>>)> {
        let mut all = self.requirements();
        let first = self.solutions.first().map_or(&[][..], |first| &first.grade.requirements);
        let stages = Stage::all(first);
        stages
            .into_iter()
            .map(|stage| (stage.id, all.by_ref().take(stage.requirements.len()).collect()))
            .collect()
    }
}

fn measured<'a>(judgements: &[&'a Judgement]) -> Vec<Option<&'a Measured>> {
    judgements.iter().map(|judgement| judgement.measured.as_ref()).collect()
}

/// The comparison as text: a column for each solution, or, where they are too many for 80 columns, a row for each.
pub fn table(comparison: &Comparison, theme: Theme) -> String {
    let title = format!("{}  seed {}\n\n", theme.strong(&pad(&comparison.kata, 40)), comparison.seed);
    title
        + &Columns::that_fit(comparison)
            .map_or_else(|| in_rows(comparison, theme), |columns| in_columns(comparison, &columns, theme))
}

/// How wide the column of each solution is.
struct Columns(Vec<usize>);

impl Columns {
    fn that_fit(comparison: &Comparison) -> Option<Columns> {
        let rows: Vec<Row> =
            comparison.requirements().flat_map(|all| rows(&measured(&all), Detail::Brief)).collect();
        let columns = comparison.solutions.iter().enumerate().map(|(at, solution)| {
            let cells = rows.iter().map(|row| width(&row.cells[at]));
            let totals = [width(&solution.name), width(&points(&solution.grade))];
            cells.chain(totals).max().unwrap_or_default() + GAP
        });
        let columns: Vec<usize> = columns.collect();
        (columns.iter().sum::<usize>() + LABEL_COLUMNS_MIN <= COLUMNS).then_some(Columns(columns))
    }

    fn label(&self) -> usize {
        COLUMNS - self.0.iter().sum::<usize>()
    }

    /// A label and a cell for each solution, at the right of its column.
    fn row(&self, label: &str, cells: impl Iterator<Item = Cell>) -> String {
        let mut line = pad(&clip(label, self.label()), self.label());
        for (cell, columns) in cells.zip(&self.0) {
            line += &cell.right(*columns);
        }
        format!("{}\n", line.trim_end())
    }
}

/// Something to print, and how wide it is without its colour.
struct Cell {
    text: String,
    columns: usize,
}

impl Cell {
    fn plain(text: &str) -> Cell {
        let text = printable(text);
        Cell { columns: width(&text), text }
    }

    fn mark(verdict: Verdict, theme: Theme) -> Cell {
        let text = match verdict {
            Verdict::Pass => theme.good("✔"),
            Verdict::Fail => theme.bad("✘"),
            Verdict::Inconclusive => theme.doubtful("?"),
            Verdict::Missed => theme.faint("○"),
            Verdict::Skipped => theme.faint("–"),
        };
        Cell { text, columns: 1 }
    }

    fn right(&self, columns: usize) -> String {
        format!("{}{}", " ".repeat(columns.saturating_sub(self.columns)), self.text)
    }
}

fn in_columns(comparison: &Comparison, columns: &Columns, theme: Theme) -> String {
    let solutions = || comparison.solutions.iter();
    let mut text = columns.row("", solutions().map(|solution| Cell::plain(&solution.name)));
    for (stage, requirements) in comparison.stages() {
        text += &format!("  {}\n", theme.strong(stage));
        for judgements in requirements {
            let marks = judgements.iter().map(|judgement| Cell::mark(judgement.verdict, theme));
            text += &columns.row(&format!("    {}", judgements[0].id), marks);
            for Row { label, cells } in rows(&measured(&judgements), Detail::Brief) {
                text += &columns.row(&format!("      {label}"), cells.iter().map(|cell| Cell::plain(cell)));
            }
        }
    }
    text.push('\n');
    text += &columns.row("  requirements", solutions().map(|solution| Cell::plain(&counts(&solution.grade))));
    text + &columns.row("  points", solutions().map(|solution| Cell::plain(&points(&solution.grade))))
}

fn in_rows(comparison: &Comparison, theme: Theme) -> String {
    let numbers = comparison.solutions.len().to_string().len();
    let mut text = String::new();
    for (solution, number) in comparison.solutions.iter().zip(1..) {
        let Compared { name, grade } = solution;
        let mark = Cell::mark(grade.verdict(), theme).text;
        let line = format!("{mark} {}, {}  {}", counts(grade), points(grade), printable(name));
        text += &format!("  {number:>numbers$} {line}\n");
    }
    let columns = Columns(vec![numbers + GAP; comparison.solutions.len()]);
    let numbered = (1..=comparison.solutions.len()).map(|number| Cell::plain(&number.to_string()));
    text.push('\n');
    text += &columns.row("", numbered);
    for (stage, requirements) in comparison.stages() {
        text += &format!("  {}\n", theme.strong(stage));
        for judgements in requirements {
            let marks = judgements.iter().map(|judgement| Cell::mark(judgement.verdict, theme));
            text += &columns.row(&format!("    {}", judgements[0].id), marks);
            text += &figures_in_rows(&measured(&judgements), numbers);
        }
    }
    text
}

/// For each load a row for each solution; the cost is beside the first.
fn figures_in_rows(measured: &[Option<&Measured>], numbers: usize) -> String {
    const NAME: usize = 20;
    const FIGURES: [(&str, usize); 5] =
        [("p50", 10), ("p99", 10), ("failed", 13), ("a million", 15), ("a month", 12)];
    let line = |name: &str, figures: &[String]| {
        let mut line = pad(&clip(&format!("      {name}"), NAME), NAME);
        for (figure, (_, columns)) in figures.iter().zip(FIGURES) {
            line += &Cell::plain(figure).right(columns);
        }
        format!("{line}\n")
    };
    let mut text = String::new();
    for (position, name) in loads(measured).into_iter().enumerate() {
        let is_billed = measured.iter().flatten().any(|measured| !measured.bill.is_empty());
        let told = if position == 0 && is_billed { FIGURES.len() } else { FIGURES.len() - 2 };
        text +=
            &line(name, &FIGURES[..told].iter().map(|(label, _)| (*label).to_owned()).collect::<Vec<_>>());
        for (measured, number) in measured.iter().zip(1..) {
            let Some((load, bill)) = measured.and_then(|one| Some((load(one, name)?, &one.bill))) else {
                continue;
            };
            let figures = [
                latency(load.latency.p50_us),
                latency(load.latency.p99_us),
                share(load.failed, load.offered),
                dollars(bill.per_million),
                dollars(bill.per_month),
            ];
            text += &line(&format!("{number:>numbers$}"), &figures[..told]);
        }
    }
    for name in speeds(measured) {
        text += &format!("      {}\n", clip(&printable(name), COLUMNS - 6));
        for (measured, number) in measured.iter().zip(1..) {
            if let Some(speed) = measured.and_then(|one| speed(one, name)) {
                text += &format!("      {number:>numbers$}  {}\n", spread(speed));
            }
        }
    }
    text
}

/// `kata compare --json`.
pub fn json(comparison: &Comparison) -> String {
    json::pretty(&ComparisonObject {
        kata: &comparison.kata,
        seed: comparison.seed,
        solutions: comparison
            .solutions
            .iter()
            .map(|one| SolutionObject { name: &one.name, grade: json::GradeObject::new(&one.grade) })
            .collect(),
    })
}

#[derive(Serialize)]
struct ComparisonObject<'a> {
    kata: &'a str,
    seed: u64,
    solutions: Vec<SolutionObject<'a>>,
}

#[derive(Serialize)]
struct SolutionObject<'a> {
    name: &'a str,
    #[serde(flatten)]
    grade: json::GradeObject<'a>,
}

/// The comparison as a page of its own: verdicts, then for each load figures, designs and plots next to each other, then what
/// each solution failed.
pub fn html(comparison: &Comparison) -> String {
    let mut body = format!(
        "<h1>{}: {} solutions</h1>\n<p class=\"faint\">seed {}</p>\n",
        text(&comparison.kata),
        comparison.solutions.len(),
        comparison.seed
    );
    body += &verdicts(comparison);
    let pictures: String =
        comparison.requirements().map(|judgements| pictures(comparison, &judgements)).collect();
    if pictures.contains("class=\"design\"") {
        body += section::LEGEND;
    }
    body += &pictures;
    body += &failures(comparison);
    page(&format!("{}: compared", comparison.kata), &format!("{STYLE}{}", section::style()), &body)
}

fn verdicts(comparison: &Comparison) -> String {
    let mut html = "<div class=\"wide\"><table>\n<tr><th>stage</th><th>requirement</th>".to_owned();
    for Compared { name, .. } in &comparison.solutions {
        let _ = write!(html, "<th class=\"verdict\">{}</th>", text(name));
    }
    html += "</tr>\n";
    for (stage, requirements) in comparison.stages() {
        for (position, judgements) in requirements.into_iter().enumerate() {
            let stage = if position == 0 { text(stage) } else { String::new() };
            let _ = write!(html, "<tr><td>{stage}</td><td>{}</td>", text(&judgements[0].id));
            for Judgement { verdict, .. } in judgements {
                let _ = write!(html, "<td class=\"verdict {}\">{}</td>", class(*verdict), mark(*verdict));
            }
            html += "</tr>\n";
        }
    }
    html += "<tr><td></td><td><strong>together</strong></td>";
    for Compared { grade, .. } in &comparison.solutions {
        let _ = write!(html, "<td class=\"verdict\">{}<br>{}</td>", counts(grade), points(grade));
    }
    html + "</tr>\n</table></div>\n"
}

/// What was measured of all solutions by one requirement; nothing where none was.
fn pictures(comparison: &Comparison, judgements: &[&Judgement]) -> String {
    let named = comparison.solutions.iter().map(|solution| solution.name.as_str());
    let measured = judgements.iter().map(|judgement| judgement.measured.as_ref());
    let solutions: Vec<Solution<'_>> =
        named.zip(measured).filter_map(|(name, measured)| Some((name, measured?))).collect();
    if solutions.is_empty() {
        return String::new();
    }
    let (designs, plots) = (side_by_side(&solutions), quantiles(&solutions));
    format!("<h2>{}</h2>\n{designs}<div class=\"plots\">\n{plots}</div>\n", text(&judgements[0].id))
}

/// Why each solution failed what it failed.
fn failures(comparison: &Comparison) -> String {
    let mut html = String::new();
    for Compared { name, grade } in &comparison.solutions {
        let failed = grade.requirements.iter().filter(|one| one.verdict != Verdict::Missed);
        let told = failed.filter_map(|one| Some((one, one.counterexample.as_ref()?)));
        let entries: String = told
            .map(|(judgement, found)| {
                let (class, mark) = (class(judgement.verdict), mark(judgement.verdict));
                let id = text(&judgement.id);
                let (summary, observed) = (text(&found.summary), text(&found.observed));
                format!("<dt><span class=\"{class}\">{mark}</span> {id}</dt><dd>{summary}: {observed}</dd>\n")
            })
            .collect();
        if !entries.is_empty() {
            let _ = write!(html, "<h2>What {} fails</h2>\n<dl>\n{entries}</dl>\n", text(name));
        }
    }
    html
}

fn text(text: &str) -> String {
    escape(&printable(text))
}

const STYLE: &str = "\
th.verdict, td.verdict { text-align: center; } dd { margin: 0 0 .6em 1.5em; overflow-wrap: anywhere; } dl { max-width: 70em; }
@media print { @page { size: landscape; margin: 12mm; } body { margin: 0; } h2 { break-after: avoid; } * { print-color-adjust: exact; } }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn compared(name: &str, load: Judgement, race: Judgement) -> Compared {
        let reserve = fixtures::judged("holds_a_seat", "reserve", Verdict::Pass);
        Compared { name: name.to_owned(), grade: fixtures::grade(vec![reserve, race, load]) }
    }

    fn comparison(names: &[&str]) -> Comparison {
        let solution = |(at, name): (usize, &&str)| {
            let race = fixtures::judged("one_seat_one_buyer", "races", Verdict::Pass);
            match at % 2 {
                0 => compared(name, fixtures::under_load(), race),
                _ => compared(name, fixtures::too_slow(), fixtures::oversold()),
            }
        };
        let solutions = names.iter().enumerate().map(solution).collect();
        Comparison { kata: "ticket-booking".to_owned(), seed: 7, solutions }
    }

    fn check(names: &[&str]) -> String {
        let shown = table(&comparison(names), Theme::PLAIN);
        assert!(shown.lines().all(|line| width(line) <= COLUMNS), "{shown}");
        shown
    }

    #[test]
    fn few_solutions_have_a_column_each() {
        insta::assert_snapshot!(check(&["reference", "mine"]));
    }

    #[test]
    fn many_solutions_have_a_row_each() {
        insta::assert_snapshot!(check(&[
            "reference",
            "mine",
            "group-a/ticket-booking",
            "group-b/ticket-booking"
        ]));
    }

    #[test]
    fn json_holds_the_grades() {
        let json: serde_json::Value = serde_json::from_str(&json(&comparison(&["a", "b"]))).unwrap();
        assert_eq!(json["kata"], "ticket-booking");
        assert_eq!(json["solutions"][1]["name"], "b");
        assert_eq!(json["solutions"][1]["requirements"][2]["verdict"], "fail");
        assert_eq!(json["solutions"][0]["requirements"][2]["measured"]["loads"][0]["offered"], 15_006);
    }

    #[test]
    fn the_page_draws_every_design() {
        let page = html(&comparison(&["reference", "mine", "<b>"]));
        assert_eq!(page.matches("class=\"design\"").count(), 3);
        assert!(page.contains("What mine fails") && !page.contains("<b>"), "{page}");
        for forbidden in ["<script", "http://", "https://", "url("] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
