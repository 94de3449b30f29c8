//! A grade as a learner reads it: stages with counts, what was measured under load, then what failed, with the run that shows it.

use crate::scale::lines;
use crate::text::{clip, count, pad, printable, thousands, width, wrap};
use crate::{COLUMNS, Theme, history, speed};
use kata_check::{Counterexample, Grade, Judgement, Score, Verdict};
use std::collections::BTreeSet;

/// How far everything about one requirement stands from the left.
const INDENT: usize = 8;

/// How far behind the indent the values of `expected`, `observed`, `again`, `hint` begin.
const LABEL_COLUMNS: usize = 10;

/// The commands that a reader of this grade types next. They depend on where the submission stands and how the
/// program was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// Grades this submission again: `kata grade`, `cargo kata grade solutions/url-shortener`.
    pub grade: String,
    /// Shows the next hint of a requirement of this kata: `kata hint`.
    pub hint: String,
}

/// The whole view of a grade.
pub fn grade(grade: &Grade, commands: &Commands, theme: Theme) -> String {
    let stages = Stage::all(&grade.requirements);
    let names = stages.iter().map(|stage| width(stage.id)).max().unwrap_or_default();
    let mut text = header(grade, theme);
    let mut told = BTreeSet::new();
    for stage in stages.iter().filter(|stage| !stage.is_skipped()) {
        text += &stage.line(names, theme);
        text += &speeds(stage, theme);
        let mut complaints = String::new();
        for judgement in stage.requirements {
            complaints += &match &judgement.counterexample {
                Some(found) if !told.insert((&found.summary, &found.expected, &found.observed)) => {
                    the_same(judgement, found, theme)
                }
                _ => complaint(judgement, commands, theme),
            };
        }
        let is_right = matches!(stage.verdict(), Verdict::Pass | Verdict::Skipped);
        if !complaints.is_empty() && !complaints.ends_with("\n\n") && !is_right {
            complaints += "\n";
        }
        text += &complaints;
    }
    text += &later(&stages, commands, theme);
    if !text.ends_with("\n\n") {
        text += "\n";
    }
    text += &total(grade, theme);
    text += &time(grade, theme);
    text
}

/// The kata, and the seed that repeats this grade.
fn header(grade: &Grade, theme: Theme) -> String {
    format!("{}  seed {}\n", theme.strong(&pad(&grade.kata, 40)), grade.seed)
}

/// One stage of a kata: neighbours in the list of requirements.
pub(crate) struct Stage<'a> {
    pub(crate) id: &'a str,
    pub(crate) requirements: &'a [Judgement],
}

impl<'a> Stage<'a> {
    pub(crate) fn all(requirements: &'a [Judgement]) -> Vec<Stage<'a>> {
        requirements
            .chunk_by(|one, next| one.stage == next.stage)
            .map(|requirements| Stage { id: &requirements[0].stage, requirements })
            .collect()
    }

    fn is_skipped(&self) -> bool {
        self.verdict() == Verdict::Skipped
    }

    /// The worst verdict of its requirements; `Skipped` if none was judged.
    pub(crate) fn verdict(&self) -> Verdict {
        let any = |verdict| self.requirements.iter().any(|judgement| judgement.verdict == verdict);
        let worst = [Verdict::Fail, Verdict::Inconclusive, Verdict::Pass].into_iter().find(|&one| any(one));
        worst.unwrap_or(Verdict::Skipped)
    }

    /// How many of its requirements passed, bonuses apart: `4/5`.
    pub(crate) fn counts(&self) -> String {
        let (passed, all) = passed(self.requirements);
        format!("{passed}/{all}")
    }

    fn line(&self, names: usize, theme: Theme) -> String {
        let counts = self.counts();
        let mark = match self.verdict() {
            Verdict::Fail => theme.bad(&format!("✘ {counts}")),
            Verdict::Inconclusive => theme.doubtful(&format!("? {counts}")),
            Verdict::Pass | Verdict::Missed | Verdict::Skipped => theme.good(&format!("✔ {counts}")),
        };
        format!("  {}  {mark}\n", pad(self.id, names))
    }
}

/// How fast the solution was, whatever the verdict.
fn speeds(stage: &Stage<'_>, theme: Theme) -> String {
    let measured = stage.requirements.iter().filter_map(|judgement| judgement.measured.as_ref());
    let sentences = measured.flat_map(|measured| &measured.speeds).map(speed::sentence);
    let lines = sentences.flat_map(|sentence| wrap(&sentence, COLUMNS - 4));
    lines.map(|line| format!("    {}\n", theme.faint(&line))).collect()
}

/// What begins the line of a requirement that failed, was missed or is inconclusive; nothing for all others.
fn mark(verdict: Verdict, theme: Theme) -> Option<String> {
    match verdict {
        Verdict::Fail => Some(theme.bad("✘")),
        Verdict::Inconclusive => Some(theme.doubtful("?")),
        Verdict::Missed => Some(theme.faint("○")),
        Verdict::Pass | Verdict::Skipped => None,
    }
}

/// Why one requirement failed, was missed or is inconclusive, or what it measured if it passed under load; nothing for all others.
fn complaint(judgement: &Judgement, commands: &Commands, theme: Theme) -> String {
    let Some(mark) = mark(judgement.verdict, theme) else { return measured(judgement, theme) };
    let Some(found) = &judgement.counterexample else {
        return format!("    {mark} {}\n", judgement.id);
    };
    let margin = " ".repeat(INDENT);
    let mut text = headline(judgement, found, &mark, theme);
    text += &labelled("expected", &found.expected);
    text += &labelled("observed", &found.observed);
    if let Some(measured) = judgement.measured.as_ref().filter(|measured| measured.is_under_load()) {
        text += &lines::cost(measured).map(|cost| labelled("cost", &cost)).unwrap_or_default();
    }
    // Nothing went wrong in the run of a bonus.
    if judgement.verdict != Verdict::Missed {
        let history = history::sequence(&found.history.0, INDENT, theme);
        if !history.is_empty() {
            text += &format!("\n{history}");
        }
        text += "\n";
        if !found.replay.is_empty() {
            text += &format!("{margin}again     {} --replay {}\n", commands.grade, found.replay);
        }
    }
    text += &format!("{margin}hint      {} {}\n\n", commands.hint, judgement.id);
    text
}

/// What a requirement measured that passed under load; nothing for all others.
fn measured(judgement: &Judgement, theme: Theme) -> String {
    let (Some(measured), Verdict::Pass) = (&judgement.measured, judgement.verdict) else {
        return String::new();
    };
    if !measured.is_under_load() {
        return String::new();
    }
    let mut text = format!("    {} {}\n", theme.good("✔"), judgement.id);
    for line in lines::summary(measured, COLUMNS - INDENT) {
        text += &format!("{}{}\n", " ".repeat(INDENT), theme.faint(&line));
    }
    text
}

/// One requirement that failed or is inconclusive for a reason that has just been told.
fn the_same(judgement: &Judgement, found: &Counterexample, theme: Theme) -> String {
    let Some(mark) = mark(judgement.verdict, theme) else { return String::new() };
    let columns = COLUMNS.saturating_sub(4 + 2 + width(&judgement.id) + 2);
    let why = clip(&format!("again: {}", printable(&found.summary)), columns);
    format!("    {mark} {}  {why}\n", theme.strong(&judgement.id))
}

/// The requirement and what is wrong, on one line if it fits.
fn headline(judgement: &Judgement, found: &Counterexample, mark: &str, theme: Theme) -> String {
    let id = theme.strong(&judgement.id);
    let mut why = printable(&found.summary);
    if judgement.verdict == Verdict::Missed {
        why = format!("a bonus of {}: {why}", count(judgement.points.into(), "point"));
    } else if !found.found_at.is_empty() {
        why += &format!(" ({})", found.found_at);
    }
    if 4 + 2 + width(&judgement.id) + 2 + width(&why) <= COLUMNS {
        return format!("    {mark} {id}  {why}\n");
    }
    let mut text = format!("    {mark} {id}\n");
    for line in wrap(&why, COLUMNS - INDENT) {
        text += &format!("{}{line}\n", " ".repeat(INDENT));
    }
    text
}

/// `expected  exactly one reservation of A1`, over as many lines as it takes.
fn labelled(label: &str, value: &str) -> String {
    const LINES_MAX: usize = 6;
    let lines = wrap(&printable(value), COLUMNS - INDENT - LABEL_COLUMNS);
    let mut text = String::new();
    for (position, line) in lines.iter().take(LINES_MAX).enumerate() {
        let label = if position == 0 { label } else { "" };
        let is_cut = position + 1 == LINES_MAX && lines.len() > LINES_MAX;
        let line = if is_cut {
            clip(&format!("{line} …"), COLUMNS - INDENT - LABEL_COLUMNS)
        } else {
            line.clone()
        };
        text += &format!("{}{}{line}\n", " ".repeat(INDENT), pad(label, LABEL_COLUMNS));
    }
    text
}

/// The stages that were not judged because an earlier one failed.
fn later(stages: &[Stage<'_>], commands: &Commands, theme: Theme) -> String {
    let names: Vec<&str> = stages.iter().filter(|stage| stage.is_skipped()).map(|stage| stage.id).collect();
    if names.is_empty() {
        return String::new();
    }
    let sentence = format!("later: {} ({} --all judges them now)", names.join(", "), commands.grade);
    wrap(&sentence, COLUMNS - 2).iter().map(|line| format!("  {}\n", theme.faint(line))).collect()
}

/// How many requirements passed, bonuses apart: `5 of 24`.
pub(crate) fn counts(grade: &Grade) -> String {
    let (passed, all) = passed(&grade.requirements);
    format!("{passed} of {all}")
}

/// How many of those that are no bonus passed, and how many there are.
fn passed(requirements: &[Judgement]) -> (usize, usize) {
    let needed = requirements.iter().filter(|judgement| !judgement.bonus);
    (needed.clone().filter(|judgement| judgement.verdict == Verdict::Pass).count(), needed.count())
}

/// What that is worth: `60 of 240 points`; and what bonuses add: `240 of 240 points and 5 on top`.
pub(crate) fn points(grade: &Grade) -> String {
    let Score { earned, possible, bonus } = grade.score;
    let on_top = if bonus == 0 { String::new() } else { format!(" and {bonus} on top") };
    format!("{earned} of {possible} points{on_top}")
}

/// How far the learner is, and what to do next.
fn total(grade: &Grade, theme: Theme) -> String {
    let of = |verdict| grade.requirements.iter().find(move |judgement| judgement.verdict == verdict);
    let (counts, points) = (counts(grade), points(grade));
    match (of(Verdict::Fail), of(Verdict::Inconclusive)) {
        (Some(next), _) => format!("{}, {points}, next: {}\n", theme.bad(&counts), next.id),
        (None, Some(unclear)) => format!(
            "{}, {points}\n{} is inconclusive, through no fault of your program: grade again\n",
            theme.doubtful(&counts),
            unclear.id
        ),
        (None, None) => format!("{}, {points}\n", theme.good(&counts)),
    }
}

/// What it took.
fn time(grade: &Grade, theme: Theme) -> String {
    let schedules = grade.requirements.iter().map(|judgement| judgement.schedules).sum();
    let steps = grade.requirements.iter().map(|judgement| judgement.steps).sum();
    let sentence = format!(
        "{} and {} steps in {:.1} s, built in {:.1} s",
        count(schedules, "schedule"),
        thousands(steps),
        grade.seconds.grade,
        grade.seconds.build
    );
    format!("{}\n", theme.faint(&sentence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn check(requirements: Vec<Judgement>) -> String {
        let commands = Commands { grade: "kata grade".to_owned(), hint: "kata hint".to_owned() };
        grade(&fixtures::grade(requirements), &commands, Theme::PLAIN)
    }

    #[test]
    fn a_failed_stage_shows_why_and_what_is_next() {
        insta::assert_snapshot!(check(vec![
            fixtures::judged("holds_a_seat", "reserve", Verdict::Pass),
            fixtures::judged("refuses_a_taken_seat", "reserve", Verdict::Pass),
            fixtures::judged("all_or_none", "races", Verdict::Pass),
            fixtures::oversold(),
            fixtures::judged("no_seat_after_a_crash_is_lost", "crashes", Verdict::Skipped),
            fixtures::judged("the_queue_is_fair", "waiting-room", Verdict::Skipped),
        ]));
    }

    #[test]
    fn the_same_reason_is_told_once() {
        let again =
            Judgement { id: "no_seat_is_sold_twice_after_a_crash".to_owned(), ..fixtures::oversold() };
        insta::assert_snapshot!(check(vec![
            fixtures::oversold(),
            again.clone(),
            Judgement { id: "third".to_owned(), ..again }
        ]));
    }

    #[test]
    fn a_full_grade_is_short() {
        insta::assert_snapshot!(check(vec![
            fixtures::judged("holds_a_seat", "reserve", Verdict::Pass),
            fixtures::judged("all_or_none", "races", Verdict::Pass),
        ]));
    }

    fn bonus(verdict: Verdict) -> Judgement {
        let found = Counterexample {
            summary: "a filter takes too many bytes".to_owned(),
            expected: "1.1 times the optimum and 64: 196".to_owned(),
            observed: "320 with 100 keys".to_owned(),
            found_at: "schedule 1 of 1".to_owned(),
            history: kata_check::History(fixtures::seat_race()),
            replay: "bytes_are_few@7:0".to_owned(),
        };
        let judged = fixtures::judged("bytes_are_few", "bytes", verdict);
        let counterexample = (verdict == Verdict::Missed).then_some(found);
        Judgement { bonus: true, counterexample, ..judged }
    }

    #[test]
    fn a_missed_bonus_fails_nothing_and_says_what_it_takes() {
        let restored = fixtures::judged("bytes_restore_a_filter", "bytes", Verdict::Pass);
        insta::assert_snapshot!(check(vec![
            restored,
            bonus(Verdict::Missed),
            fixtures::judged("the_secret_decides", "secret", Verdict::Pass),
        ]));
    }

    #[test]
    fn an_earned_bonus_comes_on_top() {
        let told =
            check(vec![bonus(Verdict::Pass), fixtures::judged("counts_travel", "bytes", Verdict::Pass)]);
        assert!(told.contains("1 of 1, 10 of 10 points and 10 on top"), "{told}");
    }

    #[test]
    fn speeds_are_told() {
        let measured = kata_check::Measured { speeds: vec![speed::tests::look_ups()], ..Default::default() };
        let judged = fixtures::judged("keeps_up", "speed", Verdict::Pass);
        insta::assert_snapshot!(check(vec![Judgement { measured: Some(measured), ..judged }]));
    }

    fn overloaded(id: &str) -> Judgement {
        let found = Counterexample {
            summary: "no answer within 20 s of real time; the machine may be overloaded".to_owned(),
            expected: "an answer to every step".to_owned(),
            observed: "none".to_owned(),
            found_at: "schedule 3 of 500".to_owned(),
            history: kata_check::History::default(),
            replay: String::new(),
        };
        Judgement { counterexample: Some(found), ..fixtures::judged(id, "races", Verdict::Inconclusive) }
    }

    #[test]
    fn an_overloaded_machine_blames_nobody() {
        insta::assert_snapshot!(check(vec![overloaded("all_or_none")]));
    }

    #[test]
    fn a_doubt_stays_a_doubt_when_it_is_told_again() {
        insta::assert_snapshot!(check(vec![
            overloaded("all_or_none"),
            overloaded("one_seat_one_buyer"),
            fixtures::judged("holds_a_seat", "reserve", Verdict::Pass),
        ]));
    }

    #[test]
    fn a_load_shows_its_figures_when_it_passes() {
        insta::assert_snapshot!(check(vec![
            fixtures::judged("holds_a_seat", "reserve", Verdict::Pass),
            fixtures::under_load(),
            fixtures::judged("all_or_none", "races", Verdict::Pass),
        ]));
    }

    #[test]
    fn a_load_that_is_too_much_shows_what_it_costs() {
        let shown = check(vec![fixtures::too_slow()]);
        assert!(shown.lines().all(|line| width(line) <= COLUMNS), "{shown}");
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn long_texts_wrap() {
        let mut failed = fixtures::oversold();
        let found = failed.counterexample.as_mut().unwrap();
        found.summary =
            "the seats that three buyers hold together are more than there are in the hall".to_owned();
        found.observed = "ana: Ok(hold 1), ".repeat(40);
        let shown = check(vec![failed]);
        assert!(shown.lines().all(|line| width(line) <= COLUMNS), "{shown}");
        insta::assert_snapshot!(shown);
    }
}
