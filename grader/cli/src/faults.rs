//! Known faults: wrong solutions of which it is on record what they fail, and what their authors thought. A failure that looks
//! like one of them may be one of them.

use kata_check::{Grade, Verdict};
use kata_report::verify::failures;
use std::collections::BTreeSet;

/// What is on record of the wrong solutions of one kata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFaults {
    /// The kata's id.
    pub kata: &'static str,
    /// What they fail: the matrix of `kata verify`.
    pub matrix: &'static str,
    /// Their ids, and what the author of each thought.
    pub thoughts: &'static [(&'static str, &'static str)],
}

/// A wrong solution that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownFault {
    /// Its id, a few words in snake case.
    pub(crate) id: &'static str,
    /// What its author thought.
    pub(crate) thinking: &'static str,
    /// The requirements that it fails.
    fails: BTreeSet<String>,
}

/// How much alike two sets of requirements must be: what they share, of all that is in either. Two of three is the least that
/// more speaks for than against.
const ALIKE: (usize, usize) = (2, 3);

impl KnownFaults {
    /// The fault that fails what a graded solution failed, requirement by requirement, as far as they were judged: exactly, or
    /// else more nearly than any other. `None` where two are as near, where nothing passed, so that nothing tells one fault from
    /// another, and where something is not written yet.
    pub(crate) fn resembling(&self, grade: &Grade) -> Option<KnownFault> {
        let with = |verdict| grade.requirements.iter().filter(move |judgement| judgement.verdict == verdict);
        let failed: BTreeSet<&str> = with(Verdict::Fail).map(|judgement| judgement.id.as_str()).collect();
        let passed: BTreeSet<&str> = with(Verdict::Pass).map(|judgement| judgement.id.as_str()).collect();
        let mut reasons = with(Verdict::Fail).filter_map(|judgement| judgement.counterexample.as_ref());
        if failed.is_empty()
            || passed.is_empty()
            || reasons.any(|found| kata_sim::is_unwritten(&found.summary))
        {
            return None;
        }
        let alike = |fault: &KnownFault| {
            let fails = |requirement: &&&str| fault.fails.contains(**requirement);
            let shared = failed.iter().filter(fails).count();
            (shared, failed.len() + passed.iter().filter(fails).count())
        };
        // a/b against c/d, without fractions.
        let near = |(a, b): (usize, usize), (c, d): (usize, usize)| (a * d).cmp(&(c * b));
        let mut candidates: Vec<((usize, usize), KnownFault)> =
            self.all().into_iter().map(|fault| (alike(&fault), fault)).collect();
        candidates.retain(|(alike, _)| near(*alike, ALIKE).is_ge());
        candidates.sort_by(|(one, _), (other, _)| near(*other, *one));
        let is_tie =
            matches!(candidates.as_slice(), [(one, _), (other, _), ..] if near(*one, *other).is_eq());
        if is_tie { None } else { candidates.into_iter().next().map(|(_, fault)| fault) }
    }

    fn all(&self) -> Vec<KnownFault> {
        let mut failures = failures(self.matrix);
        let known = self.thoughts.iter();
        known
            .filter_map(|&(id, thinking)| Some(KnownFault { id, thinking, fails: failures.remove(id)? }))
            .collect()
    }
}

impl KnownFault {
    /// Its id as people read it: `check then act`.
    pub(crate) fn title(&self) -> String {
        self.id.replace('_', " ")
    }

    /// Whether it fails this requirement.
    pub(crate) fn fails(&self, requirement: &str) -> bool {
        self.fails.contains(requirement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kata_check::{Counterexample, History, Judgement, Level, Receipt, Score, Seconds};

    const KNOWN: KnownFaults = KnownFaults {
        kata: "ticket-booking",
        matrix: "ticket-booking  6 requirements
  ✔ stub              ✘✘ ✘✘✘ ✘
  ✔ reference         ·· ··· ·
  ✔ always_refuses    ◆✘ ✘✘✘ ✘  a
  ✔ check_then_act    ·· ◆·· ✘  c
  ✔ forgets_the_hold  ·· ◆✘✘ ·  c
  ✔ locks_for_ever    ·· ·✘✘ ◆  f
  ✔ never_frees       ·· ·✘✘ ◆  f
  ✔ nobody_knows_why  ·◆ ··· ·  b
  · passes   ✘ fails   ◆ fails the requirement that should catch it   ? inconclusive

  reserve: a, b
  races: c, d, e
  crashes: f
",
        thoughts: &[
            ("always_refuses", "Nobody is refused wrongly."),
            ("check_then_act", "First look, then leap."),
            ("forgets_the_hold", "Memory is cheap."),
            ("locks_for_ever", "A lock is a lock."),
            ("never_frees", "Somebody will."),
        ],
    };

    fn judged(id: char, verdict: Verdict, summary: &str) -> Judgement {
        let told = |summary: &str| Counterexample {
            summary: summary.to_owned(),
            expected: String::new(),
            observed: String::new(),
            found_at: String::new(),
            history: History::default(),
            replay: String::new(),
        };
        Judgement {
            id: id.to_string(),
            stage: "races".to_owned(),
            level: Level::Concurrency,
            verdict,
            points: 1,
            bonus: false,
            earned: 0,
            schedules: 1,
            steps: 1,
            seconds: 0.0,
            measured: None,
            counterexample: (verdict == Verdict::Fail).then(|| told(summary)),
        }
    }

    /// What a solution resembles with these verdicts of `a` to `f`: passes, fails, skipped, inconclusive.
    fn resembles(verdicts: &str, summary: &str) -> Option<&'static str> {
        let verdict = |sign| match sign {
            '·' => Verdict::Pass,
            '✘' => Verdict::Fail,
            '?' => Verdict::Inconclusive,
            _ => Verdict::Skipped,
        };
        let requirements =
            ('a'..).zip(verdicts.chars()).map(|(id, sign)| judged(id, verdict(sign), summary)).collect();
        let grade = Grade {
            kata: "ticket-booking".to_owned(),
            path: ".".to_owned(),
            seed: 1,
            contract: String::new(),
            score: Score::default(),
            requirements,
            receipt: Receipt::default(),
            seconds: Seconds::default(),
        };
        KNOWN.resembling(&grade).map(|fault| fault.id)
    }

    #[test]
    fn what_fails_the_same_is_the_same() {
        let check =
            |verdicts, expected| assert_eq!(resembles(verdicts, "sold twice"), expected, "{verdicts}");
        check("··✘··✘", Some("check_then_act"));
        // The last stage was not judged.
        check("··✘··-", Some("check_then_act"));
        check("··✘✘✘-", Some("forgets_the_hold"));
        check("··✘✘✘·", Some("forgets_the_hold"));
        // Two of three.
        check("··✘✘··", Some("forgets_the_hold"));
        // One of two is too little.
        check("·✘✘···", None);
        // Two faults fail just this.
        check("··-✘✘✘", None);
        // On record without its author's words.
        check("·✘····", None);
        check("······", None);
        check("··✘?·✘", Some("check_then_act"));
    }

    #[test]
    fn what_is_not_written_yet_resembles_nothing() {
        assert_eq!(resembles("✘✘✘✘✘✘", "seat A1 is free"), None);
        assert_eq!(resembles("·✘✘✘✘✘", "seat A1 is free"), Some("always_refuses"));
        assert_eq!(resembles("·✘✘✘✘✘", "`confirm` is not implemented yet"), None);
    }
}
