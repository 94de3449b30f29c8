//! Rules about the text of files.

use crate::repository::Repository;
use anyhow::Result;

/// Every source file opens with `//!`.
pub(crate) fn files_say_what_they_are_for(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for path in repository.tracked_files()? {
        if path.ends_with(".rs") && !is_specimen(&path) && !repository.text(&path)?.starts_with("//!") {
            broken.push(format!("{path}: open it with `//!` and what it is for"));
        }
    }
    Ok(broken)
}

/// Programs below a folder of `tests` are input of tests, not ours to document.
fn is_specimen(path: &str) -> bool {
    path.split_once("/tests/").is_some_and(|(_, rest)| rest.contains('/'))
}

/// Words that have no place here, and why. Put together so that this file may hold them.
const FORBIDDEN: [(&str, &str); 5] = [
    (concat!("/ho", "me/"), "a path of somebody's machine"),
    (concat!("/Us", "ers/"), "a path of somebody's machine"),
    (concat!("TO", "DO"), "finish it or file it"),
    (concat!("FIX", "ME"), "finish it or file it"),
    (concat!("<<<<", "<<< "), "a merge left open"),
];

/// No file holds a word that has no place here.
pub(crate) fn no_forbidden_words(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for path in repository.tracked_files()? {
        // Not text: nothing to read.
        let Some(text) = repository.text_if_any(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            for (word, why) in FORBIDDEN {
                if line.contains(word) {
                    broken.push(format!("{path}:{}: `{word}`: {why}", number + 1));
                }
            }
        }
    }
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use super::is_specimen;

    #[test]
    fn programs_below_tests_are_specimens() {
        assert!(is_specimen("grader/sdk/tests/refused/no_async.rs"));
        assert!(!is_specimen("grader/sdk/tests/refused.rs"));
        assert!(!is_specimen("grader/sdk/src/lib.rs"));
    }
}
