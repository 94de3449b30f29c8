//! What happened in one run, as people read it.

use serde::{Deserialize, Serialize};

/// What happened in one run, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(pub Vec<Line>);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Virtual microseconds since the run began.
    pub at_us: u64,
    /// Who acted: a client, `node-1`, a service, `datacentre`.
    pub from: String,
    /// To whom; empty for something that happens to `from` itself (a crash, printed text).
    pub to: String,
    /// What, in a few words: `put seats/A1 if absent`.
    pub what: String,
    /// What came of it, if it is known within the line: `free`, `Ok(hold 1)`, `timed out`.
    pub outcome: String,
    /// What sort of thing it is.
    pub kind: LineKind,
}

/// What sort of thing a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// A client's call reaches a node.
    Call,
    /// A node's answer reaches its client.
    Return,
    /// A request takes effect at a service; `outcome` is the reply.
    Request,
    /// Something that a service did not answer, or an answer that came late.
    Trouble,
    /// A node started, crashed, panicked.
    Node,
    /// A rule of the scenario: an outage begins, everything heals.
    Rule,
    /// Text that the program printed.
    Output,
}
