//! Clicks: appended to the log when a link is resolved, added up in the table in the background.
//!
//! Clicks come in batches (`gathering`). A batch has an id, and the table remembers the ids it has counted. So a batch may come
//! as often as it likes, from the log or past it.

use super::gathering::{Batch, Gathering};
use super::patience::{FOR_EXTRAS, hedged, insist};
use kata::{Clock, Condition, Consumer, LogError, Record, Table, TableError, Topic};
use std::collections::BTreeMap;
use std::time::Duration;
use url_shortener::Env;

/// How many batches are polled at once.
const BATCHES: u32 = 50;
/// A transaction holds that many writes: one for each batch, and one for each link that was clicked on.
const WRITES_MAX: usize = 100;
/// How long a poll waits for a click: less than clicks may take, in case a partition changes hands unnoticed.
const POLL: Duration = Duration::from_secs(5);
/// How long to wait when the log or the table is in trouble.
const PAUSE: Duration = Duration::from_millis(500);
/// How long ids are remembered: longer than the log keeps a record that nobody has committed.
const IDS_REMEMBERED: Duration = Duration::from_secs(8 * 24 * 3_600);

/// Records and counts clicks.
pub(super) struct Clicks {
    env: Env,
    clock: Clock,
    gathering: Gathering,
    topic: Topic<Batch>,
    /// The ids of batches that were counted.
    counted: Table<()>,
    /// The sum, by code.
    totals: Table<u64>,
}

impl Clicks {
    pub(super) fn new(env: &Env) -> Clicks {
        Clicks {
            env: env.clone(),
            clock: env.clock(),
            gathering: Gathering::new(env.clock(), env.random()),
            topic: env.topic("clicks"),
            counted: env.table("counted"),
            totals: env.table("clicks"),
        }
    }

    /// Makes sure that a click will be counted.
    pub(super) async fn record(&self, code: &str) -> Result<(), TableError> {
        self.gathering.join(code, async |batch| self.record_all(batch).await).await
    }

    async fn record_all(&self, batch: Batch) -> Result<(), TableError> {
        // The id is the key: clicks need no order, and those of a famous link share no partition.
        let append = hedged(&self.clock, || self.topic.append(&batch.id, &batch));
        let appended = self.clock.timeout(FOR_EXTRAS, append).await;
        if let Some(Ok(_)) = appended {
            return Ok(());
        }
        // The log may have it or not; under its id it counts once either way.
        self.count(vec![batch]).await
    }

    /// The clicks of a link that were counted.
    pub(super) async fn total(&self, code: &str) -> Result<u64, TableError> {
        let total = insist(&self.clock, || self.totals.get(code)).await?;
        Ok(total.map_or(0, |item| item.value))
    }

    /// Counts the clicks in the log, those of the partitions that this node has.
    pub(super) async fn count_forever(&self) {
        let mut consumer = self.topic.consumer("counters");
        loop {
            match consumer.poll(BATCHES, POLL).await {
                Ok(records) => self.count_records(&consumer, records).await,
                Err(_) => self.clock.sleep(PAUSE).await,
            }
        }
    }

    async fn count_records(&self, consumer: &Consumer<Batch>, records: Vec<Record<Batch>>) {
        for batches in transactions(&records) {
            // The next poll would not bring them again, so they are not let go before they are counted.
            while self.count(batches.clone()).await.is_err() {
                self.clock.sleep(PAUSE).await;
            }
        }
        let last: BTreeMap<u32, &Record<Batch>> =
            records.iter().map(|record| (record.partition, record)).collect();
        for record in last.into_values() {
            // What is not committed comes again and counts nothing then.
            let _: Result<(), LogError> = consumer.commit(record).await;
        }
    }

    /// Counts the batches that have not been counted; all of them in one transaction.
    async fn count(&self, mut batches: Vec<Batch>) -> Result<(), TableError> {
        // The log may hold a batch twice, and a transaction writes no row twice.
        batches.sort_by(|one, other| one.id.cmp(&other.id));
        batches.dedup_by(|one, other| one.id == other.id);
        let forget_at = self.clock.now() + IDS_REMEMBERED;
        while !batches.is_empty() {
            let sums = sums(&batches);
            let counted = insist(&self.clock, || {
                let ids = batches.iter().fold(self.env.transaction(), |transaction, batch| {
                    transaction.put_until(&self.counted, &batch.id, &(), Condition::Absent, forget_at)
                });
                let all = sums
                    .iter()
                    .fold(ids, |transaction, (code, sum)| transaction.add(&self.totals, *code, "", *sum));
                all.commit()
            });
            match counted.await {
                Ok(_) => return Ok(()),
                // That one has been counted before. The others go on without it.
                Err(TableError::ConditionFailed { write, .. }) if write < batches.len() => {
                    batches.remove(write);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The clicks of several batches, by code.
fn sums(batches: &[Batch]) -> BTreeMap<&str, i64> {
    let mut sums = BTreeMap::new();
    for (code, clicks) in batches.iter().flat_map(|batch| &batch.clicks) {
        *sums.entry(code.as_str()).or_default() += *clicks as i64;
    }
    sums
}

/// Divides the batches among as few transactions as will hold them.
fn transactions(records: &[Record<Batch>]) -> Vec<Vec<Batch>> {
    let mut transactions: Vec<Vec<Batch>> = Vec::new();
    for record in records {
        let mut last = transactions.pop().unwrap_or_default();
        last.push(record.value.clone());
        if last.len() > 1 && last.len() + sums(&last).len() > WRITES_MAX {
            let next = last.split_off(last.len() - 1);
            transactions.push(last);
            last = next;
        }
        transactions.push(last);
    }
    transactions
}
