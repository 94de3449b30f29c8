//! `kata list`: what there is to practise.

use crate::text::{count, pad, width, wrap};
use crate::{COLUMNS, Theme};
use serde::Serialize;

/// One kata in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The kata's id.
    pub kata: String,
    /// What it is about, in a sentence.
    pub essence: String,
    /// How many stages it has.
    pub stages: u64,
    /// How many requirements it has.
    pub requirements: u64,
    /// What all of them are worth together.
    pub points: u32,
    /// How many requirements the workspace's crate passed when it was last graded; `None` if it never was.
    pub passed: Option<u64>,
}

/// All katas, one to three lines each.
pub fn list(entries: &[Entry], theme: Theme) -> String {
    let names = entries.iter().map(|entry| width(&entry.kata)).max().unwrap_or_default();
    entries.iter().map(|entry| line(entry, names, theme)).collect()
}

fn line(entry: &Entry, names: usize, theme: Theme) -> String {
    let size = format!(
        "{}, {}, {} points",
        count(entry.stages, "stage"),
        count(entry.requirements, "requirement"),
        entry.points
    );
    let progress = match entry.passed {
        None => String::new(),
        Some(passed) if passed == entry.requirements => theme.good("  ✔ all passed"),
        Some(passed) => theme.doubtful(&format!("  {passed} of {} passed", entry.requirements)),
    };
    let mut text = format!("{}  {}{progress}\n", theme.strong(&pad(&entry.kata, names)), theme.faint(&size));
    for essence in wrap(&entry.essence, COLUMNS - names - 2).iter().filter(|line| !line.is_empty()) {
        text += &format!("{}  {essence}\n", " ".repeat(names));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn katas_with_their_size_and_progress() {
        let entry = |kata: &str, passed| Entry {
            kata: kata.to_owned(),
            essence: "Short links that never collide, expire when they should and count their clicks."
                .to_owned(),
            stages: 5,
            requirements: 24,
            points: 240,
            passed,
        };
        insta::assert_snapshot!(list(
            &[entry("first-steps", Some(24)), entry("ticket-booking", Some(5)), entry("url-shortener", None)],
            Theme::PLAIN
        ));
    }
}
