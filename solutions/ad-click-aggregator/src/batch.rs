//! Many clicks in few writes.
//!
//! Each impression needs a mark of its own, but clicks of one ad and minute share an addition. So clicks are sorted by ad, and a
//! transaction takes as many as it holds.

use super::Accepted;
use kata::{Condition, Item};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most writes of a transaction.
const WRITES_MAX: usize = 100;
/// Rows that share the clicks of an ad. Half of 100,000 clicks a second go to one ad; at nearly a hundred clicks an addition
/// that is 500 additions, and 1,000 write units, for in a transaction each counts double. A partition takes 1,000.
pub(super) const SHARDS: u64 = 4;

/// The partition of an ad's row. The shard comes first and has one digit, so it is clear where the ad begins.
pub(super) fn row(shard: u64, ad: &str) -> String {
    format!("{shard}/{ad}")
}

/// An impression that is counted: in which minute, and in which of the ad's rows.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Counted {
    pub(super) minute: u64,
    pub(super) shard: u64,
}

/// What is to be noted of an impression.
pub(super) struct Mark<'a> {
    pub(super) click: &'a Accepted,
    pub(super) counted: Counted,
    /// That nobody has noted anything else meanwhile.
    pub(super) when: Condition,
}

/// Clicks that are counted in one transaction.
pub(super) struct Batch<'a> {
    shard: u64,
    marks: Vec<Mark<'a>>,
    sums: BTreeMap<(u64, &'a str, u64), i64>,
}

impl<'a> Batch<'a> {
    fn new(shard: u64) -> Batch<'a> {
        Batch { shard, marks: Vec::new(), sums: BTreeMap::new() }
    }

    pub(super) fn marks(&self) -> &[Mark<'a>] {
        &self.marks
    }

    /// What is to be added, by row, ad and minute.
    pub(super) fn sums(&self) -> &BTreeMap<(u64, &'a str, u64), i64> {
        &self.sums
    }

    pub(super) fn clicks(&self) -> impl Iterator<Item = &'a Accepted> {
        self.marks.iter().map(|mark| mark.click)
    }

    /// Whether there is room for any click: a mark, and two sums if it moves.
    fn is_full(&self) -> bool {
        self.marks.len() + self.sums.len() + 3 > WRITES_MAX
    }

    /// Counts a click whose impression is counted `before` in a later minute, or not at all.
    fn add(&mut self, click: &'a Accepted, before: Option<&Item<Counted>>) {
        let (shard, when) = match before {
            None => (self.shard, Condition::Absent),
            // A later click was seen first: after a wipe, new clicks come before the old ones are back. It moves inside its
            // row, which a report reads in one piece.
            Some(Item { value: Counted { minute, shard }, version, .. }) => {
                *self.sums.entry((*shard, &click.ad, *minute)).or_default() -= 1;
                (*shard, Condition::Version(*version))
            }
        };
        *self.sums.entry((shard, &click.ad, click.minute)).or_default() += 1;
        self.marks.push(Mark { click, counted: Counted { minute: click.minute, shard }, when });
    }
}

/// The earliest click of each impression, those of an ad together.
pub(super) fn firsts<'a>(clicks: &[&'a Accepted]) -> Vec<&'a Accepted> {
    let mut firsts: BTreeMap<&str, &Accepted> = BTreeMap::new();
    for click in clicks {
        let first = firsts.entry(&click.impression).or_insert(click);
        if click.minute < first.minute {
            *first = click;
        }
    }
    let mut firsts: Vec<&Accepted> = firsts.into_values().collect();
    firsts.sort_by_key(|click| (&click.ad, click.minute));
    firsts
}

/// As few batches as `clicks` take, if impressions are `counted` so far like that. One that is counted in its minute or an earlier
/// one needs nothing. The batches take the rows in turn.
pub(super) fn batches<'a>(
    clicks: &[&'a Accepted],
    counted: &BTreeMap<String, Item<Counted>>,
    first_shard: u64,
) -> Vec<Batch<'a>> {
    let mut batches: Vec<Batch<'a>> = Vec::new();
    for click in clicks {
        let before = counted.get(&click.impression);
        if before.is_some_and(|before| before.value.minute <= click.minute) {
            continue;
        }
        match batches.last_mut() {
            Some(batch) if !batch.is_full() => batch.add(click, before),
            _ => {
                let shard = first_shard.wrapping_add(batches.len() as u64) % SHARDS;
                let mut batch = Batch::new(shard);
                batch.add(click, before);
                batches.push(batch);
            }
        }
    }
    batches
}
