//! Every fault names a requirement that must catch it.

use super::requirements;
use crate::repository::Repository;
use anyhow::Result;

/// The line in a fault's head that names its requirement.
const CAUGHT_BY: &str = "caught-by:";

/// `caught-by` is there and names a requirement of the same kata.
pub(crate) fn caught_by_names_a_requirement(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for kata in repository.katas() {
        let requirements = requirements(repository, &kata)?;
        for path in repository.files_below(&format!("solutions/{kata}/faults")) {
            match caught_by(&repository.text(&path)?) {
                Some(id) if requirements.contains(&id) => {}
                Some(id) => broken.push(format!("{path}: {kata} has no requirement {id}")),
                None => broken.push(format!("{path}: say in its head `{CAUGHT_BY} <requirement>`")),
            }
        }
    }
    Ok(broken)
}

fn caught_by(text: &str) -> Option<String> {
    let (_, rest) = text.lines().find_map(|line| line.split_once(CAUGHT_BY))?;
    Some(rest.trim().trim_matches('`').to_owned())
}
