//! Whole numbers, remembered as runs of consecutive ones: a million ids of one millisecond after the other are a few
//! hundred runs.

use std::collections::BTreeMap;

/// A set of numbers.
#[derive(Default)]
pub(crate) struct Runs {
    /// The last number of each run, by its first. No two runs overlap.
    runs: BTreeMap<u64, u64>,
}

impl Runs {
    /// Adds numbers that rise; a number that was there already, if one was.
    pub(crate) fn add(&mut self, rising: &[u64]) -> Option<u64> {
        let mut rest = rising;
        while let Some(&first) = rest.first() {
            let run = (0..).zip(rest).take_while(|&(offset, &number)| number - first == offset).count();
            let last = rest[run - 1];
            rest = &rest[run..];
            // The last run that begins at or before `last` is the only one that need be looked at: the others end before
            // it.
            if let Some((&other_first, &other_last)) = self.runs.range(..=last).next_back()
                && other_last >= first
            {
                return Some(other_first.max(first));
            }
            self.runs.insert(first, last);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there_already() {
        let check = |then: &[u64], expected: Option<u64>| {
            let mut runs = Runs::default();
            assert_eq!(runs.add(&[10, 11, 12, 20, 30, 31]), None);
            assert_eq!(runs.add(then), expected, "{then:?}");
        };
        check(&[0, 9, 13, 19, 21, 29, 32], None);
        check(&[12], Some(12));
        check(&[10], Some(10));
        check(&[5, 6, 7, 8, 9, 10], Some(10));
        check(&[12, 13, 14], Some(12));
        check(&[13, 14, 15, 16, 17, 18, 19, 20], Some(20));
        check(&[30], Some(30));
        check(&[1, 2, 3, 31], Some(31));
    }
}
