//! Decides, while a process is expected to answer, when to stop expecting it.

use super::vital_signs::{self, VitalSigns};
use crate::limits::Limits;
use kata_ports::NodeId;
use kata_ports::wire::Violation;
use kata_sim::HostError;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// A thread that only wakes up now and then to look at a clock is as good as asleep: this much CPU time does not count.
const TWITCH: Duration = Duration::from_millis(10);

/// One wait for one answer. Made at its first tick, so that quick steps cost nothing.
pub(super) struct Watch {
    limits: Limits,
    node: NodeId,
    began: Instant,
    cpu_at_start: Option<Duration>,
    used: Duration,
    /// Since when all threads have been asleep, and the CPU time then.
    asleep_since: Option<(Instant, Duration)>,
}

impl Watch {
    pub(super) fn new(limits: Limits, node: NodeId, waited: Duration) -> Watch {
        let now = Instant::now();
        let began = now.checked_sub(waited).unwrap_or(now);
        Watch { limits, node, began, cpu_at_start: None, used: Duration::ZERO, asleep_since: None }
    }

    /// CPU time that the process used between the first look and the last.
    pub(super) fn used(&self) -> Duration {
        self.used
    }

    /// One look at the process; `Break` says what is wrong with it.
    pub(super) fn look(&mut self, pid: u32) -> ControlFlow<HostError> {
        self.judge(Instant::now(), vital_signs::look(pid))
    }

    fn judge(&mut self, now: Instant, signs: Option<VitalSigns>) -> ControlFlow<HostError> {
        if let Some(signs) = signs {
            if signs.crowded {
                return ControlFlow::Break(HostError::Violation(Violation::Thread));
            }
            self.used = signs.cpu.saturating_sub(*self.cpu_at_start.get_or_insert(signs.cpu));
            if self.used > Duration::from_millis(self.limits.cpu_ms_per_step) {
                return ControlFlow::Break(HostError::Busy { limit_ms: self.limits.cpu_ms_per_step });
            }
            let (since, cpu_then) = self.asleep_since.unwrap_or((now, signs.cpu));
            self.asleep_since =
                (signs.asleep && signs.cpu.saturating_sub(cpu_then) < TWITCH).then_some((since, cpu_then));
            if self.asleep_since.is_some() && now - since > Duration::from_millis(self.limits.blocked_ms) {
                return ControlFlow::Break(HostError::Blocked);
            }
        }
        if now - self.began > Duration::from_secs(self.limits.wall_s) {
            return ControlFlow::Break(HostError::Stalled { node: self.node, limit_s: self.limits.wall_s });
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every 20 ms at a process that uses `cpu_ms` in that time; gives its end and after how many milliseconds.
    fn watched(cpu_us: u64, asleep: bool) -> (HostError, u64) {
        let limits = Limits { wall_s: 5, ..Limits::default() };
        let mut watch = Watch::new(limits, NodeId(3), Duration::ZERO);
        let start = watch.began;
        for tick in 1.. {
            let signs = VitalSigns { cpu: Duration::from_micros(cpu_us * tick), asleep, crowded: false };
            let now = start + Duration::from_millis(20 * tick);
            if let ControlFlow::Break(error) = watch.judge(now, Some(signs)) {
                return (error, 20 * tick);
            }
        }
        unreachable!("the wall clock ends every wait")
    }

    #[test]
    fn computing_for_too_long_is_busy() {
        assert_eq!(watched(20_000, false), (HostError::Busy { limit_ms: 2_000 }, 2_040));
    }

    #[test]
    fn sleeping_in_the_middle_of_a_step_is_blocked() {
        assert_eq!(watched(0, true), (HostError::Blocked, 1_040));
        assert_eq!(watched(20, true), (HostError::Blocked, 1_040));
    }

    #[test]
    fn waiting_for_a_core_is_nobodys_fault() {
        let stalled = HostError::Stalled { node: NodeId(3), limit_s: 5 };
        assert_eq!(watched(0, false), (stalled.clone(), 5_020));
        assert_eq!(watched(5_000, true), (stalled, 5_020));
    }
}
