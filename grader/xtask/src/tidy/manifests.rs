//! Rules about manifests.

use crate::repository::Repository;
use anyhow::Result;
use toml_edit::{Item, TableLike, Value};

/// Versions, editions and lints stand in the root manifest; members inherit them.
pub(crate) fn versions_live_in_the_root(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for path in repository.tracked_files()? {
        if !path.ends_with("/Cargo.toml") || path.contains("/tests/") || path.starts_with("fixtures/") {
            continue;
        }
        let manifest = repository.manifest(&path)?;
        if !inherits(manifest.get("lints")) {
            broken.push(format!("{path}: take the lints from the root: `[lints] workspace = true`"));
        }
        for (kind, dependencies) in dependency_tables(&manifest) {
            for (name, dependency) in dependencies.iter() {
                if !inherits(Some(dependency)) {
                    broken.push(format!(
                        "{path}: take {name} in [{kind}] from the root: `{{ workspace = true }}`"
                    ));
                }
            }
        }
    }
    Ok(broken)
}

/// A reference uses no crate that a learner does not get.
pub(crate) fn solutions_use_only_what_their_kata_allows(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for id in repository.katas() {
        let contract = repository.manifest(&format!("katas/{id}/Cargo.toml"))?;
        let metadata = contract.get("package").and_then(|package| package.get("metadata"));
        let allowed = metadata.and_then(|metadata| metadata.get("kata")).and_then(|kata| kata.get("allowed"));
        let allowed: Vec<&str> =
            allowed.and_then(Item::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let own = id.replace('-', "_");
        let path = format!("solutions/{id}/Cargo.toml");
        let solution = repository.manifest(&path)?;
        let used = solution
            .get("dependencies")
            .and_then(Item::as_table_like)
            .into_iter()
            .flat_map(|table| table.iter());
        for (name, _) in used {
            if !["kata", "serde", "tokio", &own].contains(&name) && !allowed.contains(&name) {
                broken.push(format!("{path}: katas/{id}/Cargo.toml does not allow {name}; add it to `allowed` in [package.metadata.kata]"));
            }
        }
    }
    Ok(broken)
}

fn inherits(item: Option<&Item>) -> bool {
    item.and_then(|item| item.get("workspace")).and_then(Item::as_bool) == Some(true)
}

/// All tables of dependencies, those for one platform included.
fn dependency_tables(manifest: &toml_edit::DocumentMut) -> Vec<(&'static str, &dyn TableLike)> {
    const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(Item::as_table_like).into_iter();
    let targets = targets.flat_map(|targets| targets.iter()).filter_map(|(_, target)| target.as_table_like());
    std::iter::once(manifest.as_table() as &dyn TableLike)
        .chain(targets)
        .flat_map(|table| {
            KINDS.into_iter().filter_map(move |kind| Some((kind, table.get(kind)?.as_table_like()?)))
        })
        .collect()
}
