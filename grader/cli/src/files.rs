//! Writing files: [`write`] where a user asked for it, [`replace`] for all that Kata keeps itself.

use crate::Problem;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes to the place that a user named, which may be a link or no plain file (`/dev/stdout`): in place. Makes the folders it
/// stands in.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), Problem> {
    make_folder_of(path)?;
    fs::write(path, contents).map_err(|error| Problem::file("write", path, &error))
}

/// Writes a file whole or not at all: beside its place first, so that what is there survives a full disk and the end of this
/// program. Makes the folders it stands in.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> Result<(), Problem> {
    make_folder_of(path)?;
    let beside = beside(path);
    fs::write(&beside, contents).and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        let _ = fs::remove_file(&beside);
        Problem::file("write", path, &error)
    })
}

fn make_folder_of(path: &Path) -> Result<(), Problem> {
    match path.parent() {
        Some(folder) => fs::create_dir_all(folder).map_err(|error| Problem::file("make", folder, &error)),
        None => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    beside.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_make_the_folders_they_need() {
        let folder = tempfile::tempdir().unwrap();
        for (name, put) in [("a", write as fn(&Path, &[u8]) -> _), ("b", replace)] {
            let path = folder.path().join(name).join("inner/file");
            put(&path, b"one").unwrap();
            put(&path, b"two").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"two");
            assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        }
    }

    #[test]
    fn writing_goes_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("page.html"), folder.path().join("latest.html"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"page").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"page");
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        fs::create_dir_all(path.join("inner")).unwrap();
        let problem = replace(&path, b"new").unwrap_err();
        assert!(problem.sentence.starts_with("cannot write "), "{problem}");
        assert!(path.join("inner").exists());
        assert!(!beside(&path).exists());
    }
}
