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

/// The hint that a failure looks like that of a known fault, whose author thought this.
pub fn resemblance(title: &str, thinking: &str) -> String {
    format!(
        "Your failure resembles one that we know: {title}. Its author thought:\n\n{thinking}\n\n\
         Do you think so, too? Only what fails was compared, not your code."
    )
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
    fn a_known_fault_is_told_in_its_authors_words() {
        let text = resemblance(
            "check then act",
            "\"First look, then leap.\" Between the two, somebody else\nleaps.",
        );
        let last = Hint { requirement: "one_seat_one_buyer".to_owned(), number: 4, of: 4, text };
        insta::assert_snapshot!(hint(&last, Theme::PLAIN));
    }

    #[test]
    fn the_last_hint_sends_back_to_the_brief() {
        insta::assert_snapshot!(shown(3));
    }
}
