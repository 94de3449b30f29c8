//! All programs of one kata that `kata verify` runs: the stub, the reference, its faults and its alternatives.
//!
//! A fault is a plausible wrong solution, told as a patch of the reference (or, where the design is the point, as a whole
//! `lib.rs`). The patches are applied to copies, and one program holds all of them; an argument says which to be. It is a
//! workspace of its own below the target folder, so that changing one fault compiles one small crate.

mod main_macro;
mod patch;
mod workspace;

pub use patch::PatchError;

use crate::build::{BuildError, BuildEvent, BuildOptions, Built};
use crate::submission::{Submission, SubmissionError};
use patch::Sources;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use workspace::Workspace;

/// The name of the variant that is the reference.
pub const REFERENCE: &str = "reference";
/// The name of the variant that is what a learner begins with.
pub const STUB: &str = "stub";

/// What a variant is to the kata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantKind {
    /// What a learner begins with: must fail.
    Stub,
    /// Must pass.
    Reference,
    /// A wrong solution.
    Fault {
        /// The requirement that must catch it.
        caught_by: String,
    },
    /// A right solution of another design: must pass.
    Alternative,
}

impl VariantKind {
    /// The requirement that must catch it, if it is wrong.
    pub fn caught_by(&self) -> Option<&str> {
        match self {
            VariantKind::Fault { caught_by } => Some(caught_by),
            VariantKind::Stub | VariantKind::Reference | VariantKind::Alternative => None,
        }
    }
}

/// One program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name: the stem of its file.
    pub name: String,
    /// What it is.
    pub kind: VariantKind,
    /// What its author was thinking: the head of its file.
    pub thinking: String,
    /// Its file, or the folder of its sources.
    pub file: PathBuf,
}

/// Every variant of one kata, in this order: stub, reference, faults, alternatives; by name within each.
#[derive(Debug)]
pub struct Variants {
    variants: Vec<Variant>,
    workspace: Workspace,
}

/// Why the variants of a kata cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VariantsError {
    /// There is no reference to begin with.
    #[error(transparent)]
    Reference(#[from] SubmissionError),
    /// Patches that do not fit the reference any more, and files that are not as they should be.
    #[error("{}", listed(.0))]
    Broken(Vec<BrokenVariant>),
    /// A `main.rs` does not say which type is the solution.
    #[error(
        "{} must hold `kata::main!(contract::Trait => {library}::Type);` and no more than that",
        file.display()
    )]
    Main {
        /// The file.
        file: PathBuf,
        /// The name of the crate's library.
        library: String,
    },
    /// They do not compile.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

/// One file that yields no variant.
#[derive(Debug)]
pub struct BrokenVariant {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub why: PatchError,
}

impl fmt::Display for BrokenVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)
    }
}

fn listed(broken: &[BrokenVariant]) -> String {
    broken.iter().map(BrokenVariant::to_string).collect::<Vec<_>>().join("\n")
}

impl Variants {
    /// Reads the reference in `reference` (a crate with `faults/` and `alternatives/`) and the stub in `template` (a folder
    /// with `src/`), and applies the patches.
    pub fn load(reference: &Path, template: &Path) -> Result<Variants, VariantsError> {
        let package = Submission::find(reference)?;
        let original = sources(&package.folder.join("src"))?;
        read(&template.join("src/lib.rs"))?;
        let stub = sources(&template.join("src"))?;
        let mut workspace = Workspace::new(&package)?;
        let mut variants = Vec::new();
        for (name, kind, sources, folder) in [
            (STUB, VariantKind::Stub, stub, template),
            (REFERENCE, VariantKind::Reference, original.clone(), reference),
        ] {
            workspace.add(name, sources)?;
            let (name, file) = (name.to_owned(), folder.join("src"));
            variants.push(Variant { name, kind, thinking: String::new(), file });
        }
        let mut broken = Vec::new();
        for folder in ["faults", "alternatives"] {
            for file in files_in(&package.folder.join(folder))? {
                match patch::read(&file, &read(&file)?, &original, folder == "faults") {
                    Ok((variant, _)) if variants.iter().any(|other| other.name == variant.name) => {
                        broken.push(BrokenVariant { file, why: PatchError::NameTaken });
                    }
                    Ok((variant, sources)) => {
                        workspace.add(&variant.name, sources)?;
                        variants.push(variant);
                    }
                    Err(why) => broken.push(BrokenVariant { file, why }),
                }
            }
        }
        if broken.is_empty() {
            Ok(Variants { variants, workspace })
        } else {
            Err(VariantsError::Broken(broken))
        }
    }

    /// All variants.
    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// Builds the program that holds those that are `chosen`. [`crate::Launch::variant`] says which to be.
    pub fn build(
        &self,
        chosen: &[&Variant],
        options: BuildOptions,
        observe: &mut dyn FnMut(BuildEvent<'_>),
    ) -> Result<Built, VariantsError> {
        self.workspace.write(chosen)?;
        // What the reference needs is here, so cargo need not ask the registry what is new.
        match self.workspace.target().build(BuildOptions { offline: true, ..options }, observe) {
            Err(BuildError::NoNetwork { .. }) if !options.offline => {
                Ok(self.workspace.target().build(options, observe)?)
            }
            built => Ok(built?),
        }
    }
}

/// The Rust sources below a folder, by path within it.
fn sources(folder: &Path) -> Result<Sources, VariantsError> {
    let mut sources = BTreeMap::new();
    for path in files_below(folder)? {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read(&path)?;
            sources.insert(path.strip_prefix(folder).unwrap_or(&path).to_owned(), text);
        }
    }
    Ok(sources)
}

/// The files of a folder, sorted; none if there is no such folder.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, VariantsError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(at(folder))?,
    };
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(at(folder))?;
    files.sort();
    Ok(files)
}

/// The files below a folder, sorted within each.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, VariantsError> {
    let mut files = Vec::new();
    for path in files_in(folder)? {
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, VariantsError> {
    fs::read_to_string(path).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> VariantsError {
    move |error| VariantsError::Io { path: path.to_owned(), error }
}
