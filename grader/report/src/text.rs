//! Measuring, padding, cutting and wrapping text for a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` with spaces behind it up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` cut to at most `columns`, with `…` where something is missing.
pub fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(character);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// `text` on one line and without control characters. Submissions print what they like; a terminal must not obey it.
pub fn printable(text: &str) -> String {
    text.trim_end()
        .chars()
        .map(|character| match character {
            '\n' => '⏎',
            '\t' => ' ',
            _ if character.is_control() || is_invisible(character) => '�',
            _ => character,
        })
        .collect()
}

/// Marks that turn the direction of writing, and the like: they make a line read as another.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `text` wrapped at spaces to lines of at most `columns`; words that are longer are cut in pieces. At least one line.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = width(word);
        if used > 0 && used + 1 + length > columns {
            lines.push(String::new());
            used = 0;
        } else if used > 0 {
            push(&mut lines, ' ');
            used += 1;
        }
        for character in word.chars() {
            let columns_taken = character.width().unwrap_or(0);
            if used + columns_taken > columns {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, character);
            used += columns_taken;
        }
    }
    lines
}

fn push(lines: &mut [String], character: char) {
    if let Some(line) = lines.last_mut() {
        line.push(character);
    }
}

/// `1 schedule`, `2 schedules`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{} {noun}s", thousands(number)) }
}

/// `12,345`: digits in groups of three.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A value as Rust or JSON shows it, without what the reader knows anyway: names of types, quotes around words.
///
/// `reserve(Reserve { seats: ["A1"] })` becomes `reserve(seats: [A1])`.
pub fn brief(text: &str) -> String {
    let text = printable(text);
    let mut brief = String::with_capacity(text.len());
    for part in text.split_inclusive(" { ") {
        match part.strip_suffix(" { ") {
            Some(head) => {
                let name = head.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
                let is_type = head[name.len()..].starts_with(char::is_uppercase);
                brief += if is_type { name } else { head };
                brief += if is_type { "{" } else { " {" };
            }
            None => brief += part,
        }
    }
    brief.replace(" }", "}").replace("({", "(").replace("})", ")").replace('"', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipped_text_never_exceeds_its_columns() {
        assert_eq!(clip("reserve A1", 10), "reserve A1");
        assert_eq!(clip("reserve A1", 8), "reserve…");
        assert_eq!(clip("座席予約", 5), "座席…");
        assert_eq!(clip("abc", 0), "");
    }

    #[test]
    fn printed_text_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\u{202e}\n"), "a�[2Jb⏎c�");
    }

    #[test]
    fn wrapping_keeps_words_whole_where_it_can() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 5), ["abcde", "fgh", "ij"].map(String::from));
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(count(1, "step"), "1 step");
        assert_eq!(count(2000, "step"), "2,000 steps");
    }

    #[test]
    fn brief_leaves_out_types_and_quotes() {
        let check = |text: &str, expected: &str| assert_eq!(brief(text), expected);
        check(
            r#"reserve(Reserve { seats: ["A1"], by: Some("ana") })"#,
            "reserve(seats: [A1], by: Some(ana))",
        );
        check(r#"Ok(Hold { id: "1", of: Seat { row: 1 } })"#, "Ok(id: 1, of: {row: 1})");
        check(r#"v3 {"held_by":"ana"}"#, "v3 {held_by:ana}");
        check("Err(Taken)", "Err(Taken)");
    }
}
