//! A kata's id is the name of its folders, packages and registry line.

use crate::repository::Repository;
use anyhow::Result;
use toml_edit::Item;

/// Folder, package and registry say the same id.
pub(crate) fn folders_packages_and_registry_agree(repository: &Repository) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let registry = repository.text("grader/cli/src/katas.rs")?;
    for id in repository.katas() {
        let packages = [
            (format!("katas/{id}"), format!("kata-{id}")),
            (format!("solutions/{id}"), format!("{id}-solution")),
            (format!("grader/suites/{id}"), format!("kata-suite-{id}")),
        ];
        for (folder, package) in packages {
            let name = repository.manifest(&format!("{folder}/Cargo.toml")).ok().and_then(|manifest| {
                manifest.get("package")?.get("name").and_then(Item::as_str).map(str::to_owned)
            });
            if name.as_deref() != Some(package.as_str()) {
                broken.push(format!("{folder}/Cargo.toml: the package's name must be {package}"));
            }
        }
        let manifest = repository.manifest(&format!("solutions/{id}/Cargo.toml")).ok();
        let metadata = manifest.as_ref().and_then(|manifest| {
            manifest.get("package")?.get("metadata")?.get("kata")?.get("id").and_then(Item::as_str)
        });
        if metadata != Some(id.as_str()) {
            broken.push(format!("solutions/{id}/Cargo.toml: [package.metadata.kata] must say id = \"{id}\""));
        }
        if !registry.contains(&format!("/katas/{id}\"")) {
            broken.push(format!("grader/cli/src/katas.rs: {id} is missing in the registry"));
        }
        let suite = repository.text_if_any(&format!("grader/suites/{id}/src/lib.rs")).unwrap_or_default();
        if !suite.contains(&format!("kata: \"{id}\"")) {
            broken.push(format!("grader/suites/{id}/src/lib.rs: the suite must say kata: \"{id}\""));
        }
    }
    for group in ["solutions", "grader/suites"] {
        for folder in repository.folders_in(group).difference(&repository.katas()) {
            broken.push(format!("{group}/{folder}: there is no kata of this id"));
        }
    }
    Ok(broken)
}

/// Every kata has a brief, a template and hints.
pub(crate) fn every_kata_has_all_its_parts(repository: &Repository) -> Result<Vec<String>> {
    const PARTS: [&str; 5] = [
        "BRIEF.md",
        "hints.toml",
        "template/src/lib.rs",
        "template/src/main.rs",
        "template/tests/examples.rs",
    ];
    let mut broken = Vec::new();
    for id in repository.katas() {
        for part in PARTS {
            let path = format!("katas/{id}/{part}");
            if !repository.path(&path).is_file() {
                broken.push(format!("{path}: is missing"));
            }
        }
    }
    Ok(broken)
}
