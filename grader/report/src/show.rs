//! `kata show`: the brief of a kata, the story of a requirement.

use crate::text::{count, pad, width, wrap};
use crate::{COLUMNS, Theme};
use serde::Serialize;

/// A kata as people read about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kata {
    /// The kata's id.
    pub kata: String,
    /// Its brief, in Markdown.
    pub brief: String,
    /// Its stages, in the order a learner meets them.
    pub stages: Vec<Stage>,
}

/// A step of a learner's way through a kata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// The stage's id.
    pub id: String,
    /// Its story, in a sentence.
    pub story: String,
    /// What it demands.
    pub requirements: Vec<Requirement>,
}

/// A requirement as people read about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The requirement's id.
    pub id: String,
    /// The kata it belongs to.
    pub kata: String,
    /// The stage it belongs to.
    pub stage: String,
    /// How it is judged.
    pub level: String,
    /// What it is worth.
    pub points: u32,
    /// Whether that comes on top of what there is to pass.
    pub bonus: bool,
    /// What it demands, in Markdown.
    pub story: String,
    /// How many hints there are.
    pub hints: u64,
}

impl Requirement {
    /// `10 points`, `a bonus of 5 points`.
    fn worth(&self) -> String {
        let points = count(self.points.into(), "point");
        if self.bonus { format!("a bonus of {points}") } else { points }
    }
}

/// The brief, then the stages with their requirements.
pub fn kata(page: &Kata, theme: Theme) -> String {
    let mut text = format!("{}\n\n", markdown(&page.brief, theme));
    for stage in &page.stages {
        text += &format!("{}\n", theme.strong(&stage.id));
        for line in wrap(&stage.story, COLUMNS - 2) {
            text += &format!("  {line}\n");
        }
        let names =
            stage.requirements.iter().map(|requirement| width(&requirement.id)).max().unwrap_or_default();
        for requirement in &stage.requirements {
            let worth = format!("{}, {}", requirement.level, requirement.worth());
            text += &format!("    {}  {}\n", pad(&requirement.id, names), theme.faint(&worth));
        }
    }
    text
}

/// One requirement: where it stands, what it demands.
pub fn requirement(page: &Requirement, theme: Theme) -> String {
    let place = format!("{} · stage {} · level {} · {}", page.kata, page.stage, page.level, page.worth());
    let mut text = format!("{}\n{}\n\n", theme.strong(&page.id), theme.faint(&place));
    text += &markdown(&page.story, theme);
    text +=
        &format!("\n\n{}\n", theme.faint(&format!("{}: kata hint {}", count(page.hints, "hint"), page.id)));
    text
}

/// Markdown with its paragraphs wrapped and its headings set off; lists, quotes and code stay as they are.
fn markdown(source: &str, theme: Theme) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut in_code = false;
    for line in source.trim().lines() {
        let is_fence = line.trim_start().starts_with("```");
        let is_text = !in_code
            && !is_fence
            && !line.is_empty()
            && line.starts_with(|first: char| first.is_alphanumeric() || "`*_(\"".contains(first))
            && !is_list_item(line);
        if is_text {
            paragraph.push(line);
            continue;
        }
        blocks.extend(flush(&mut paragraph));
        in_code ^= is_fence;
        blocks.push(if !in_code && line.starts_with('#') { theme.strong(line) } else { line.to_owned() });
    }
    blocks.extend(flush(&mut paragraph));
    blocks.join("\n")
}

fn is_list_item(line: &str) -> bool {
    line.starts_with("* ") || line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

/// The paragraph collected so far, wrapped.
fn flush(paragraph: &mut Vec<&str>) -> Option<String> {
    if paragraph.is_empty() {
        return None;
    }
    let text = paragraph.join(" ");
    paragraph.clear();
    Some(wrap(&text, COLUMNS).join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_seat() -> Requirement {
        Requirement {
            id: "one_seat_one_buyer".to_owned(),
            kata: "ticket-booking".to_owned(),
            stage: "races".to_owned(),
            level: "concurrency".to_owned(),
            points: 10,
            bonus: false,
            story: "Two buyers race for one seat: exactly one holds it, whatever the interleaving.\nThe other is told so."
                .to_owned(),
            hints: 3,
        }
    }

    #[test]
    fn a_requirement_tells_its_story() {
        insta::assert_snapshot!(requirement(&one_seat(), Theme::PLAIN));
    }

    #[test]
    fn a_kata_shows_its_brief_and_stages() {
        let brief = "# Ticket booking\n\nSell every seat of a hall exactly once, even when the whole town wants\nthe first row.\n\n- holds lapse\n- payments fail\n\n```rust\nlet x = 1;\nlet y = 2;\n```\n";
        insta::assert_snapshot!(kata(
            &Kata {
                kata: "ticket-booking".to_owned(),
                brief: brief.to_owned(),
                stages: vec![Stage {
                    id: "races".to_owned(),
                    story: "Opening night: everybody clicks at once.".to_owned(),
                    requirements: vec![one_seat()],
                }],
            },
            Theme::PLAIN
        ));
    }
}
