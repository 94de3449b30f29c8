//! Sorted sets: members ordered by score, and by name where scores are equal.

use super::Reply;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// A command on a sorted set. A set without members is no key. Scores are never NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SortedCommand {
    /// Adds a member, or gives it another score. Answered with whether it is new.
    Add {
        /// The member.
        member: String,
        /// Its score.
        score: f64,
    },
    /// Removes a member. Answered with whether it was there.
    Rem {
        /// The member.
        member: String,
    },
    /// Reads a member's score.
    Score {
        /// The member.
        member: String,
    },
    /// Reads members with their scores.
    Range {
        /// Which.
        span: Span,
        /// From the highest score to the lowest. Ranks then count from the highest, too.
        descending: bool,
        /// At most how many.
        limit: Option<u32>,
    },
    /// Removes all members with scores from `min` to `max`. Answered with how many.
    RemRangeByScore {
        /// The least score that goes.
        min: f64,
        /// The greatest score that goes.
        max: f64,
    },
    /// Counts the members.
    Card,
}

/// Which members of a sorted set. A span whose end lies before its start holds none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Span {
    /// By place in the order asked for, both ends included, counted from 0; negative ones from the end: -1 is the
    /// last.
    Rank {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// By score, both ends included.
    Score {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
}

/// Members ordered by score.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sorted {
    scores: BTreeMap<String, Score>,
    order: BTreeSet<(Score, String)>,
}

/// A score with an order: no NaN, and 0 has no sign.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Score(f64);

impl Eq for Score {}

impl Ord for Score {
    fn cmp(&self, other: &Score) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Score) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Score {
    fn new(score: f64) -> Score {
        // Adding a positive zero turns a negative one positive and leaves all else as it is.
        Score(score + 0.0)
    }
}

impl SortedCommand {
    pub(super) fn words(&self, key: &str) -> String {
        match self {
            SortedCommand::Add { member, score } => format!("zadd {key} {member} {score}"),
            SortedCommand::Rem { member } => format!("zrem {key} {member}"),
            SortedCommand::Score { member } => format!("zscore {key} {member}"),
            SortedCommand::Range { span, descending, limit } => {
                let span = match span {
                    Span::Rank { from, to } => format!("ranks {from} to {to}"),
                    Span::Score { min, max } => format!("scores {min} to {max}"),
                };
                let descending = if *descending { " descending" } else { "" };
                let limit = limit.map(|limit| format!(" limit {limit}")).unwrap_or_default();
                format!("zrange {key} {span}{descending}{limit}")
            }
            SortedCommand::RemRangeByScore { min, max } => format!("zremrangebyscore {key} {min} to {max}"),
            SortedCommand::Card => format!("zcard {key}"),
        }
    }

    pub(super) fn apply(&self, sorted: &mut Sorted) -> Reply {
        match self {
            SortedCommand::Add { member, score } => Reply::Flag(sorted.add(member, *score)),
            SortedCommand::Rem { member } => Reply::Flag(sorted.remove(member)),
            SortedCommand::Score { member } => Reply::Score(sorted.scores.get(member).map(|score| score.0)),
            SortedCommand::Range { span, descending, limit } => {
                let limit = limit.map_or(usize::MAX, |limit| limit as usize);
                Reply::Scored(sorted.range(*span, *descending, limit))
            }
            SortedCommand::RemRangeByScore { min, max } => {
                let members: Vec<String> =
                    sorted.by_score(*min, *max).map(|(_, member)| member.clone()).collect();
                Reply::Count(members.iter().filter(|member| sorted.remove(member)).count() as u64)
            }
            SortedCommand::Card => Reply::Count(sorted.scores.len() as u64),
        }
    }
}

impl Sorted {
    pub(super) fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    fn add(&mut self, member: &str, score: f64) -> bool {
        let score = Score::new(score);
        let before = self.scores.insert(member.to_owned(), score);
        if let Some(before) = before {
            self.order.remove(&(before, member.to_owned()));
        }
        self.order.insert((score, member.to_owned()));
        before.is_none()
    }

    fn remove(&mut self, member: &str) -> bool {
        match self.scores.remove(member) {
            Some(score) => self.order.remove(&(score, member.to_owned())),
            None => false,
        }
    }

    fn by_score(&self, min: f64, max: f64) -> impl DoubleEndedIterator<Item = &(Score, String)> {
        // The empty text is the least member of a score, so this is everything up to the next score.
        let end = match max {
            f64::INFINITY => Bound::Unbounded,
            max => Bound::Excluded((Score::new(max.next_up()), String::new())),
        };
        let start = Bound::Included((Score::new(min), String::new()));
        let found = (min <= max).then(|| self.order.range((start, end)));
        found.into_iter().flatten()
    }

    fn range(&self, span: Span, descending: bool, limit: usize) -> Vec<(String, f64)> {
        let told = |(score, member): &(Score, String)| (member.clone(), score.0);
        match span {
            Span::Score { min, max } if descending => {
                self.by_score(min, max).rev().take(limit).map(told).collect()
            }
            Span::Score { min, max } => self.by_score(min, max).take(limit).map(told).collect(),
            Span::Rank { from, to } => {
                let (skip, count) = places(from, to, self.order.len());
                let count = count.min(limit);
                match descending {
                    true => self.order.iter().rev().skip(skip).take(count).map(told).collect(),
                    false => self.order.iter().skip(skip).take(count).map(told).collect(),
                }
            }
        }
    }
}

/// How many places to skip and how many to take.
fn places(from: i64, to: i64, len: usize) -> (usize, usize) {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let place = |rank: i64| if rank < 0 { rank.saturating_add(len) } else { rank };
    let (from, to) = (place(from).max(0), place(to).min(len - 1));
    let count = to.saturating_sub(from).saturating_add(1).max(0);
    (usize::try_from(from).unwrap_or(usize::MAX), usize::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(span: Span, descending: bool, expected: &str) {
        let mut sorted = Sorted::default();
        for (member, score) in
            [("a", 1.0), ("b", 2.0), ("c", 2.0), ("d", 3.0), ("x", 9.0), ("e", 0.0), ("e", -0.0)]
        {
            sorted.add(member, score);
        }
        sorted.remove("x");
        let found: String =
            sorted.range(span, descending, 10).into_iter().map(|(member, _)| member).collect();
        assert_eq!(found, expected, "{span:?}");
    }

    #[test]
    fn ranks() {
        check(Span::Rank { from: 0, to: -1 }, false, "eabcd");
        check(Span::Rank { from: 0, to: 1 }, true, "dc");
        check(Span::Rank { from: -2, to: -1 }, false, "cd");
        check(Span::Rank { from: -99, to: 99 }, false, "eabcd");
        check(Span::Rank { from: 3, to: 2 }, false, "");
        check(Span::Rank { from: 5, to: 9 }, false, "");
        check(Span::Rank { from: i64::MIN, to: i64::MAX }, false, "eabcd");
        check(Span::Rank { from: i64::MAX, to: i64::MIN }, false, "");
    }

    #[test]
    fn scores() {
        check(Span::Score { min: 1.0, max: 2.0 }, false, "abc");
        check(Span::Score { min: 1.0, max: 2.0 }, true, "cba");
        check(Span::Score { min: f64::NEG_INFINITY, max: f64::INFINITY }, false, "eabcd");
        check(Span::Score { min: -0.0, max: 0.0 }, false, "e");
        check(Span::Score { min: 2.0, max: 1.0 }, false, "");
        check(Span::Score { min: 2.1, max: 2.9 }, false, "");
    }
}
