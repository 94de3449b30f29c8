//! A learner's workspace: where it is, what marks it, what it is made of.
//!
//! ```text
//! Cargo.toml Cargo.lock     a virtual workspace, a member for each kata that was started
//! kata.toml                 the mark
//! .kata/<version>/          the sdk and the contracts, embedded in the program
//! .kata/progress.json       what passed, which hints were shown
//! .kata/receipts/           what it takes to repeat a grade
//! .kata/last/               the last grade of each kata, and its report
//! url-shortener/            a crate of the learner's own
//! ```

use crate::IntegrationSettings;
use crate::files::replace;
use crate::registry::Kata;
use crate::{Problem, embedded, gitignore, repository};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use toml_edit::{Array, DocumentMut, Item, Table};

/// The file that marks a workspace.
const MARK: &str = "kata.toml";

/// A learner's workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// Its root.
    pub(crate) root: PathBuf,
    /// What level `integration` runs on here.
    pub(crate) integration: IntegrationSettings,
}

/// What `kata.toml` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// The version of `kata` that made the workspace.
    #[expect(dead_code, reason = "parsed to refuse a mark without it")]
    version: String,
    /// What level `integration` runs on.
    #[serde(default)]
    integration: IntegrationSettings,
}

impl Workspace {
    /// The workspace around `folder`, if there is one.
    pub(crate) fn around(folder: &Path) -> Result<Option<Workspace>, Problem> {
        let Some(root) = folder.ancestors().find(|folder| folder.join(MARK).exists()) else {
            return Ok(None);
        };
        let path = root.join(MARK);
        let text = fs::read_to_string(&path).map_err(|error| Problem::file("read", &path, &error))?;
        let mark: Mark = toml_edit::de::from_str(&text).map_err(|error| {
            let why = error.message().lines().next().unwrap_or_default().to_owned();
            Problem::usage(format!(
                "{} is corrupt ({why}); its whole content should be: version = \"{}\"",
                path.display(),
                embedded::VERSION
            ))
        })?;
        Ok(Some(Workspace { root: root.to_owned(), integration: mark.integration }))
    }

    /// Makes a workspace in `root`. Existing files stay; one in the way is a problem.
    pub(crate) fn make(root: &Path) -> Result<Workspace, Problem> {
        let manifest = root.join("Cargo.toml");
        if manifest.exists() {
            return Err(Problem::usage(format!(
                "{} belongs to another project; run `kata start` in a folder of its own",
                manifest.display()
            )));
        }
        replace(&manifest, workspace_manifest()?.as_bytes())?;
        let lock = root.join("Cargo.lock");
        if !lock.exists() {
            replace(&lock, embedded::lock().as_bytes())?;
        }
        gitignore::make(root)?;
        let mark = format!("# Marks a workspace of Kata exercises.\nversion = \"{}\"\n", embedded::VERSION);
        replace(&root.join(MARK), mark.as_bytes())?;
        Ok(Workspace { root: root.to_owned(), integration: IntegrationSettings::default() })
    }

    /// Where progress, grades, receipts and backups are kept.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join(".kata")
    }

    /// Where the sdk and the contracts of this program's version stand.
    pub(crate) fn sources(&self) -> PathBuf {
        self.state().join(embedded::VERSION)
    }

    /// Where the crate of `kata` stands, once it is started.
    pub(crate) fn member(&self, kata: &str) -> PathBuf {
        self.root.join(kata)
    }

    /// Adds a crate to the members in the root manifest, which keeps its form.
    pub(crate) fn add_member(&self, name: &str) -> Result<(), Problem> {
        let path = self.root.join("Cargo.toml");
        let text = fs::read_to_string(&path).map_err(|error| Problem::file("read", &path, &error))?;
        let broken = |why: &str| Problem::usage(format!("{} {why}; mend it first", path.display()));
        let mut manifest: DocumentMut = text.parse().map_err(|_| broken("is not TOML"))?;
        let members = manifest
            .get_mut("workspace")
            .and_then(|workspace| workspace.get_mut("members"))
            .and_then(Item::as_array_mut)
            .ok_or_else(|| broken("has no `members` in its [workspace]"))?;
        if !members.iter().any(|member| member.as_str() == Some(name)) {
            members.push(name);
            replace(&path, manifest.to_string().as_bytes())?;
        }
        Ok(())
    }
}

/// Where progress, grades and receipts of what stands in `folder` are kept: in its workspace, for authors under the repository's
/// `target`, else nowhere.
pub(crate) fn state_around(folder: &Path) -> Result<Option<PathBuf>, Problem> {
    let repository = || repository::around(folder).map(|root| root.join("target/kata-progress"));
    Ok(Workspace::around(folder)?.map(|workspace| workspace.state()).or_else(repository))
}

/// The manifest of a new workspace, without members.
fn workspace_manifest() -> Result<String, Problem> {
    let mut workspace = Table::new();
    workspace.insert("resolver", Item::Value("3".into()));
    workspace.insert("members", Item::Value(Array::new().into()));
    workspace.insert("exclude", Item::Value([".kata"].into_iter().collect::<Array>().into()));
    let mut profiles = Table::new();
    profiles.set_implicit(true);
    profiles.insert("kata", embedded::profile()?);
    let mut manifest = DocumentMut::new();
    manifest.insert("workspace", Item::Table(workspace));
    manifest.insert("profile", Item::Table(profiles));
    manifest.decor_mut().set_prefix("# A workspace of Kata exercises. `kata start <kata>` adds a crate.\n");
    Ok(manifest.to_string())
}

/// The manifest of a learner's crate. It has the crates that the kata allows besides its own.
pub(crate) fn member_manifest(kata: &Kata) -> Result<String, Problem> {
    let id = kata.id();
    let sources = format!("../.kata/{}", embedded::VERSION);
    let contract = embedded::path_dependency(&format!("kata-{id}"), &format!("{sources}/katas/{id}"), &[]);
    let sdk_path = format!("{sources}/grader/sdk");
    let sdk = embedded::path_dependency("kata-sdk", &sdk_path, &[]);
    let testing = embedded::path_dependency("kata-sdk", &sdk_path, &["testing"]);
    let mut text = format!(
        "[package]\n\
         name = \"{id}-solution\"\n\
         version = \"0.1.0\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         \n\
         # How `kata grade` knows what this is.\n\
         [package.metadata.kata]\n\
         id = \"{id}\"\n\
         \n\
         [dependencies]\n\
         kata ={sdk}\n\
         {} ={contract}\n\
         serde ={}\n",
        id.replace('-', "_"),
        embedded::dependency("serde")?,
    );
    let mut also = String::new();
    for name in embedded::allowed(kata)? {
        match embedded::dependency(&name) {
            Ok(dependency) => text += &format!("{name} ={dependency}\n"),
            // Nothing of ours uses it, so no version of it is known to be right.
            Err(_) => also += &format!("# This kata allows {name} as well: `cargo add {name}`\n"),
        }
    }
    let tokio = embedded::dependency("tokio")?;
    text += &format!("tokio ={tokio}\n{also}\n[dev-dependencies]\nkata ={testing}\n");
    Ok(text)
}
