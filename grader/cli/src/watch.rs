//! Waiting for a file to change, by looking at times and sizes: no service of the operating system, a few files.

use crate::Problem;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How often to look. Quick enough to feel immediate, rare enough to cost nothing.
const EVERY: Duration = Duration::from_millis(200);

/// What the files of a crate looked like at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(Vec<(PathBuf, Option<SystemTime>, u64)>);

impl Snapshot {
    /// The files of the crate in `folder` as they are now. Taken before a build, so that no edit is missed.
    pub(crate) fn take(folder: &Path) -> Result<Snapshot, Problem> {
        let look = |path: PathBuf| {
            let seen = fs::metadata(&path).ok();
            let time = seen.as_ref().and_then(|seen| seen.modified().ok());
            (path, time, seen.map_or(0, |seen| seen.len()))
        };
        Ok(Snapshot(source_files(folder)?.into_iter().map(look).collect()))
    }

    /// Returns once the files of `folder` differ from these. Files that cannot be listed, as in the middle of an editor's
    /// save, count as unchanged.
    pub(crate) fn wait_for_change(&self, folder: &Path) {
        loop {
            thread::sleep(EVERY);
            if Snapshot::take(folder).is_ok_and(|now| now != *self) {
                return;
            }
        }
    }
}

/// The manifest and all files below `src`, in order.
fn source_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut files = vec![folder.join("Cargo.toml")];
    let mut folders = vec![folder.join("src")];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| Problem::file("read", &folder, &error);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // Links are looked at, not followed: none leads in a circle.
            let is_folder = entry.file_type().map_err(unreadable)?.is_dir();
            let list = if is_folder { &mut folders } else { &mut files };
            list.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_size_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/inner")).unwrap();
        fs::write(folder.path().join("src/inner/mod.rs"), "a").unwrap();
        let before = Snapshot::take(folder.path()).unwrap();
        assert_eq!(Snapshot::take(folder.path()).unwrap(), before);
        fs::write(folder.path().join("src/inner/mod.rs"), "ab").unwrap();
        assert_ne!(Snapshot::take(folder.path()).unwrap(), before);
    }
}
