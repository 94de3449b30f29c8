//! What a workspace needs to build without this repository: the sdk, the contracts and the versions of everything.
//!
//! They stand in `.kata/<version>/`, a cargo workspace of its own, laid out as here, so that manifests keep inheriting from
//! their root and need no rewriting. The root is ours, cut down to what is inherited.

use crate::Problem;
use crate::files::replace;
use crate::registry::Kata;
use include_dir::{Dir, DirEntry, File, include_dir};
use std::path::Path;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

/// This program's version; every version has sources of its own in a workspace.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

const ROOT_MANIFEST: &str = include_str!("../../../Cargo.toml");
const LOCK: &str = include_str!("../../../Cargo.lock");

/// What every solution links, by its place in this repository.
static CRATES: [(&str, Dir<'static>); 3] = [
    ("grader/ports", include_dir!("$CARGO_MANIFEST_DIR/../ports")),
    ("grader/sdk", include_dir!("$CARGO_MANIFEST_DIR/../sdk")),
    ("grader/sdk-macros", include_dir!("$CARGO_MANIFEST_DIR/../sdk-macros")),
];

/// Parts of a manifest that only the crate's own tests need.
const LEFT_OUT: [&str; 4] = ["bench", "dev-dependencies", "example", "test"];

/// Writes the sdk and the contract of `kata` below `folder`, replacing what is there.
pub(crate) fn write_sources(folder: &Path, kata: &Kata) -> Result<(), Problem> {
    replace(&folder.join("Cargo.toml"), sources_manifest()?.as_bytes())?;
    for (place, files) in &CRATES {
        write_crate(&folder.join(place), files)?;
    }
    write_crate(&folder.join("katas").join(kata.id()), &kata.files)
}

/// The lock file of this repository. Cargo drops what a workspace does not use.
pub(crate) fn lock() -> &'static str {
    LOCK
}

/// The crates that solutions of `kata` may use besides its own: `allowed` in the contract's manifest.
pub(crate) fn allowed(kata: &Kata) -> Result<Vec<String>, Problem> {
    let manifest = manifest_of(&kata.files)
        .ok_or_else(|| Problem::ours(format!("the embedded contract of {} is broken", kata.id())))?;
    let metadata = manifest.get("package").and_then(|package| package.get("metadata"));
    let allowed = metadata.and_then(|metadata| metadata.get("kata")).and_then(|kata| kata.get("allowed"));
    let names = allowed.and_then(Item::as_array).into_iter().flatten();
    Ok(names.filter_map(|name| name.as_str().map(str::to_owned)).collect())
}

/// A dependency as this repository's root has it, such as `serde`, for a manifest elsewhere.
pub(crate) fn dependency(name: &str) -> Result<Value, Problem> {
    let root = root()?;
    root["workspace"]["dependencies"]
        .get(name)
        .and_then(Item::as_value)
        .map(|value| value.clone().decorated(" ", ""))
        .ok_or_else(|| Problem::ours(format!("the root manifest pins no {name}")))
}

/// A dependency on a package of the sources in `folder`.
pub(crate) fn path_dependency(package: &str, path: &str, features: &[&str]) -> Value {
    let mut dependency = InlineTable::new();
    dependency.insert("package", package.into());
    dependency.insert("path", path.into());
    if !features.is_empty() {
        dependency.insert("features", Value::Array(features.iter().copied().collect()));
    }
    Value::InlineTable(dependency).decorated(" ", "")
}

/// The profile that submissions are graded with.
pub(crate) fn profile() -> Result<Item, Problem> {
    let root = root()?;
    let profile = root.get("profile").and_then(|profiles| profiles.get("kata")).cloned();
    let mut profile = profile.ok_or_else(|| Problem::ours("the root manifest has no profile `kata`"))?;
    if let Some(table) = profile.as_table_mut() {
        table.decor_mut().set_prefix("\n# What `kata grade` builds with.\n");
    }
    Ok(profile)
}

/// The root manifest cut down to what the sdk and the contracts inherit.
fn sources_manifest() -> Result<String, Problem> {
    let mut root = root()?;
    let members = CRATES.iter().map(|(place, _)| *place).chain(["katas/*"]);
    root.retain(|key, _| key == "workspace");
    root.decor_mut().set_prefix("");
    root.set_trailing("");
    let workspace = root["workspace"]
        .as_table_mut()
        .ok_or_else(|| Problem::ours("the root manifest has no workspace"))?;
    workspace
        .decor_mut()
        .set_prefix("# What all katas of this version link. Made by `kata start`; changes are lost.\n");
    workspace.insert("members", Item::Value(members.collect::<Array>().into()));
    if let Some(dependencies) = workspace.get_mut("dependencies").and_then(Item::as_table_like_mut) {
        let names: Vec<String> = dependencies.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            if !dependencies.get(&name).is_some_and(is_for_learners) {
                dependencies.remove(&name);
            }
        }
    }
    // These are path dependencies, so a newer compiler's warnings about them would reach the learner.
    let mut allow = Table::new();
    allow.insert("warnings", Item::Value("allow".into()));
    let mut lints = Table::new();
    lints.set_implicit(true);
    lints.insert("rust", Item::Table(allow));
    workspace.insert("lints", Item::Table(lints));
    Ok(root.to_string())
}

/// True for what may stand in a workspace: crates of the registry, the sdk and the contracts.
fn is_for_learners(dependency: &Item) -> bool {
    let path = dependency.get("path").and_then(Item::as_str);
    path.is_none_or(|path| path.starts_with("katas/") || CRATES.iter().any(|(place, _)| *place == path))
}

fn root() -> Result<DocumentMut, Problem> {
    ROOT_MANIFEST
        .parse()
        .map_err(|error| Problem::ours(format!("the embedded root manifest does not parse: {error}")))
}

/// Writes what users of a crate need: its manifest and its source.
fn write_crate(folder: &Path, files: &Dir<'static>) -> Result<(), Problem> {
    let broken = || Problem::ours(format!("the embedded crate for {} is broken", folder.display()));
    let mut manifest = manifest_of(files).ok_or_else(broken)?;
    manifest.retain(|key, _| !LEFT_OUT.contains(&key));
    replace(&folder.join("Cargo.toml"), manifest.to_string().as_bytes())?;
    write_all(folder, files.get_dir("src").ok_or_else(broken)?, Path::new(""))
}

fn manifest_of(files: &Dir<'static>) -> Option<DocumentMut> {
    files.get_file("Cargo.toml").and_then(File::contents_utf8)?.parse().ok()
}

/// Writes all files of `files` below `folder`, without the beginning `prefix` of their paths.
pub(crate) fn write_all(folder: &Path, files: &Dir<'static>, prefix: &Path) -> Result<(), Problem> {
    for entry in files.entries() {
        match entry {
            DirEntry::Dir(inner) => write_all(folder, inner, prefix)?,
            DirEntry::File(file) => {
                let path = file.path().strip_prefix(prefix).unwrap_or(file.path());
                replace(&folder.join(path), file.contents())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_a_workspace_that_inherits_everything() {
        let manifest = sources_manifest().unwrap();
        assert!(
            manifest
                .contains("members = [\"grader/ports\", \"grader/sdk\", \"grader/sdk-macros\", \"katas/*\"]")
        );
        assert!(manifest.contains("[workspace.dependencies]"));
        assert!(!manifest.contains("[profile"));
    }
}
