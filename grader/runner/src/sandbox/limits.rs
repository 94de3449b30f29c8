//! How much of the machine a submission may use, as far as the kernel counts it.
#![allow(unsafe_code)]

use crate::child::LAST_WORDS_BYTES;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The runtime and its one extra thread need five.
const FILES_MAX: u64 = 16;
/// Counts all threads of the user, so it stops a bomb without getting in the way of a desktop.
const PROCESSES_MAX: u64 = 16_384;

/// Sets the limits; 0 is none.
pub(super) fn apply(memory_mib: u64, cpu_s: u64) -> Result<(), String> {
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, FILES_MAX)?;
    limit(Resource::Nproc, PROCESSES_MAX)?;
    limit(Resource::Fsize, 2 * LAST_WORDS_BYTES)?;
    if cpu_s > 0 {
        limit(Resource::Cpu, cpu_s)?;
    }
    if memory_mib > 0 {
        limit(Resource::As, memory_mib << 20)?;
    }
    Ok(())
}

fn limit(resource: Resource, most: u64) -> Result<(), String> {
    let most = getrlimit(resource).maximum.map_or(most, |already| already.min(most));
    match setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }) {
        // Other systems refuse some of them, above all the one on memory: `Protection` says so.
        Err(error) if cfg!(target_os = "linux") => Err(format!("no limit on {resource:?}: {error}")),
        _ => Ok(()),
    }
}

/// The same addresses in every run: programs that print or hash a pointer repeat. Some containers forbid it; then they
/// do not.
#[cfg(target_os = "linux")]
pub(super) fn fix_addresses() {
    // SAFETY: reads this process's personality and adds a flag to it.
    unsafe {
        let now = libc::personality(0xffff_ffff);
        if now >= 0 {
            libc::personality(now as libc::c_ulong | libc::ADDR_NO_RANDOMIZE as libc::c_ulong);
        }
    }
}
