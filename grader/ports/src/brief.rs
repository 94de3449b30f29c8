//! Cuts text to the few words that fit beside an arrow of a history.

use std::fmt::{self, Write};

/// A history's line must fit on a terminal beside the names of the node and the service.
const CHARS_MAX: usize = 60;

/// Writes at most 60 characters of `text`, control characters escaped, with `…` where it was longer.
pub(crate) fn write_brief(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for (index, c) in text.chars().enumerate() {
        if index == CHARS_MAX {
            return f.write_char('…');
        }
        if c.is_control() {
            write!(f, "{}", c.escape_default())?;
        } else {
            f.write_char(c)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Brief(&'static str);

    impl fmt::Display for Brief {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_brief(f, self.0)
        }
    }

    #[test]
    fn keeps_short_text() {
        assert_eq!(Brief("get seats/A1").to_string(), "get seats/A1");
    }

    #[test]
    fn cuts_long_text_between_characters() {
        let long: &'static str = "é".repeat(61).leak();
        assert_eq!(Brief(long).to_string(), format!("{}…", "é".repeat(60)));
    }

    #[test]
    fn stays_on_one_line() {
        assert_eq!(Brief("a\nb\u{1b}").to_string(), "a\\nb\\u{1b}");
    }
}
