//! The real program, as a user starts it.

#![allow(dead_code, reason = "not every test needs everything")]

use assert_cmd::Command;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// `kata <arguments>` in `folder`. Never reaches for the network, and builds into one place, so that runs share it.
pub(crate) fn kata(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("kata").unwrap();
    command.current_dir(folder).args(arguments);
    command.env("CARGO_TARGET_DIR", built()).env("CARGO_NET_OFFLINE", "true");
    command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTFLAGS").env_remove("COLUMNS");
    command
}

/// A workspace outside this repository, where none can be, for the test of this name. Its place is this clone's own and always
/// the same, so that what was built of the sdk is still good in the next run.
pub(crate) fn workspace(test: &str) -> PathBuf {
    let mut clone = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut clone);
    let folder = std::env::temp_dir().join(format!("kata-{test}-{:016x}", clone.finish()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where submissions are built.
pub(crate) fn built() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("submissions")
}

/// The reference of the tutorial.
pub(crate) fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../solutions/first-steps/src/lib.rs")
}

/// What the program printed, and its exit code.
pub(crate) fn ended(command: &mut Command) -> (String, String, Option<i32>) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}
