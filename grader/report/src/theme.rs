//! What a colour means, and whether there are any.

use colored::{ColoredString, Colorize};

/// Colours by meaning. The caller decides whether there are any; whoever asks for them also switches the `colored` crate on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    coloured: bool,
}

impl Theme {
    /// No terminal codes at all: for files, pipes, tests and `NO_COLOR`.
    pub const PLAIN: Theme = Theme { coloured: false };

    /// Colours for a terminal.
    pub const COLOURED: Theme = Theme { coloured: true };

    /// Something right.
    pub fn good(self, text: &str) -> String {
        self.paint(text, |text| text.green())
    }

    /// Something wrong.
    pub fn bad(self, text: &str) -> String {
        self.paint(text, |text| text.red())
    }

    /// Something to look at that is not wrong.
    pub fn doubtful(self, text: &str) -> String {
        self.paint(text, |text| text.yellow())
    }

    /// Something to read only when looking for it.
    pub fn faint(self, text: &str) -> String {
        self.paint(text, |text| text.dimmed())
    }

    /// Something to read first.
    pub fn strong(self, text: &str) -> String {
        self.paint(text, |text| text.bold())
    }

    fn paint(self, text: &str, with: fn(&str) -> ColoredString) -> String {
        if self.coloured { with(text).to_string() } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(Theme::PLAIN.bad("no"), "no");
    }

    #[test]
    fn coloured_text_carries_codes_once_the_caller_asked_for_them() {
        colored::control::set_override(true);
        assert_eq!(Theme::COLOURED.bad("no"), "\u{1b}[31mno\u{1b}[0m");
    }
}
