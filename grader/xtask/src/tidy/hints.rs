//! Every requirement has one to three hints, and every hint a requirement.

use super::requirements;
use crate::repository::Repository;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

const HINTS_MAX: usize = 3;

/// Hints and requirements name each other.
pub(crate) fn every_requirement_has_hints(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for kata in repository.katas() {
        let path = format!("katas/{kata}/hints.toml");
        let text = repository.text_if_any(&path).unwrap_or_default();
        let hints: BTreeMap<String, Vec<String>> =
            toml_edit::de::from_str(&text).with_context(|| format!("{path} is not a table of lists"))?;
        broken.extend(check(&requirements(repository, &kata)?, &hints).map(|why| format!("{path}: {why}")));
    }
    Ok(broken)
}

fn check<'a>(
    requirements: &'a [String],
    hints: &'a BTreeMap<String, Vec<String>>,
) -> impl Iterator<Item = String> + 'a {
    let counted = requirements.iter().filter_map(|id| {
        let number = hints.get(id).map_or(0, Vec::len);
        let is_right = (1..=HINTS_MAX).contains(&number);
        (!is_right).then(|| format!("{id} has {number} hints; give it 1 to {HINTS_MAX}"))
    });
    let strangers = hints.keys().filter(|id| !requirements.contains(id));
    counted.chain(strangers.map(|id| format!("there is no requirement {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_and_silence_are_refused() {
        let hints = [("a", 1), ("b", 4), ("stranger", 1)]
            .map(|(id, number)| (id.to_owned(), vec!["look".to_owned(); number]))
            .into();
        let broken: Vec<String> = check(&["a", "b", "c"].map(str::to_owned), &hints).collect();
        assert_eq!(
            broken,
            [
                "b has 4 hints; give it 1 to 3",
                "c has 0 hints; give it 1 to 3",
                "there is no requirement stranger"
            ]
        );
    }
}
