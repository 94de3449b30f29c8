//! Finds what is to be graded: a package whose manifest says which kata it solves.
//!
//! ```toml
//! [package.metadata.kata]
//! id = "url-shortener"
//! ```

use crate::content_hash::ContentHash;
use cargo_metadata::{Metadata, MetadataCommand, Package};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// A package that solves a kata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The kata's id, such as `url-shortener`.
    pub kata: String,
    /// The package's name.
    pub package: String,
    /// The folder of its `Cargo.toml`.
    pub folder: PathBuf,
    /// The name of the program that `kata::main!` makes.
    pub binary: String,
    /// The root of the workspace that it belongs to, where `Cargo.lock` is.
    pub workspace: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
}

/// Why there is nothing to grade.
#[derive(Debug, thiserror::Error)]
pub enum SubmissionError {
    /// The path does not exist.
    #[error("there is no {}", .0.display())]
    Missing(PathBuf),
    /// No folder from the path upwards holds a manifest.
    #[error("there is no Cargo.toml in {} or above it", .0.display())]
    NoManifest(PathBuf),
    /// Cargo is not installed.
    #[error("cargo is not installed, or not on the PATH (https://rustup.rs installs it)")]
    NoCargo,
    /// Cargo cannot make sense of the manifest.
    #[error("cargo cannot read {}:\n{said}", manifest.display())]
    BadManifest {
        /// The manifest.
        manifest: PathBuf,
        /// What cargo said.
        said: String,
    },
    /// Nothing there solves a kata.
    #[error(
        "{} is not a solution of a kata: no `[package.metadata.kata]` with an `id` in Cargo.toml{}",
        folder.display(),
        instead(others)
    )]
    NotAKata {
        /// The package's or workspace's folder.
        folder: PathBuf,
        /// Packages of the workspace that do.
        others: Vec<PathBuf>,
    },
    /// Several packages do, and none was named.
    #[error("{} holds several solutions; name one{}", folder.display(), instead(choices))]
    Several {
        /// The workspace's folder.
        folder: PathBuf,
        /// The packages' folders.
        choices: Vec<PathBuf>,
    },
    /// The package has no program, or several without a default.
    #[error("{package} needs exactly one program (a src/main.rs with `kata::main!`), it has {count}")]
    Programs {
        /// The package's name.
        package: String,
        /// How many programs it has.
        count: usize,
    },
}

fn instead(choices: &[PathBuf]) -> String {
    choices.iter().fold(String::new(), |mut text, choice| {
        let _ = write!(text, "\n  {}", choice.display());
        text
    })
}

impl Submission {
    /// The submission that `path` is in. In the root of a workspace, its only one.
    pub fn find(path: &Path) -> Result<Submission, SubmissionError> {
        let (metadata, manifest) = metadata(path)?;
        if let Some(package) = metadata.packages.iter().find(|package| package.manifest_path == manifest)
            && let Some(kata) = kata_of(package)
        {
            return submission(&metadata, package, kata);
        }
        let mut candidates = katas(&metadata).collect::<Vec<_>>();
        let folders = |candidates: &[(&Package, &str)]| {
            candidates.iter().map(|(package, _)| folder_of(package)).collect()
        };
        let folder = manifest.parent().unwrap_or(&manifest).to_owned();
        // Only a workspace's own manifest stands for its members.
        if folder != metadata.workspace_root.as_std_path() {
            return Err(SubmissionError::NotAKata { folder, others: folders(&candidates) });
        }
        match candidates.pop() {
            None => Err(SubmissionError::NotAKata { folder, others: Vec::new() }),
            Some((package, kata)) if candidates.is_empty() => submission(&metadata, package, kata),
            Some(last) => {
                candidates.push(last);
                Err(SubmissionError::Several { folder, choices: folders(&candidates) })
            }
        }
    }

    /// All submissions in the workspace that `path` is in, by folder.
    pub fn all(path: &Path) -> Result<Vec<Submission>, SubmissionError> {
        let (metadata, _) = metadata(path)?;
        let mut all = katas(&metadata)
            .map(|(package, kata)| submission(&metadata, package, kata))
            .collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.folder.cmp(&b.folder));
        Ok(all)
    }

    /// The hash of its sources and manifest.
    pub fn content_hash(&self) -> io::Result<ContentHash> {
        ContentHash::of_tree(&self.folder, &["src", "build.rs", "Cargo.toml"])
    }
}

/// What cargo says of the nearest package or workspace, and that one's manifest.
fn metadata(path: &Path) -> Result<(Metadata, PathBuf), SubmissionError> {
    let path = path.canonicalize().map_err(|_| SubmissionError::Missing(path.to_owned()))?;
    let manifest = path
        .ancestors()
        .map(|folder| folder.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
        .ok_or_else(|| SubmissionError::NoManifest(path.clone()))?;
    let mut command = MetadataCommand::new();
    // Cargo looks for its configuration from here upwards.
    command.current_dir(manifest.parent().unwrap_or(&path));
    let read = command.manifest_path(&manifest).no_deps().exec();
    read.map(|metadata| (metadata, manifest.clone())).map_err(|error| match error {
        cargo_metadata::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            SubmissionError::NoCargo
        }
        cargo_metadata::Error::CargoMetadata { stderr } => {
            SubmissionError::BadManifest { manifest, said: stderr.trim().to_owned() }
        }
        error => SubmissionError::BadManifest { manifest, said: error.to_string() },
    })
}

fn kata_of(package: &Package) -> Option<&str> {
    package.metadata.get("kata")?.get("id")?.as_str()
}

fn katas(metadata: &Metadata) -> impl Iterator<Item = (&Package, &str)> {
    metadata.packages.iter().filter_map(|package| Some((package, kata_of(package)?)))
}

fn folder_of(package: &Package) -> PathBuf {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().unwrap_or(manifest).to_owned()
}

fn submission(metadata: &Metadata, package: &Package, kata: &str) -> Result<Submission, SubmissionError> {
    let name = package.name.to_string();
    let programs: Vec<&str> =
        package.targets.iter().filter(|target| target.is_bin()).map(|target| target.name.as_str()).collect();
    let binary = match programs.as_slice() {
        [only] => only,
        several => several
            .iter()
            .find(|program| package.default_run.as_deref() == Some(**program))
            .ok_or(SubmissionError::Programs { package: name.clone(), count: several.len() })?,
    };
    Ok(Submission {
        kata: kata.to_owned(),
        binary: (*binary).to_owned(),
        package: name,
        folder: folder_of(package),
        workspace: metadata.workspace_root.clone().into(),
        target: metadata.target_directory.clone().into(),
    })
}
