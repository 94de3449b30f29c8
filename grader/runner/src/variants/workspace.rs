//! The workspace that is made of a kata's variants: a library for each, and one program.

use super::{Variant, VariantsError, at, files_below, main_macro, patch::Sources};
use crate::build::Target;
use crate::content_hash::ContentHash;
use crate::submission::Submission;
use cargo_metadata::{Dependency, DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The file that says which lockfile the generated one was made from.
const LOCK_STAMP: &str = "Cargo.lock.made-from";

/// A workspace to be written.
#[derive(Debug)]
pub(super) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    manifest: PathBuf,
    /// The lockfile of the reference's workspace.
    lockfile: PathBuf,
    kata: String,
    program: String,
    reference_main: PathBuf,
    /// The name of the reference's library.
    library: String,
    /// The reference's dependencies, as a table in a manifest.
    dependencies: String,
    variants: BTreeSet<String>,
    files: BTreeMap<PathBuf, String>,
}

impl Workspace {
    /// A workspace without variants yet, for the kata that `reference` solves.
    pub(super) fn new(reference: &Submission) -> Result<Workspace, VariantsError> {
        let root = reference.target.join("kata-variants").join(&reference.kata);
        let dependencies = dependencies(reference)?;
        Ok(Workspace {
            manifest: root.join("Cargo.toml"),
            lockfile: reference.workspace.join("Cargo.lock"),
            target: reference.target.clone(),
            kata: reference.kata.clone(),
            program: format!("kata-variants-{}", reference.kata),
            reference_main: reference.folder.join("src/main.rs"),
            library: reference.package.replace('-', "_"),
            dependencies,
            root,
            variants: BTreeSet::new(),
            files: BTreeMap::new(),
        })
    }

    /// Adds a library with these sources, among which a `main.rs` may say what it implements; else the reference's does.
    pub(super) fn add(&mut self, name: &str, mut sources: Sources) -> Result<(), VariantsError> {
        let main = match sources.remove(Path::new("main.rs")) {
            Some(main) => main,
            None => super::read(&self.reference_main)?,
        };
        let Some(roles) = main_macro::roles(&main, &self.library) else {
            return Err(VariantsError::Main {
                file: self.reference_main.clone(),
                library: self.library.clone(),
            });
        };
        // At the end, so that no line of the author's moves.
        let library = sources.entry("lib.rs".into()).or_default();
        let _ = write!(
            library,
            "\n/// This variant's `main`.\npub fn serve_as_variant() -> ::std::process::ExitCode {{\n    \
             ::kata::runtime::main(&[{roles}])\n}}\n"
        );
        let folder = Path::new("variants").join(name);
        let manifest = format!(
            "{}\n[lints.rust]\nwarnings = \"allow\"\n\n{}",
            package(&self.package_of(name)),
            self.dependencies
        );
        self.files.insert(folder.join("Cargo.toml"), manifest);
        for (path, source) in sources {
            self.files.insert(folder.join("src").join(path), source);
        }
        self.variants.insert(name.to_owned());
        Ok(())
    }

    fn package_of(&self, variant: &str) -> String {
        format!("kata-variant-{}-{}", self.kata, variant.replace('_', "-"))
    }

    /// What to build.
    pub(super) fn target(&self) -> Target<'_> {
        Target {
            manifest: &self.manifest,
            package: &self.program,
            binary: &self.program,
            target: &self.target,
        }
    }

    /// Writes what changed, and removes what is no longer part of it. The program holds the variants that are `chosen`; the others are
    /// not compiled.
    pub(super) fn write(&self, chosen: &[&Variant]) -> Result<(), VariantsError> {
        let mut files = self.files.clone();
        files.insert("Cargo.toml".into(), self.root_manifest());
        files.insert("program/Cargo.toml".into(), self.program_manifest(chosen));
        files.insert("program/src/main.rs".into(), self.program_source(chosen));
        for (path, text) in &files {
            write_if_changed(&self.root.join(path), text)?;
        }
        for path in files_below(&self.root)? {
            let inner = path.strip_prefix(&self.root).unwrap_or(&path);
            if !files.contains_key(inner) && inner.components().count() > 1 {
                fs::remove_file(&path).map_err(at(&path))?;
                remove_empty_folders(path.parent(), &self.root);
            }
        }
        self.write_lockfile()
    }

    /// Each variant is built once and run for a second: compiling it well would take longer than it saves, unless its speed
    /// matters.
    fn root_manifest(&self) -> String {
        let mut manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"program\", \"variants/*\"]\n\n\
                            [profile.native]\ninherits = \"release\"\n\n[profile.kata]\ninherits = \"dev\"\n"
            .to_owned();
        for variant in &self.variants {
            let package = self.package_of(variant);
            let _ = write!(manifest, "\n[profile.kata.package.{package}]\nopt-level = 0\n");
        }
        manifest
    }

    fn program_manifest(&self, chosen: &[&Variant]) -> String {
        let mut manifest = format!("{}\n[dependencies]\n", package(&self.program));
        for Variant { name, .. } in chosen {
            let _ = writeln!(manifest, "{} = {{ path = \"../variants/{name}\" }}", self.package_of(name));
        }
        manifest
    }

    fn program_source(&self, chosen: &[&Variant]) -> String {
        let mut arms = String::new();
        for Variant { name, .. } in chosen {
            let library = self.package_of(name).replace('-', "_");
            let _ = writeln!(arms, "        Some(\"{name}\") => {library}::serve_as_variant(),");
        }
        format!(
            "//! One variant of the kata, by argument.\n\n\
             fn main() -> std::process::ExitCode {{\n    \
             let args: Vec<String> = std::env::args().collect();\n    \
             let name = args.iter().position(|arg| arg == \"variant\").and_then(|at| args.get(at + 1));\n    \
             match name.map(String::as_str) {{\n{arms}        \
             _ => {{\n            eprintln!(\"there is no such variant\");\n            \
             std::process::ExitCode::from(2)\n        }}\n    }}\n}}\n"
        )
    }

    /// The versions that the reference is built with. Cargo adds the variants to the copy, so it is only made again when the
    /// original changed.
    fn write_lockfile(&self) -> Result<(), VariantsError> {
        if !self.lockfile.is_file() {
            return Ok(());
        }
        let stamp = ContentHash::of_file(&self.lockfile).map_err(at(&self.lockfile))?.to_string();
        let (copy, stamped) = (self.root.join("Cargo.lock"), self.root.join(LOCK_STAMP));
        if !copy.is_file() || fs::read_to_string(&stamped).ok().as_deref() != Some(&stamp) {
            fs::copy(&self.lockfile, &copy).map_err(at(&copy))?;
            fs::write(&stamped, stamp).map_err(at(&stamped))?;
        }
        Ok(())
    }
}

fn package(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n")
}

fn write_if_changed(path: &Path, text: &str) -> Result<(), VariantsError> {
    if fs::read_to_string(path).ok().as_deref() == Some(text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::write(path, text).map_err(at(path))
}

/// Cargo takes a folder below `variants` for a package, even an empty one.
fn remove_empty_folders(from: Option<&Path>, root: &Path) {
    let mut folder = from;
    while let Some(path) = folder.filter(|path| *path != root && fs::remove_dir(path).is_ok()) {
        folder = path.parent();
    }
}

/// The dependencies of the reference, with what it inherits from its workspace, as a manifest's table.
fn dependencies(reference: &Submission) -> Result<String, VariantsError> {
    let manifest = reference.folder.join("Cargo.toml");
    let metadata =
        MetadataCommand::new().current_dir(&reference.folder).manifest_path(&manifest).no_deps().exec();
    let package = metadata.ok().and_then(|metadata| {
        metadata.packages.into_iter().find(|package| package.manifest_path.as_std_path() == manifest)
    });
    let mut table = "[dependencies]\n".to_owned();
    for dependency in package.iter().flat_map(|package| &package.dependencies) {
        if dependency.kind == DependencyKind::Normal {
            table += &line(dependency);
        }
    }
    Ok(table)
}

fn line(dependency: &Dependency) -> String {
    let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
    let from = match &dependency.path {
        Some(path) => format!("path = {:?}", path.as_str()),
        None => format!("version = {:?}", dependency.req.to_string()),
    };
    format!(
        "{name} = {{ package = {:?}, {from}, default-features = {}, features = {:?} }}\n",
        dependency.name, dependency.uses_default_features, dependency.features
    )
}
