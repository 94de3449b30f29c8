//! What was counted, exactly, and what is demanded of a sketch that counted the same.

use count_min_sketch::{Config, CountMinSketchClient as Client, HeavyHitter};
use kata::keys::Keys;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::Expect;
use std::collections::{BTreeMap, BTreeSet};

/// Bounds are meant but for the rounding of an `f64`.
const ROUNDING: f64 = 1e-9;

/// How often keys came, by their numbers.
#[derive(Clone)]
pub(crate) struct Tally {
    keys: Keys,
    counts: Vec<u64>,
}

impl Tally {
    /// Keys numbered to before `distinct`, of which none came.
    pub(crate) fn new(keys: Keys, distinct: u64) -> Tally {
        Tally { keys, counts: vec![0; distinct as usize] }
    }

    /// Keys that came equally often.
    pub(crate) fn even(keys: Keys, distinct: u64, count: u64) -> Tally {
        Tally { keys, counts: vec![count; distinct as usize] }
    }

    /// A stream after Zipf's law, as the drive `add_zipf` adds it.
    pub(crate) fn zipf(keys: Keys, distinct: u64) -> Tally {
        Tally { keys, counts: (1..=distinct).map(|rank| distinct / rank).collect() }
    }

    /// What remains when everything has been removed.
    pub(crate) fn emptied(&self) -> Tally {
        Tally::new(self.keys, self.counts.len() as u64)
    }

    /// This and another, of the same keys.
    pub(crate) fn plus(&self, other: &Tally) -> Tally {
        let sums = self.counts.iter().zip(&other.counts).map(|(one, other)| one + other);
        Tally { keys: self.keys, counts: sums.collect() }
    }

    /// Adds to keys, here and to a sketch: `count` in each of `rounds` rounds.
    pub(crate) async fn add(
        &mut self,
        sketch: &Client,
        numbers: std::ops::Range<u64>,
        count: u64,
        rounds: u64,
    ) -> Outcome {
        let (from, to) = (numbers.start, numbers.end);
        sketch.add_all(self.keys, from, to, count, rounds).await.expect_ok("adding")?;
        self.counts[from as usize..to as usize].iter_mut().for_each(|sum| *sum += count * rounds);
        Ok(())
    }

    /// Removes from keys, here and from a sketch.
    pub(crate) async fn remove(
        &mut self,
        sketch: &Client,
        numbers: std::ops::Range<u64>,
        count: u64,
    ) -> Outcome {
        let (from, to) = (numbers.start, numbers.end);
        let refused = sketch.remove_all(self.keys, from, to, count).await.expect_ok("removing")?;
        nothing_refused(refused)?;
        self.counts[from as usize..to as usize].iter_mut().for_each(|sum| *sum -= count);
        Ok(())
    }

    /// How often a key came.
    pub(crate) fn count(&self, number: u64) -> u64 {
        self.counts[number as usize]
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Demands the right total, and that no estimate is too low. `when` says when: ` after a merge`.
    pub(crate) async fn is_not_above(&self, sketch: &Client, when: &str) -> Outcome {
        self.estimates(sketch, when).await.map(drop)
    }

    /// Demands the same, and that no estimate is above the count by more than `error` of the total, nor is that of any key that never
    /// came. For sketches that are sure. `when` as above.
    pub(crate) async fn is_close_to(&self, sketch: &Client, error: f64, when: &str) -> Outcome {
        let estimates = self.estimates(sketch, when).await?;
        let (family, end) = (self.keys.family, self.counts.len() as u64);
        let others = sketch.estimate_all(self.keys, end, end + 100).await.expect_ok("estimates")?;
        let total = self.total();
        let margin = error * total as f64;
        let counts = self.counts.iter().copied().chain(std::iter::repeat(0));
        for ((number, count), estimate) in (0_u64..).zip(counts).zip(estimates.into_iter().chain(others)) {
            ensure!(
                estimate as f64 <= (count as f64 + margin) * (1.0 + ROUNDING),
                "an estimate is far too high{when}",
                "at most its count {count} and {error} of the total {total}, of key {number} of the family {family:?}",
                "{estimate}"
            );
        }
        Ok(())
    }

    async fn estimates(&self, sketch: &Client, when: &str) -> Result<Vec<u64>, Complaint> {
        let (sum, family) = (self.total(), self.keys.family);
        let total = sketch.total().await.expect_ok("the total")?;
        ensure!(total == sum, "the total is wrong{when}", "{sum}", "{total}");
        let end = self.counts.len() as u64;
        let estimates = sketch.estimate_all(self.keys, 0, end).await.expect_ok("estimates")?;
        for ((number, count), estimate) in self.counts.iter().enumerate().zip(&estimates) {
            ensure!(
                estimate >= count,
                "an estimate is too low{when}",
                "at least {count}, which was counted of key {number} of the family {family:?}",
                "{estimate}"
            );
        }
        Ok(estimates)
    }

    /// Demands the right list of heavy hitters, of a sketch that is sure. `when` as above.
    pub(crate) async fn is_listed_by(&self, sketch: &Client, config: &Config, when: &str) -> Outcome {
        let Config { error, heavy_share, .. } = *config;
        let (total, family) = (self.total() as f64, self.keys.family);
        let list = sketch.heavy_hitters().await.expect_ok("the list of heavy hitters")?;
        let falls = list.is_sorted_by(|one, next| one.estimate >= next.estimate);
        let estimates: Vec<u64> = list.iter().map(|hitter| hitter.estimate).collect();
        ensure!(
            falls,
            "the list of heavy hitters is out of order{when}",
            "the highest estimate first",
            "{estimates:?}"
        );
        let numbers: BTreeMap<Vec<u8>, u64> =
            (0..self.counts.len() as u64).map(|number| (self.keys.key(number), number)).collect();
        let mut listed = BTreeSet::new();
        for HeavyHitter { key, estimate } in &list {
            let Some(&number) = numbers.get(key).filter(|&&number| self.count(number) > 0) else {
                return Err(Complaint::new(
                    format!("a key is listed that never came{when}"),
                    "keys that were added",
                    format!("\"{}\"", key.escape_ascii()),
                ));
            };
            let (count, who) = (self.count(number), format!("key {number} of the family {family:?}"));
            ensure!(listed.insert(number), "a key is listed twice{when}", "{who} once", "twice");
            ensure!(
                count as f64 * (1.0 + ROUNDING) >= (heavy_share - error) * total,
                "a key is listed that is no heavy hitter{when}",
                "keys with at least {heavy_share} - {error} of the total {total}",
                "{who}, with {count}"
            );
            let bound = (count as f64 + error * total) * (1.0 + ROUNDING);
            ensure!(
                *estimate >= count && *estimate as f64 <= bound,
                "the list has a wrong estimate{when}",
                "{count} to {bound:.0} for {who}",
                "{estimate}"
            );
        }
        let length = list.len();
        for (number, count) in (0_u64..).zip(&self.counts) {
            ensure!(
                listed.contains(&number) || *count as f64 <= heavy_share * total * (1.0 + ROUNDING),
                "a heavy hitter is not listed{when}",
                "key {number} of the family {family:?}, with {count} of the total {total}",
                "a list of {length} others"
            );
        }
        Ok(())
    }
}

/// Demands that all removals succeeded.
pub(crate) fn nothing_refused(refused: Option<u64>) -> Outcome {
    match refused {
        None => Ok(()),
        Some(number) => Err(Complaint::new(
            "what was added cannot be removed",
            "Ok(()) for every count that the key has",
            format!("a removal of key {number} is refused"),
        )),
    }
}
