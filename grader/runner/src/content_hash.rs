//! Hashes of content, for receipts: what exactly was graded, with what.

use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The SHA-256 of some content. Displayed in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of `bytes`.
    pub fn of_bytes(bytes: &[u8]) -> ContentHash {
        ContentHash(Sha256::digest(bytes).into())
    }

    /// The hash of a file's content.
    pub fn of_file(path: &Path) -> io::Result<ContentHash> {
        Ok(ContentHash::of_bytes(&fs::read(path)?))
    }

    /// The hash of files, and of everything in folders, by content and by path relative to `root`. What is not there
    /// counts as empty. Folders behind symbolic links are left out, so that no link leads in a circle.
    pub fn of_tree(root: &Path, paths: &[&str]) -> io::Result<ContentHash> {
        let mut files = Vec::new();
        for path in paths {
            collect(&root.join(path), &mut files)?;
        }
        files.sort();
        let mut hasher = Sha256::new();
        for file in files {
            let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy();
            let content = fs::read(&file)?;
            // Lengths keep a name and a content from flowing into each other.
            for part in [name.as_bytes(), &content] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        Ok(ContentHash(hasher.finalize().into()))
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            for entry in fs::read_dir(path)? {
                collect(&entry?.path(), files)?;
            }
        }
        Ok(_) if path.is_file() => files.push(path.to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sha_256() {
        let hash = ContentHash::of_bytes(b"abc").to_string();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, ContentHash) {
        let root = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let hash = ContentHash::of_tree(root.path(), &["src", "Cargo.toml"]).unwrap();
        (root, hash)
    }

    #[test]
    fn of_a_tree_depends_on_names_and_contents_only() {
        let files = [("src/lib.rs", "a"), ("src/deep/er.rs", "b"), ("Cargo.toml", "c")];
        let (_kept, hash) = tree(&files);
        assert_eq!(hash, tree(&files).1);
        assert_eq!(hash, tree(&[files[2], files[1], files[0], ("target/x", "noise")]).1);
        for other in [
            &[("src/lib.rs", "a"), ("src/deep/er.rs", "b")][..],
            &[("src/lib.rs", "a"), ("src/deep/er.rs", "B"), ("Cargo.toml", "c")],
            &[("src/lib.rs", "a"), ("src/deep/err.rs", "b"), ("Cargo.toml", "c")],
        ] {
            assert_ne!(hash, tree(other).1);
        }
    }

    #[test]
    fn of_a_tree_does_not_follow_links_in_circles() {
        let (root, hash) = tree(&[("src/lib.rs", "a"), ("Cargo.toml", "c")]);
        std::os::unix::fs::symlink(root.path(), root.path().join("src/again")).unwrap();
        assert_eq!(hash, ContentHash::of_tree(root.path(), &["src", "Cargo.toml"]).unwrap());
    }
}
