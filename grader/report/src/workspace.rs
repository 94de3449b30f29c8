//! What `kata start` and `kata reset` say when they are done.

use crate::Theme;
use serde::Serialize;

/// What `kata start` made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Started {
    /// The kata's id.
    pub kata: String,
    /// The crate's folder, as the reader gets there from where they are.
    pub folder: String,
    /// Whether the workspace was made as well.
    pub made_workspace: bool,
}

/// Where the new crate is and what to do next.
pub fn started(started: &Started, theme: Theme) -> String {
    let workspace = if started.made_workspace { " in a new workspace" } else { "" };
    format!(
        "{} is ready{workspace}.\n\n  \
         cd {}\n  \
         read BRIEF.md, then write src/lib.rs\n  \
         cargo test      the examples of the brief\n  \
         kata grade      what the datacentre makes of it\n",
        theme.strong(&started.kata),
        started.folder
    )
}

/// What `kata reset` did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reset {
    /// The kata's id.
    pub kata: String,
    /// Where the replaced files are now.
    pub backup: String,
}

/// That the stub is back, and where the old work is.
pub fn reset(reset: &Reset, theme: Theme) -> String {
    format!("{} is back to its stub. Your files are in {}\n", theme.strong(&reset.kata), reset.backup)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_says_what_to_do_next() {
        let done = Started {
            kata: "url-shortener".to_owned(),
            folder: "url-shortener".to_owned(),
            made_workspace: true,
        };
        insta::assert_snapshot!(started(&done, Theme::PLAIN));
    }
}
