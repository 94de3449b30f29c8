//! Makes a failing run simpler: as few choices as possible that a quiet network would not have made.

use crate::plan::Tape;
use std::collections::BTreeMap;

/// Runs tried at most; a shorter story is worth this much and no more.
const TRIES_MAX: u32 = 300;
/// Steps' worth of work in all these runs together: a second or two. Runs of usual length never come near.
const WORK_MAX: u64 = 200_000;

/// What came of a run with fewer choices.
pub(crate) struct Tried {
    /// Whether it failed as the run did that is to be made simpler.
    pub(crate) fails: bool,
    /// How much work it was, in steps.
    pub(crate) work: u64,
}

/// The smallest tape found that still fails, starting from `tape`, which does. Delta debugging: leaves out halves, then
/// quarters, down to single choices, until nothing more can be left out; then makes what is left smaller.
pub(crate) fn shrink(tape: &Tape, mut run: impl FnMut(&Tape) -> Tried) -> Tape {
    let (mut tries, mut work) = (0, 0);
    let mut fails = |kept: &[(u64, u32)]| {
        if tries == TRIES_MAX || work >= WORK_MAX {
            return false;
        }
        let tried = run(&Tape(kept.iter().copied().collect()));
        tries += 1;
        work += tried.work;
        tried.fails
    };
    let mut kept: Vec<(u64, u32)> = tape.0.iter().map(|(&choice, &position)| (choice, position)).collect();
    if fails(&[]) {
        return Tape(BTreeMap::new());
    }
    let mut chunk = kept.len().div_ceil(2);
    while chunk > 0 {
        let before = kept.len();
        let mut start = 0;
        while start < kept.len() {
            let end = (start + chunk).min(kept.len());
            let without: Vec<(u64, u32)> = kept[..start].iter().chain(&kept[end..]).copied().collect();
            if fails(&without) {
                kept = without;
            } else {
                start = end;
            }
        }
        // Leaving one thing out may allow another: single choices are tried until none can go.
        if chunk > 1 || kept.len() == before {
            chunk /= 2;
        }
    }
    for index in 0..kept.len() {
        while kept[index].1 > 1 {
            let mut simpler = kept.clone();
            simpler[index].1 -= 1;
            if !fails(&simpler) {
                break;
            }
            kept = simpler;
        }
    }
    Tape(kept.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tape: &[(u64, u32)], fails: impl Fn(&BTreeMap<u64, u32>) -> bool, expected: &[(u64, u32)]) {
        let tape = Tape(tape.iter().copied().collect());
        let shrunk = shrink(&tape, |tape| Tried { fails: fails(&tape.0), work: 100 });
        assert_eq!(shrunk, Tape(expected.iter().copied().collect()));
    }

    #[test]
    fn keeps_only_what_matters() {
        let tape: Vec<(u64, u32)> = (1..100).map(|choice| (choice, 3)).collect();
        check(&tape, |_| true, &[]);
        check(&tape, |tape| tape.contains_key(&42), &[(42, 1)]);
        check(&tape, |tape| tape.contains_key(&7) && tape.get(&93) >= Some(&2), &[(7, 1), (93, 2)]);
    }

    #[test]
    fn what_cannot_be_left_out_stays() {
        check(&[(1, 1), (2, 1)], |tape| tape.len() == 2, &[(1, 1), (2, 1)]);
    }

    #[test]
    fn long_runs_are_tried_less_often() {
        let tape = Tape((1..100).map(|choice| (choice, 3)).collect());
        let mut tries = 0;
        shrink(&tape, |tape| {
            tries += 1;
            Tried { fails: tape.0.contains_key(&42), work: WORK_MAX / 4 }
        });
        assert_eq!(tries, 4);
    }
}
