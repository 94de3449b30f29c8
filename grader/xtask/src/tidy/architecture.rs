//! Paths in `ARCHITECTURE.md` exist.

use crate::repository::Repository;
use anyhow::Result;

const DOCUMENT: &str = "ARCHITECTURE.md";

/// Every path in backticks exists. Placeholders (`katas/<id>`) are left out.
pub(crate) fn paths_exist(repository: &Repository) -> Result<Vec<String>> {
    let Some(text) = repository.text_if_any(DOCUMENT) else { return Ok(Vec::new()) };
    let missing = paths(&text).filter(|path| !repository.path(path).exists());
    Ok(missing.map(|path| format!("{DOCUMENT}: {path} does not exist")).collect())
}

/// What stands in backticks and looks like a path below one of our folders.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    const FOLDERS: [&str; 4] = ["fixtures/", "grader/", "katas/", "solutions/"];
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        .filter(|word| !word.contains(['<', '*', ' ', '\n', '{']))
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn paths_stand_in_backticks() {
        let text = "See `grader/sim/src/flight.rs` and `katas/<id>/`, run `cargo test` in `solutions/`.";
        assert_eq!(paths(text).collect::<Vec<_>>(), ["grader/sim/src/flight.rs", "solutions/"]);
    }
}
