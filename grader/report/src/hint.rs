//! `kata hint`: one hint at a time, each a little plainer than the last.

use crate::text::wrap;
use crate::{COLUMNS, Theme};
use serde::Serialize;

/// One hint of a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// The requirement that it helps with.
    pub requirement: String,
    /// Which one it is, from 1.
    pub number: u64,
    /// How many there are.
    pub of: u64,
    /// What it says.
    pub text: String,
}

/// The hint, and how to get the next.
pub fn hint(hint: &Hint, theme: Theme) -> String {
    let place = format!("hint {} of {}", hint.number, hint.of);
    let mut text = format!("{}  {}\n", theme.strong(&hint.requirement), theme.faint(&place));
    for paragraph in hint.text.trim().split("\n\n") {
        text += "\n";
        for line in wrap(&paragraph.replace('\n', " "), COLUMNS - 2) {
            text += &format!("  {line}\n");
        }
    }
    let after = if hint.number < hint.of {
        "Ask again for the next one."
    } else {
        "That was the last one. The brief (`kata show`) states every rule the requirement rests on."
    };
    text + &format!("\n{}\n", wrap(after, COLUMNS).join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(number: u64) -> String {
        let text = "Between reading a row and writing it, another node may write it too.\n\nA put can carry a condition."
            .to_owned();
        hint(&Hint { requirement: "one_seat_one_buyer".to_owned(), number, of: 3, text }, Theme::PLAIN)
    }

    #[test]
    fn a_hint_says_which_it_is() {
        insta::assert_snapshot!(shown(1));
    }

    #[test]
    fn the_last_hint_sends_back_to_the_brief() {
        insta::assert_snapshot!(shown(3));
    }
}
