//! Verdicts and what they rest on: outcomes of scenarios, histories, grades. Pure data and pure checkers.
//!
//! A scenario ends in an [`Outcome`]; many schedules of it make a [`Judgement`] of a requirement; the judgements of a kata make a
//! [`Grade`]. Nothing here decides how a schedule goes (`kata-sim`) or how a grade reads (`kata-report`).
//!
//! Checkers judge what clients saw: record it as [`Operations`], then ask [`linearizability::linearizable`] with a specification
//! from [`spec`]. Messages are judged as [`Delivery`], reads that may be behind as [`Staleness`], counts of what happens by chance
//! by [`chance`], errors that scatter by [`spread`], real time by [`speed`]. [`crafted`] has keys that no hash function without a
//! secret can bear, [`spoilt`] bytes that nobody should take.

pub mod chance;
pub mod crafted;
mod delivery;
mod grade;
mod history;
mod judgement;
mod level;
pub mod linearizability;
pub mod measured;
mod operations;
mod outcome;
pub mod recording;
pub mod spec;
pub mod speed;
pub mod spoilt;
pub mod spread;
mod staleness;
mod verdict;

pub use delivery::Delivery;
pub use grade::{Grade, Receipt, Score, Seconds};
pub use history::{History, Line, LineKind};
pub use judgement::{Counterexample, Judgement};
pub use level::Level;
pub use measured::Measured;
pub use operations::{Operation, OperationId, Operations};
pub use outcome::{Complaint, Outcome};
pub use staleness::Staleness;
pub use verdict::Verdict;
