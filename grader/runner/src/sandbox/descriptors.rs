//! Which files a submission finds open: nothing to read, its last words to write, and the link.
#![allow(unsafe_code)]

use super::LINK_FD;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Moves the link from standard input to [`LINK_FD`], puts nothing in its place, and closes everything else.
pub(super) fn arrange() -> io::Result<()> {
    duplicate(0, LINK_FD)?;
    duplicate(File::open("/dev/null")?.as_raw_fd(), 0)?;
    close_from(LINK_FD + 1);
    Ok(())
}

fn duplicate(from: i32, to: i32) -> io::Result<()> {
    // SAFETY: this process owns all its descriptors, and nothing of it has opened one as `to`.
    if unsafe { libc::dup2(from, to) } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Closes what the grader's own parent may have left open; the grader's descriptors close by themselves.
fn close_from(first: i32) {
    #[cfg(target_os = "linux")]
    // SAFETY: nothing in this process uses a descriptor from `first` on.
    if unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) } == 0 {
        return;
    }
    for fd in first..1_024 {
        // SAFETY: as above; closing what is not open does nothing.
        unsafe { libc::close(fd) };
    }
}
