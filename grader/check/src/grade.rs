//! The result of grading one submission: what `kata grade --json` prints.

use crate::{Judgement, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The result of grading one submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// The kata's id.
    pub kata: String,
    /// Where the submission stands.
    pub path: String,
    /// The seed that everything random came from.
    pub seed: u64,
    /// The hash over the contract's wire shape, as 16 hexadecimal digits.
    pub contract: String,
    /// Points.
    pub score: Score,
    /// Every requirement of the kata, in the order a learner meets them.
    pub requirements: Vec<Judgement>,
    /// What it takes to repeat this grade.
    pub receipt: Receipt,
    /// Where the time went. Not part of what must repeat.
    pub seconds: Seconds,
}

impl Grade {
    /// The worst verdict there is: `Fail` before `Inconclusive` before `Pass`. Skipped requirements and missed bonuses do not
    /// count.
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.requirements.iter().any(|judgement| judgement.verdict == verdict);
        if any(Verdict::Fail) {
            Verdict::Fail
        } else if any(Verdict::Inconclusive) {
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        }
    }
}

/// Points earned of points there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Points earned, without those for a bonus.
    pub earned: u32,
    /// Points of all requirements selected but bonuses, skipped ones included.
    pub possible: u32,
    /// Points earned on top.
    #[serde(default)]
    pub bonus: u32,
}

impl Score {
    /// The points of these judgements.
    pub fn of(judgements: &[Judgement]) -> Score {
        let mut score = Score::default();
        for judgement in judgements {
            if judgement.bonus {
                score.bonus += judgement.earned;
            } else {
                score.earned += judgement.earned;
                score.possible += judgement.points;
            }
        }
        score
    }
}

/// What it takes to repeat a grade: hashes (SHA-256, hexadecimal) and versions by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Receipt(pub BTreeMap<String, String>);

/// Wall time, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Building the submission.
    pub build: f64,
    /// Judging it.
    pub grade: f64,
}
