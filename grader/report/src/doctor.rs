//! `kata doctor`: what works on this machine, and what to do about what does not.

use crate::text::{pad, width};
use crate::{Theme, json};
use serde::Serialize;

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `cargo`, `landlock`.
    pub what: String,
    /// How it is.
    pub state: State,
    /// What was found: a version, a place.
    pub found: String,
    /// What to do about it, if anything.
    pub advice: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Good,
    /// Kata works, with less protection or comfort.
    Missing,
    /// Kata does not work like this.
    Broken,
}

/// All findings, one line each, advice below.
pub fn findings(findings: &[Finding], theme: Theme) -> String {
    let names = findings.iter().map(|finding| width(&finding.what)).max().unwrap_or_default();
    findings.iter().map(|finding| line(finding, names, theme)).collect()
}

fn line(finding: &Finding, names: usize, theme: Theme) -> String {
    let mark = match finding.state {
        State::Good => theme.good("✔"),
        State::Missing => theme.doubtful("–"),
        State::Broken => theme.bad("✘"),
    };
    let mut text = format!("{mark} {}  {}\n", pad(&finding.what, names), finding.found);
    if let Some(advice) = &finding.advice {
        text += &format!("  {}  {}\n", " ".repeat(names), theme.faint(advice));
    }
    text
}

/// All findings as a JSON array.
pub fn json(findings: &[Finding]) -> String {
    json::pretty(&findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_carry_their_advice() {
        let finding = |what: &str, state, found: &str, advice: Option<&str>| Finding {
            what: what.to_owned(),
            state,
            found: found.to_owned(),
            advice: advice.map(str::to_owned),
        };
        insta::assert_snapshot!(super::findings(
            &[
                finding("cargo", State::Good, "1.95.0", None),
                finding(
                    "landlock",
                    State::Missing,
                    "the kernel has none",
                    Some("submissions can read your files; grade only programs you trust"),
                ),
                finding(
                    "workspace",
                    State::Broken,
                    "kata.toml is not TOML",
                    Some("restore it from version control")
                ),
            ],
            Theme::PLAIN
        ));
    }
}
