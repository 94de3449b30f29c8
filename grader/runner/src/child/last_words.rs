//! What a process writes to its standard streams behind its runtime's back: above all, why it died.
//!
//! It goes to memory of a fixed size, not through a pipe: nobody has to drain it, a flood ends in a write error, and
//! it can be read when the process is gone.

use std::fs::File;
use std::io::{self, Seek};
use std::os::unix::fs::FileExt;
use std::process::Stdio;

/// How much of it is kept: the first so many bytes.
pub(crate) const BYTES: u64 = 64 << 10;

/// How much of its end is shown.
const SHOWN_BYTES: u64 = 4 << 10;

/// A file that receives a process's standard output and standard error.
pub(super) struct LastWords(File);

impl LastWords {
    #[cfg(target_os = "linux")]
    pub(super) fn new() -> io::Result<LastWords> {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
        let fd = memfd_create(c"kata-last-words", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&fd, BYTES)?;
        fcntl_add_seals(&fd, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Ok(LastWords(File::from(fd)))
    }

    /// A file without a name; the limit on file sizes bounds it.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn new() -> io::Result<LastWords> {
        tempfile().map(LastWords)
    }

    /// A writing end. All share one position, so that nothing overwrites anything.
    pub(super) fn stdio(&self) -> io::Result<Stdio> {
        Ok(self.0.try_clone()?.into())
    }

    /// The end of what was written so far.
    pub(super) fn read(&self) -> String {
        let written = (&self.0).stream_position().unwrap_or(0).min(BYTES);
        let from = written.saturating_sub(SHOWN_BYTES);
        let mut bytes = vec![0; usize::try_from(written - from).unwrap_or(0)];
        match self.0.read_exact_at(&mut bytes, from) {
            Ok(()) => String::from_utf8_lossy(&bytes).trim().to_owned(),
            Err(_) => String::new(),
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn tempfile() -> io::Result<File> {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("kata-last-words-{}-{count}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn shows_the_end_of_what_was_written() {
        let words = LastWords::new().unwrap();
        let mut end = words.0.try_clone().unwrap();
        assert_eq!(words.read(), "");
        end.write_all(&[b'x'; 10_000]).unwrap();
        end.write_all(b"\nthread main panicked\n").unwrap();
        let read = words.read();
        assert!(read.len() < 4_097 && read.ends_with("x\nthread main panicked"), "{read}");
    }

    #[test]
    fn a_flood_ends_in_an_error() {
        let words = LastWords::new().unwrap();
        let mut end = words.0.try_clone().unwrap();
        assert!(end.write_all(&[b'x'; BYTES as usize + 1]).is_err());
        assert!(words.read().len() <= 4_096);
    }
}
