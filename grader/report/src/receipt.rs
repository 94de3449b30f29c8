//! The receipt file of a grade: what it takes to repeat it, and what it came to.

use kata_check::{Grade, Receipt, Score, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is kept of a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The kata's id.
    pub kata: String,
    /// What repeats it.
    pub receipt: Receipt,
    /// Points.
    pub score: Score,
    /// What each requirement said.
    pub verdicts: BTreeMap<String, Verdict>,
    /// The tokens of the runs that showed what is wrong, by requirement.
    pub replays: BTreeMap<String, String>,
}

impl Kept {
    /// What is kept of `grade`.
    pub fn of(grade: &Grade) -> Kept {
        let replays = grade.requirements.iter().filter_map(|judgement| {
            let found = judgement.counterexample.as_ref()?;
            Some((judgement.id.clone(), found.replay.clone()))
        });
        Kept {
            kata: grade.kata.clone(),
            receipt: grade.receipt.clone(),
            score: grade.score,
            verdicts: grade
                .requirements
                .iter()
                .map(|judgement| (judgement.id.clone(), judgement.verdict))
                .collect(),
            replays: replays.filter(|(_, token)| !token.is_empty()).collect(),
        }
    }
}
