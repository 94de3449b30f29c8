//! This repository as files: what is where.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml_edit::DocumentMut;

/// This repository, or in tests a folder laid out like it.
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The repository that this program was built from.
    pub(crate) fn here() -> Repository {
        Repository::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
    }

    /// The repository at `root`.
    pub(crate) fn at(root: &Path) -> Repository {
        Repository { root: root.canonicalize().unwrap_or_else(|_| root.to_owned()) }
    }

    /// A path in it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.path(path)).with_context(|| format!("cannot read {path}"))
    }

    /// The text of a file, if there is one.
    pub(crate) fn text_if_any(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    /// A manifest, ready to be edited.
    pub(crate) fn manifest(&self, path: &str) -> Result<DocumentMut> {
        self.text(path)?.parse().with_context(|| format!("{path} is not TOML"))
    }

    /// Writes a file and the folders it stands in.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The files below `folder`, as paths in the repository, in order. None if there is no such folder.
    pub(crate) fn files_below(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.path(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(path) = path.strip_prefix(&self.root).ok().and_then(Path::to_str) {
                    files.push(path.to_owned());
                }
            }
        }
        files.sort();
        files
    }

    /// The names of the folders in `folder`, in order.
    pub(crate) fn folders_in(&self, folder: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    /// All files that git knows or would add, as paths in the repository.
    pub(crate) fn tracked_files(&self) -> Result<Vec<String>> {
        let listing = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(&self.root)
            .output()
            .context("cannot run git")?;
        ensure!(listing.status.success(), "git cannot list the files of {}", self.root.display());
        let listing = String::from_utf8(listing.stdout).context("a file's name is not UTF-8")?;
        Ok(listing.lines().filter(|path| self.path(path).is_file()).map(str::to_owned).collect())
    }

    /// The ids of all katas: the folders of their contracts.
    pub(crate) fn katas(&self) -> BTreeSet<String> {
        self.folders_in("katas")
    }
}
