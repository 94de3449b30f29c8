//! Which processor cores workers run on.
//!
//! A judge and the process it talks to take turns: one of them always waits. Side by side on one core, handing over costs two
//! context switches and wakes nobody elsewhere; and every core has a pair of its own.

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
}
