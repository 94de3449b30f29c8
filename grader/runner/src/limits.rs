//! How much a submission may use.

use std::time::Duration;

/// The limits of one graded process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// CPU time that one step may take, in milliseconds.
    pub cpu_ms_per_step: u64,
    /// CPU time that all steps of one schedule may take which were slow enough to be looked at, in milliseconds.
    pub cpu_ms_per_schedule: u64,
    /// How long its threads may sleep in the middle of a step, in milliseconds.
    pub blocked_ms: u64,
    /// Real time that one step may take, in seconds; after that the machine is blamed.
    pub wall_s: u64,
    /// Address space, in mebibytes; 0 is no limit.
    pub memory_mib: u64,
    /// CPU time of the whole process, in seconds, kept by the kernel should the grader be stopped; 0 is no limit.
    pub cpu_s_total: u64,
    /// Captured output of one schedule, in bytes.
    pub output_bytes: usize,
    /// All frames that a process sends in one schedule, in bytes: what it stores is kept in the grader's memory.
    pub frame_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            cpu_ms_per_step: 2_000,
            cpu_ms_per_schedule: 4_000,
            blocked_ms: 1_000,
            wall_s: 30,
            memory_mib: 1_024,
            cpu_s_total: 3_600,
            output_bytes: 1 << 20,
            frame_bytes: 256 << 20,
        }
    }
}

/// A batch may take so many times its CPU time in real time, on a machine that has more to do.
const WALL_FACTOR: u64 = 4;

impl Limits {
    /// The same, but for a batch that may use `cpu_max` of CPU time, all threads together.
    pub(crate) fn for_batch(self, cpu_max: Duration) -> Limits {
        let cpu_ms = u64::try_from(cpu_max.as_millis()).unwrap_or(u64::MAX);
        Limits {
            cpu_ms_per_step: self.cpu_ms_per_step.max(cpu_ms),
            cpu_ms_per_schedule: u64::MAX,
            wall_s: self.wall_s.max(cpu_max.as_secs().saturating_mul(WALL_FACTOR)),
            ..self
        }
    }

    /// None, for a process that waits in a debugger.
    pub fn none() -> Limits {
        Limits {
            cpu_ms_per_step: u64::MAX,
            cpu_ms_per_schedule: u64::MAX,
            blocked_ms: u64::MAX,
            wall_s: u64::MAX,
            memory_mib: 0,
            cpu_s_total: 0,
            output_bytes: usize::MAX,
            frame_bytes: usize::MAX,
        }
    }
}
