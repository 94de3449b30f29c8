//! Where text goes: standard output for results, standard error for progress and problems.

use indicatif::{ProgressBar, ProgressStyle};
use kata_report::Theme;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// How results look: coloured on a terminal, unless `NO_COLOR` is set.
pub(crate) fn theme() -> Theme {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let coloured = io::stdout().is_terminal() && !refused;
    colored::control::set_override(coloured);
    if coloured { Theme::COLOURED } else { Theme::PLAIN }
}

/// Writes a result. A reader that went away (`kata list | head`) is no problem.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes something that is not the result.
pub(crate) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A line that shows how far something is; invisible unless standard error is a terminal.
pub(crate) fn progress(steps: u64) -> ProgressBar {
    styled(ProgressBar::new(steps), "{spinner} {pos}/{len} {msg}")
}

/// A line that shows what is being done; invisible unless standard error is a terminal.
pub(crate) fn spinner() -> ProgressBar {
    styled(ProgressBar::new_spinner(), "{spinner} {msg}")
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
