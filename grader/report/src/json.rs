//! A grade as programs read it: `kata grade --json`.
//!
//! Every requirement has every key, `null` or `[]` where there is nothing to tell, so that readers need no cases.

use kata_check::{Grade, Judgement, Level, Line, Measured, Receipt, Score, Seconds, Verdict};
use serde::Serialize;

/// The grade as one JSON object over several lines, with a line end.
pub fn grade(grade: &Grade) -> String {
    pretty(&GradeObject::new(grade))
}

/// Anything as JSON over several lines, with a line end.
pub fn pretty(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("reports have string keys and finite numbers only");
    text.push('\n');
    text
}

/// Anything as JSON on one line, without a line end.
pub(crate) fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("reports have string keys and finite numbers only")
}

/// A grade as programs read it.
#[derive(Serialize)]
pub(crate) struct GradeObject<'a> {
    kata: &'a str,
    path: &'a str,
    seed: u64,
    contract: &'a str,
    score: Score,
    requirements: Vec<RequirementObject<'a>>,
    receipt: &'a Receipt,
    seconds: Seconds,
}

impl<'a> GradeObject<'a> {
    pub(crate) fn new(grade: &'a Grade) -> GradeObject<'a> {
        GradeObject {
            kata: &grade.kata,
            path: &grade.path,
            seed: grade.seed,
            contract: &grade.contract,
            score: grade.score,
            requirements: grade.requirements.iter().map(RequirementObject::new).collect(),
            receipt: &grade.receipt,
            seconds: grade.seconds,
        }
    }
}

#[derive(Serialize)]
struct RequirementObject<'a> {
    id: &'a str,
    stage: &'a str,
    level: Level,
    verdict: Verdict,
    points: u32,
    bonus: bool,
    earned: u32,
    schedules: u64,
    steps: u64,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<&'a Measured>,
    summary: Option<&'a str>,
    expected: Option<&'a str>,
    observed: Option<&'a str>,
    found_at: Option<&'a str>,
    history: &'a [Line],
    replay: Option<&'a str>,
}

impl<'a> RequirementObject<'a> {
    fn new(judgement: &'a Judgement) -> RequirementObject<'a> {
        let found = judgement.counterexample.as_ref();
        RequirementObject {
            id: &judgement.id,
            stage: &judgement.stage,
            level: judgement.level,
            verdict: judgement.verdict,
            points: judgement.points,
            bonus: judgement.bonus,
            earned: judgement.earned,
            schedules: judgement.schedules,
            steps: judgement.steps,
            seconds: judgement.seconds,
            measured: judgement.measured.as_ref(),
            summary: found.map(|found| found.summary.as_str()),
            expected: found.map(|found| found.expected.as_str()),
            observed: found.map(|found| found.observed.as_str()),
            found_at: found.map(|found| found.found_at.as_str()),
            history: found.map_or(&[], |found| &found.history.0),
            replay: found.map(|found| found.replay.as_str()).filter(|token| !token.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn every_requirement_has_every_key() {
        let mut failed = fixtures::oversold();
        failed.counterexample.as_mut().unwrap().history.0.truncate(2);
        insta::assert_snapshot!(grade(&fixtures::grade(vec![
            fixtures::judged("holds_a_seat", "reserve", Verdict::Pass),
            failed,
            fixtures::judged("the_queue_is_fair", "waiting-room", Verdict::Skipped),
        ])));
    }
}
