//! What a run says when something is wrong whatever the scenario: one small function per event.
//!
//! Each answers three questions in plain words: what happened, what should have, what to do.

use crate::host::HostError;
use kata_check::Complaint;
use kata_ports::NodeId;
use kata_ports::wire::Violation;

/// All calls stand still and nothing is in flight.
pub(crate) fn deadlock<'a>(waiting: impl Iterator<Item = (&'a str, &'a str, NodeId)>) -> Complaint {
    let waiting: Vec<String> =
        waiting.map(|(method, caller, node)| format!("`{method}` of {caller} at {node}")).collect();
    let who = if waiting.is_empty() { "the scenario".to_owned() } else { waiting.join(", ") };
    Complaint::new(
        "deadlock: nothing is in flight and nothing will happen",
        "every call returns or waits for something that can come",
        format!(
            "{who} still waits, for something inside the program (a lock held across an `.await`, a channel nobody sends to)"
        ),
    )
}

/// `open` stands still.
pub(crate) fn open_hangs(node: NodeId) -> Complaint {
    Complaint::new(
        "`open` never returns",
        "`open` returns, with an error if it must; work without end belongs in `background`",
        format!("`open` of {node} waits for something that cannot come"),
    )
}

/// A node asks and asks.
pub(crate) fn runaway(steps: u64) -> Complaint {
    Complaint::new(
        "the program asks without end",
        "loops that wait for something use `clock.sleep` or a long poll",
        format!("{steps} steps, and no end in sight"),
    )
}

/// What the summary of a complaint about a `todo!` ends with.
const UNWRITTEN: &str = "is not implemented yet";

/// Whether the summary of a complaint says that the program has a `todo!` where it should have code.
pub fn is_unwritten(summary: &str) -> bool {
    summary.ends_with(UNWRITTEN)
}

/// A task panicked.
pub(crate) fn panicked(node: NodeId, method: Option<&str>, message: &str, location: &str) -> Complaint {
    let place = method.map_or_else(|| node.to_string(), |method| format!("`{method}` at {node}"));
    if message.starts_with("not yet implemented") || message.starts_with("not implemented") {
        let what = method.map_or_else(|| "this".to_owned(), |method| format!("`{method}`"));
        return Complaint::new(
            format!("{what} {UNWRITTEN}"),
            "an implementation",
            format!("{message}, at {location}"),
        );
    }
    // Tokio's own words when its time or I/O is used: https://docs.rs/tokio
    if message.contains("timers are disabled") || message.contains("no reactor running") {
        return Complaint::new(
            format!("{place} uses tokio's own timers or I/O"),
            "time comes from `env.clock()` (sleep, timeout), which the datacentre can turn",
            format!("panicked at {location}: {message}"),
        );
    }
    Complaint::new(
        format!("{place} panicked"),
        "an answer or an error for every input",
        format!("panicked at {location}: {message}"),
    )
}

/// The runtime caught the process at something.
pub(crate) fn violation(violation: Violation) -> Complaint {
    match violation {
        Violation::Thread => Complaint::new(
            "the program starts a thread",
            "concurrency within a node comes from `tokio::spawn`; threads would run outside virtual time",
            "a call of `std::thread::spawn`, `tokio::task::spawn_blocking` or alike",
        ),
        Violation::ThreadSleep => Complaint::new(
            "the program puts its whole thread to sleep",
            "waiting goes through `env.clock().sleep(..)`, which lets other tasks run",
            "a call of `std::thread::sleep` or alike",
        ),
        Violation::OutputFlood => Complaint::new(
            "the program floods its output",
            "at most 1 MiB of output in one run",
            "more than that; perhaps a loop prints without end",
        ),
    }
}

/// A node answered what it was not asked.
pub(crate) fn nonsense(node: NodeId) -> Complaint {
    Complaint::new(
        "the program's frames make no sense",
        "the sdk's runtime, unchanged, talks to the grader",
        format!("{node} answered, asked or slept under a number that is not its to use"),
    )
}

/// The process failed. `None` if that is not the submission's doing.
pub(crate) fn host_error(error: &HostError) -> Option<Complaint> {
    let (summary, expected, observed) = match error {
        HostError::Exited { code } => (
            "the process ended itself",
            "a node runs until the datacentre stops it",
            format!("it exited with code {code} (`std::process::exit`?)"),
        ),
        HostError::Signalled { signal, last_words } => (
            "the process died",
            "a node runs until the datacentre stops it",
            format!("{}{}", signal_name(*signal), last_line(last_words)),
        ),
        HostError::Busy { limit_ms } => (
            "a node computes without end",
            "every step ends quickly: handlers wait with `.await`",
            format!(
                "more than {limit_ms} ms of CPU time without a pause (a loop without an end or an `.await`?)"
            ),
        ),
        HostError::Blocked => (
            "a node blocked its thread",
            "waiting goes through `.await`, so that other tasks of the node can run",
            "the thread sleeps in the operating system (a `std::sync::Mutex` held across an `.await`?)"
                .to_owned(),
        ),
        HostError::Memory { limit_mib } => (
            "the process used up its memory",
            "a node needs less memory than the limit",
            format!("it asked for more than {limit_mib} MiB"),
        ),
        HostError::Malformed { why } => (
            "the program's frames make no sense",
            "the sdk's runtime, unchanged, talks to the grader",
            why.clone(),
        ),
        HostError::Violation(caught) => return Some(violation(*caught)),
        HostError::OtherContract => (
            "the program was built against another version of the contract",
            "the contract that this grader knows",
            "another one; `kata start` writes the current one".to_owned(),
        ),
        HostError::Stalled { .. } | HostError::Ours(_) => return None,
    };
    Some(Complaint::new(summary, expected, observed))
}

fn signal_name(signal: i32) -> String {
    match signal {
        4 => "illegal instruction".to_owned(),
        6 => "it aborted".to_owned(),
        8 => "arithmetic fault".to_owned(),
        9 => "it was killed".to_owned(),
        11 => "it touched memory that is not its own, or its stack overflowed".to_owned(),
        31 => "it made a system call that the sandbox does not allow".to_owned(),
        _ => format!("signal {signal}"),
    }
}

fn last_line(words: &str) -> String {
    words
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map_or_else(String::new, |line| format!(": {line}"))
}
