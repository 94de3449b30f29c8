//! Clicks: appended to the log when a link is resolved, added up in the table in the background.
//!
//! A click has an id, and the table remembers the ids it has counted. So a click may come as often as it likes, from the log
//! or past it.

use super::patience::{FOR_EXTRAS, insist};
use kata::{Clock, Condition, Consumer, LogError, Random, Record, Table, TableError, Topic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use url_shortener::Env;

/// How many clicks are counted at once. A transaction holds a hundred writes, and each click may need two.
const BATCH: u32 = 50;
/// How long a poll waits for a click: less than clicks may take, in case a partition changes hands unnoticed.
const POLL: Duration = Duration::from_secs(5);
/// How long to wait when the log or the table is in trouble.
const PAUSE: Duration = Duration::from_millis(500);
/// How long ids are remembered: longer than the log keeps a record that nobody has committed.
const IDS_REMEMBERED: Duration = Duration::from_secs(8 * 24 * 3_600);

/// One click.
#[derive(Serialize, Deserialize)]
struct Click {
    /// Names the click.
    id: String,
    code: String,
}

/// Records and counts clicks.
pub(super) struct Clicks {
    env: Env,
    clock: Clock,
    random: Random,
    topic: Topic<Click>,
    /// The ids of clicks that were counted.
    counted: Table<()>,
    /// The sum, by code.
    totals: Table<u64>,
}

impl Clicks {
    pub(super) fn new(env: &Env) -> Clicks {
        Clicks {
            env: env.clone(),
            clock: env.clock(),
            random: env.random(),
            topic: env.topic("clicks"),
            counted: env.table("counted"),
            totals: env.table("clicks"),
        }
    }

    /// Makes sure that a click will be counted.
    pub(super) async fn record(&self, code: &str) -> Result<(), TableError> {
        let click = Click { id: format!("{:032x}", self.random.u128()), code: code.to_owned() };
        // The id is the key: clicks need no order, and those of a famous link share no partition.
        let appended = self.clock.timeout(FOR_EXTRAS, self.topic.append(&click.id, &click)).await;
        if let Some(Ok(_)) = appended {
            return Ok(());
        }
        // The log may have it or not; under its id it counts once either way.
        self.count(BTreeMap::from([(click.id, click.code)])).await
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
            match consumer.poll(BATCH, POLL).await {
                Ok(records) => self.count_records(&consumer, records).await,
                Err(_) => self.clock.sleep(PAUSE).await,
            }
        }
    }

    async fn count_records(&self, consumer: &Consumer<Click>, records: Vec<Record<Click>>) {
        let ids =
            || records.iter().map(|record| (record.value.id.clone(), record.value.code.clone())).collect();
        // The next poll would not bring them again, so they are not let go before they are counted.
        while self.count(ids()).await.is_err() {
            self.clock.sleep(PAUSE).await;
        }
        let last: BTreeMap<u32, &Record<Click>> =
            records.iter().map(|record| (record.partition, record)).collect();
        for record in last.into_values() {
            // What is not committed comes again and counts nothing then.
            let _: Result<(), LogError> = consumer.commit(record).await;
        }
    }

    /// Counts clicks, given as code by id, that have not been counted.
    async fn count(&self, mut clicks: BTreeMap<String, String>) -> Result<(), TableError> {
        let forget_at = self.clock.now() + IDS_REMEMBERED;
        while !clicks.is_empty() {
            let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
            for code in clicks.values() {
                *sums.entry(code).or_default() += 1;
            }
            let counted = insist(&self.clock, || {
                let ids = clicks.keys().fold(self.env.transaction(), |transaction, id| {
                    transaction.put_until(&self.counted, id, &(), Condition::Absent, forget_at)
                });
                let all = sums
                    .iter()
                    .fold(ids, |transaction, (code, sum)| transaction.add(&self.totals, *code, "", *sum));
                all.commit()
            });
            match counted.await {
                Ok(_) => return Ok(()),
                // That one has been counted before. The others go on without it.
                Err(TableError::ConditionFailed { write, .. }) => {
                    let counted_before = clicks.keys().nth(write).cloned().unwrap_or_default();
                    clicks.remove(&counted_before);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
