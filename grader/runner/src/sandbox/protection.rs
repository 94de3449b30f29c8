//! What stands between a submission and this machine, for `kata doctor`.

use std::fmt;

/// One thing that the sandbox does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// A process of its own, killed when it is stuck, with an empty environment.
    Process,
    /// It ends when the grader does.
    EndsWithGrader,
    /// Limits on memory, files and CPU time.
    Limits,
    /// No file but its own program and the system's libraries.
    Files,
    /// No system call beyond a short list: no network, no other process.
    SystemCalls,
    /// CPU time per step is measured, and a blocked thread is noticed at once.
    Watched,
}

impl Measure {
    /// All of them, strongest last.
    pub const ALL: [Measure; 6] = [
        Measure::Process,
        Measure::EndsWithGrader,
        Measure::Limits,
        Measure::Watched,
        Measure::Files,
        Measure::SystemCalls,
    ];
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Measure::Process => "a process of its own",
            Measure::EndsWithGrader => "ends when the grader ends",
            Measure::Limits => "limited memory, files and CPU time",
            Measure::Files => "reads no files",
            Measure::SystemCalls => "no network and no other processes",
            Measure::Watched => "a step's CPU time and blocked threads are noticed",
        })
    }
}

/// Which measures this machine supports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    missing: Vec<(Measure, &'static str)>,
}

impl Protection {
    /// Asks the kernel.
    pub fn of_this_machine() -> Protection {
        Protection { missing: missing() }
    }

    /// The measures that are missing, each with the reason.
    pub fn missing(&self) -> &[(Measure, &'static str)] {
        &self.missing
    }

    /// Whether a measure is in force.
    pub fn has(&self, measure: Measure) -> bool {
        self.missing.iter().all(|(missing, _)| *missing != measure)
    }

    /// True if submissions of strangers can be graded here.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

#[cfg(target_os = "linux")]
fn missing() -> Vec<(Measure, &'static str)> {
    let mut missing = Vec::new();
    if !super::files::available() {
        missing.push((Measure::Files, "the kernel has no Landlock, or it is switched off"));
    }
    if !super::system_calls::available() {
        missing.push((Measure::SystemCalls, "the kernel has no seccomp filters"));
    }
    missing
}

#[cfg(not(target_os = "linux"))]
fn missing() -> Vec<(Measure, &'static str)> {
    const WHY: &str = "only Linux has this";
    let measures =
        [Measure::EndsWithGrader, Measure::Limits, Measure::Watched, Measure::Files, Measure::SystemCalls];
    measures.map(|measure| (measure, WHY)).to_vec()
}
