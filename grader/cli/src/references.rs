//! What the reference of each kata measured at level `scale`, from the records of `kata verify --bless`.

use crate::Problem;
use kata_report::page::References;
use kata_report::scale::record;

/// What is on record of the reference of one kata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedFigures {
    /// The kata's id.
    pub kata: &'static str,
    /// What its reference measured: `fixtures/measured/<kata>.json`.
    pub record: &'static str,
}

impl RecordedFigures {
    /// What the reference measured, by requirement.
    pub(crate) fn references(&self) -> Result<References, Problem> {
        record::read(self.record)
            .map_err(|error| Problem::ours(format!("the figures of {}'s reference: {error}", self.kata)))
    }
}
