//! Which processor cores workers run on.
//!
//! A judge and the process it talks to take turns: one of them always waits. Side by side on one core, handing over costs two
//! context switches and wakes nobody elsewhere; and every core has a pair of its own. Where real time is measured, both
//! contestants get the same cores.

/// The number of cores that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Keeps this thread, and the processes it will start, on one of the cores that this process may use: the `worker`th,
/// counted round. Does nothing where the system does not offer it; work is only slower then.
pub fn stay_on_core(worker: usize) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let Ok(allowed) = sched_getaffinity(None) else { return };
        let allowed: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        let Some(core) = allowed.get(worker % allowed.len().max(1)) else { return };
        let mut mine = CpuSet::new();
        mine.set(*core);
        let _ = sched_setaffinity(None, &mine);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = worker;
}

/// Keeps this thread on so many of its cores, the last ones, until it is dropped. Contestants that take turns on the same cores
/// have the same machine, whatever else runs on it.
pub(crate) struct StayOnCores {
    #[cfg(target_os = "linux")]
    before: Option<rustix::thread::CpuSet>,
}

impl StayOnCores {
    pub(crate) fn of(count: usize) -> StayOnCores {
        #[cfg(target_os = "linux")]
        {
            use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
            let before = sched_getaffinity(None).ok();
            if let Some(allowed) = &before {
                let mut mine = CpuSet::new();
                let last = (0..CpuSet::MAX_CPU).rev().filter(|core| allowed.is_set(*core)).take(count);
                last.for_each(|core| mine.set(core));
                let _ = sched_setaffinity(None, &mine);
            }
            StayOnCores { before }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = count;
            StayOnCores {}
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for StayOnCores {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = rustix::thread::sched_setaffinity(None, before);
        }
    }
}

/// Puts all threads of the process `pid`, and those it will start, on the cores of this thread.
pub(crate) fn share_cores(pid: u32) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::Pid;
        use rustix::thread::{sched_getaffinity, sched_setaffinity};
        let Ok(cores) = sched_getaffinity(None) else { return };
        let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return };
        for thread in threads.flatten() {
            let id = thread.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            if let Some(id) = id {
                let _ = sched_setaffinity(Some(id), &cores);
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = pid;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_worker_stays_and_others_go_where_they_were() {
        let before = cores();
        std::thread::spawn(|| {
            stay_on_core(7);
            assert_eq!(cores(), 1);
        })
        .join()
        .unwrap();
        assert_eq!(cores(), before);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_stays_for_a_while_and_takes_a_process_along() {
        std::thread::spawn(|| {
            let before = cores();
            let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
            {
                let _one = StayOnCores::of(1);
                assert_eq!(cores(), 1);
                share_cores(child.id());
            }
            assert_eq!(cores(), before);
            let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
            assert_eq!(rustix::thread::sched_getaffinity(pid).unwrap().count(), 1);
            child.kill().unwrap();
            child.wait().unwrap();
        })
        .join()
        .unwrap();
    }
}
