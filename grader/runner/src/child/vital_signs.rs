//! How a process is doing: CPU time used, and whether all its threads sleep.

use std::time::Duration;

/// What one look at a process says.
pub(super) struct VitalSigns {
    /// CPU time of all its threads, those that ended included.
    pub(super) cpu: Duration,
    /// Whether none of its threads runs or wants to.
    pub(super) asleep: bool,
    /// Whether it has more than [`THREADS_MAX`] threads.
    pub(super) crowded: bool,
}

/// The runtime has two threads. A few more may have been started behind its back; more are an attack.
#[cfg(target_os = "linux")]
const THREADS_MAX: usize = 64;

/// Looks at the process `pid`; none if it is gone or the system does not say.
#[cfg(target_os = "linux")]
pub(super) fn look(pid: u32) -> Option<VitalSigns> {
    let mut signs = VitalSigns { cpu: cpu_time(pid)?, asleep: true, crowded: false };
    for (count, task) in std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.enumerate() {
        signs.crowded = count >= THREADS_MAX;
        if signs.crowded {
            break;
        }
        // A thread may end while we look.
        let Ok(stat) = std::fs::read_to_string(task.ok()?.path().join("stat")) else { continue };
        // The state follows the name, which is in parentheses and may hold any character.
        signs.asleep &= stat.rsplit_once(") ")?.1.starts_with('S');
    }
    Some(signs)
}

/// Other systems have no such files; there the limits on real time and total CPU time have to do.
#[cfg(not(target_os = "linux"))]
pub(super) fn look(_pid: u32) -> Option<VitalSigns> {
    None
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn cpu_time(pid: u32) -> Option<Duration> {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: `clock` outlives the call.
    if unsafe { libc::clock_getcpuclockid(pid as libc::pid_t, &mut clock) } != 0 {
        return None;
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` outlives the call.
    if unsafe { libc::clock_gettime(clock, &mut time) } != 0 {
        return None;
    }
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn sees_that_this_test_runs() {
        let before = look(std::process::id()).unwrap();
        assert!(!before.asleep);
        let mut after = look(std::process::id()).unwrap();
        while after.cpu < before.cpu + Duration::from_millis(1) {
            after = look(std::process::id()).unwrap();
        }
    }

    #[test]
    fn sees_nothing_where_nothing_is() {
        assert!(look(u32::MAX >> 1).is_none());
    }
}
