//! The last grade of each kata, kept whole: `kata report` draws it, `kata hint` compares it with known faults, and after an edit
//! the runs that it failed are the first of the next.

use crate::Problem;
use crate::files::replace;
use kata_check::{Grade, Receipt, Verdict};
use kata_sim::plan::{Plan, Token};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What of a receipt must be the same for a run of one grade to belong in the next. Another seed has other runs; another suite
/// may ask for other things.
const UNCHANGED: [&str; 4] = ["contract", "suite", "grader", "seed"];

/// The last grade of a kata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastGrade {
    /// The folder of what was graded.
    pub(crate) folder: PathBuf,
    /// Its grade.
    pub(crate) grade: Grade,
}

impl LastGrade {
    /// The last grade of `kata` that is kept in `state`. What another version of this program kept and this one cannot read
    /// counts as nothing: the next grade replaces it.
    pub(crate) fn load(state: &Path, kata: &str) -> Option<LastGrade> {
        serde_json::from_str(&fs::read_to_string(file(state, kata, "json")).ok()?).ok()
    }

    /// Keeps this in `state`, in place of the one before.
    pub(crate) fn save(&self, state: &Path) -> Result<(), Problem> {
        replace(&file(state, &self.grade.kata, "json"), kata_report::json::pretty(self).as_bytes())
    }

    /// The runs to begin with when what stands in `folder` is graded with this receipt, by requirement: those that failed, if
    /// it was edited since and nothing else changed. Without an edit the same grade is due, in the same words.
    pub(crate) fn failed_runs(&self, folder: &Path, receipt: &Receipt) -> BTreeMap<String, Plan> {
        let is_same = |name: &str| self.grade.receipt.0.get(name) == receipt.0.get(name);
        if self.folder != folder || is_same("submission") || !UNCHANGED.into_iter().all(is_same) {
            return BTreeMap::new();
        }
        let failed = self.grade.requirements.iter().filter(|judgement| judgement.verdict == Verdict::Fail);
        let run = |token: &str| Some(token.parse::<Token>().ok()?.plan);
        failed.filter_map(|one| Some((one.id.clone(), run(&one.counterexample.as_ref()?.replay)?))).collect()
    }
}

/// Where the report of a kata goes unless another file is named.
pub(crate) fn report(state: &Path, kata: &str) -> PathBuf {
    file(state, kata, "html")
}

fn file(state: &Path, kata: &str, extension: &str) -> PathBuf {
    state.join("last").join(format!("{kata}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kata_check::{Counterexample, History, Judgement, Level, Score, Seconds};

    fn receipt(submission: &str, suite: &str) -> Receipt {
        let entries = [("submission", submission), ("suite", suite), ("seed", "1")];
        Receipt(entries.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    fn judged(id: &str, verdict: Verdict, replay: Option<&str>) -> Judgement {
        let counterexample = replay.map(|replay| Counterexample {
            summary: "seat A1 was sold twice".to_owned(),
            expected: "once".to_owned(),
            observed: "twice".to_owned(),
            found_at: "schedule 41 of 500".to_owned(),
            history: History::default(),
            replay: replay.to_owned(),
        });
        Judgement {
            id: id.to_owned(),
            stage: "races".to_owned(),
            level: Level::Concurrency,
            verdict,
            points: 10,
            bonus: false,
            earned: 0,
            schedules: 41,
            steps: 900,
            seconds: 0.05,
            measured: None,
            counterexample,
        }
    }

    fn last() -> LastGrade {
        let grade = Grade {
            kata: "ticket-booking".to_owned(),
            path: ".".to_owned(),
            seed: 1,
            contract: "00ab".to_owned(),
            score: Score { possible: 30, ..Score::default() },
            requirements: vec![
                judged("passes", Verdict::Pass, None),
                judged("fails", Verdict::Fail, Some("fails@1:w41~12.1")),
                judged("is_unclear", Verdict::Inconclusive, Some("")),
            ],
            receipt: receipt("old", "suite"),
            seconds: Seconds { build: 0.61, grade: 0.42 },
        };
        LastGrade { folder: "/work/ticket-booking".into(), grade }
    }

    #[test]
    fn a_kept_grade_reads_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        last().save(folder.path()).unwrap();
        assert_eq!(LastGrade::load(folder.path(), "ticket-booking"), Some(last()));
        assert_eq!(LastGrade::load(folder.path(), "url-shortener"), None);
    }

    #[test]
    fn what_another_version_kept_counts_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        replace(&file(folder.path(), "ticket-booking", "json"), b"{\"version\": 7}").unwrap();
        assert_eq!(LastGrade::load(folder.path(), "ticket-booking"), None);
    }

    #[test]
    fn only_an_edit_of_the_same_crate_begins_with_what_failed() {
        let runs = |folder: &str, receipt: Receipt| last().failed_runs(Path::new(folder), &receipt);
        let edited = runs("/work/ticket-booking", receipt("new", "suite"));
        let told: Vec<String> = edited.iter().map(|(id, plan)| format!("{id} {plan}")).collect();
        assert_eq!(told, ["fails w41~12.1"]);
        assert!(runs("/work/ticket-booking", receipt("old", "suite")).is_empty());
        assert!(runs("/work/ticket-booking", receipt("new", "another")).is_empty());
        assert!(runs("/work/elsewhere", receipt("new", "suite")).is_empty());
    }
}
