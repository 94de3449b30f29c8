//! The reference solution of the ad-click-aggregator kata: clicks go into a log, and whoever reads the log counts them.
//!
//! `click` appends to the log and answers; that record is the raw event. In the background every node is a member of one
//! consumer group, takes its share of the log and counts it. Records come again after crashes and rebalances, and visitors
//! click twice, so counting is idempotent: one transaction notes that impressions count and adds them to their minutes. To
//! count the whole log once more does no harm either, and that is all that `reconcile` does.
//!
//! One ad may get half of all clicks. Records lie in the log by impression, so no partition of it is hot. A node collects
//! records for a moment and adds up those of an ad before it writes, so that one addition stands for up to a hundred clicks;
//! and as all nodes add to that ad, they spread their additions over a few rows. Its advertiser looks often: a node shows a
//! report again for a moment before it reads anew.

mod batch;
mod impression;
mod shown;

use ad_click_aggregator::{
    Ad, AdClickAggregator, Click, ClickError, Config, Env, Minute, MinuteClicks, PlaceError, Range,
    ReconcileError, RegisterError, ReportError,
};
use batch::{Batch, Counted, Mark, SHARDS, batches, firsts, row};
use impression::Impressions;
use kata::{
    Caller, Condition, Consumer, Failure, Item, LogError, OpenError, Record, Table, TableError, Time, Topic,
    Transaction,
};
use serde::{Deserialize, Serialize};
use shown::{Asked, Shown};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// The most records read at once: some hundred kilobytes.
const PAGE: u32 = 2_000;
/// How long a poll waits for a first record.
const POLL_WAIT: Duration = Duration::from_secs(20);
/// The first pause after something failed. Each further one is twice as long, up to the longest.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause: far below the freshness that reports promise.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The longest moment: how long a node collects records before it counts them, and how long it shows a report again. Longer
/// ones would save little more.
const MOMENT_MAX: Duration = Duration::from_millis(500);
/// How often a click tries to get into the log: two time-outs still leave the visitor his answer.
const APPENDS_MAX: u32 = 3;
/// Ads that a node keeps in memory; some kilobytes each at most.
const KNOWN_ADS_MAX: usize = 10_000;

/// Clicks in a log, counts in tables.
pub struct Aggregator {
    env: Env,
    config: Config,
    impressions: Impressions,
    ads: Table<Registered>,
    /// The raw events, by impression: clicks of one impression are in order, and no ad is too hot for one partition.
    clicks: Topic<Accepted>,
    /// Which impressions are counted, and in which minute. Derived from `clicks`.
    counted: Table<Counted>,
    /// The clicks of each minute, by ad and minute, each ad in a few rows: see [`row`]. Derived from `clicks`.
    minutes: Table<i64>,
    /// Ads as the table has them. An ad never changes, so what was read once stays true.
    known: Mutex<BTreeMap<String, Arc<Registered>>>,
    /// Reports that were read a moment ago.
    shown: Shown,
}

/// An ad and whose it is.
#[derive(PartialEq, Serialize, Deserialize)]
struct Registered {
    advertiser: String,
    redirect_url: String,
}

/// A click that was accepted, or one more click of the same impression.
#[derive(Serialize, Deserialize)]
struct Accepted {
    ad: String,
    impression: String,
    minute: u64,
}

impl AdClickAggregator for Aggregator {
    async fn open(env: Env, config: Config) -> Result<Aggregator, OpenError> {
        Ok(Aggregator {
            impressions: Impressions::new(&config.signing_key, config.impression_valid_for),
            ads: env.table("ads"),
            clicks: env.topic("clicks"),
            counted: env.table("counted").derived(),
            minutes: env.table("minutes").derived(),
            known: Mutex::default(),
            shown: Shown::new(moment(&config)),
            env,
            config,
        })
    }

    async fn background(self: Arc<Self>) {
        let mut consumer = self.clicks.consumer("counters");
        let mut pause = PAUSE_MIN;
        loop {
            match consumer.poll(PAGE, POLL_WAIT).await {
                Ok(records) => {
                    pause = PAUSE_MIN;
                    self.count_and_commit(&consumer, &records).await;
                    // More come meanwhile, and are cheaper together.
                    if records.len() < PAGE as usize {
                        self.env.clock().sleep(moment(&self.config)).await;
                    }
                }
                // The next poll goes on behind it.
                Err(error @ LogError::Undecodable { .. }) => eprintln!("left out: {error}"),
                Err(_) => self.rest(&mut pause).await,
            }
        }
    }

    async fn register_ad(&self, caller: &Caller, ad: Ad) -> Result<(), RegisterError> {
        if !self.is_id(&ad.id) {
            return Err(RegisterError::InvalidId);
        }
        if !self.is_url(&ad.redirect_url) {
            return Err(RegisterError::InvalidUrl);
        }
        let wanted = Registered { advertiser: caller.principal.clone(), redirect_url: ad.redirect_url };
        match self.ads.put(ad.id, &wanted).when(Condition::Absent).await {
            Ok(_) => Ok(()),
            // The same ad: perhaps this very call, whose first answer got lost.
            Err(TableError::ConditionFailed { current: Some(item), .. })
                if item.decode::<Registered>()? == wanted =>
            {
                Ok(())
            }
            Err(TableError::ConditionFailed { .. }) => Err(RegisterError::Taken),
            Err(error) if error.is_definite() => Err(RegisterError::Failed(Failure::Refused)),
            Err(error) => Err(error.into()),
        }
    }

    async fn place(&self, ad: String) -> Result<String, PlaceError> {
        // Reading is all that could fail here, and it has no effect.
        let known = self.ad(&ad).await.map_err(|_| PlaceError::Failed(Failure::Refused))?;
        known.ok_or(PlaceError::UnknownAd)?;
        Ok(self.impressions.issue(&ad, self.env.clock().now(), self.env.random().u128()))
    }

    async fn click(&self, Click { ad, impression }: Click) -> Result<String, ClickError> {
        let now = self.env.clock().now();
        if !self.impressions.is_good(&impression, &ad, now) {
            return Err(ClickError::UnknownImpression);
        }
        let known = self.ad(&ad).await.map_err(|_| ClickError::Failed(Failure::Refused))?;
        let known = known.ok_or(ClickError::UnknownImpression)?;
        let Minute(minute) = Minute::of(now);
        self.append(&Accepted { ad, impression, minute }).await.map_err(ClickError::Failed)?;
        Ok(known.redirect_url.clone())
    }

    async fn report(&self, caller: &Caller, range: Range) -> Result<Vec<MinuteClicks>, ReportError> {
        let ad = self.ad(&range.ad).await?.filter(|ad| ad.advertiser == caller.principal);
        ad.ok_or(ReportError::UnknownAd)?;
        let (Minute(from), Minute(to)) = (range.from, range.to);
        if from >= to || to - from > u64::from(self.config.report_minutes_max) {
            return Err(ReportError::InvalidRange);
        }
        let (asked, now) = (Asked { ad: range.ad, from, to }, self.env.clock().now());
        if let Some(minutes) = self.shown.again(&asked, now) {
            return Ok(minutes);
        }
        let minutes = self.minutes_of(&asked).await?;
        self.shown.keep(asked, now, minutes.clone());
        Ok(minutes)
    }

    async fn reconcile(&self) -> Result<(), ReconcileError> {
        for (partition, end) in (0..).zip(self.clicks.end_offsets().await?) {
            let mut next = 0;
            while next < end {
                let records = self.clicks.read(partition, next, PAGE).await?;
                let Some(last) = records.last() else { break };
                next = last.offset + 1;
                let clicks: Vec<&Accepted> = records.iter().map(|record| &record.value).collect();
                self.count(&clicks).await?;
            }
        }
        // Until then, nodes show reports that they read before.
        self.env.clock().sleep(moment(&self.config)).await;
        Ok(())
    }
}

impl Aggregator {
    fn is_id(&self, id: &str) -> bool {
        !id.is_empty() && id.len() <= self.config.ad_bytes_max as usize && !id.contains(char::is_control)
    }

    fn is_url(&self, url: &str) -> bool {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| !rest.is_empty())
            && url.len() <= self.config.url_bytes_max as usize
            && !url.contains(|c: char| c.is_whitespace() || c.is_control())
    }

    /// The ad of that id, if there is one. Most often from memory: a celebrity's ad must not wear out its row.
    async fn ad(&self, id: &str) -> Result<Option<Arc<Registered>>, TableError> {
        // Nothing else was ever registered, and the table would not take every text for a key.
        if !self.is_id(id) {
            return Ok(None);
        }
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ad) = known().get(id) {
            return Ok(Some(Arc::clone(ad)));
        }
        let Some(item) = self.ads.get(id).await? else { return Ok(None) };
        let ad = Arc::new(item.value);
        let mut known = known();
        if known.len() >= KNOWN_ADS_MAX {
            known.clear();
        }
        known.insert(id.to_owned(), Arc::clone(&ad));
        Ok(Some(ad))
    }

    /// Appends a click to the log, again if need be: a second record of an impression counts nothing.
    async fn append(&self, click: &Accepted) -> Result<(), Failure> {
        let (mut failure, mut pause) = (Failure::Refused, PAUSE_MIN);
        for attempt in 1..=APPENDS_MAX {
            match self.clicks.append(&click.impression, click).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_definite() => {}
                // Whatever becomes of the next attempts, this one may still arrive.
                Err(_) => failure = Failure::Unknown,
            }
            if attempt < APPENDS_MAX {
                self.rest(&mut pause).await;
            }
        }
        Err(failure)
    }

    /// Counts records that were polled, all of them, then says so. In this order: a crash in between repeats, and does not
    /// lose.
    async fn count_and_commit(&self, consumer: &Consumer<Accepted>, records: &[Record<Accepted>]) {
        let clicks: Vec<&Accepted> = records.iter().map(|record| &record.value).collect();
        let mut pause = PAUSE_MIN;
        let mut left = vec![clicks.as_slice()];
        while let Some(clicks) = left.pop() {
            match self.count(clicks).await {
                Ok(()) => {}
                Err(TableError::Trouble(_)) => {
                    left.push(clicks);
                    self.rest(&mut pause).await;
                }
                // It would fail for ever, and one record must not hold up the others.
                Err(error) if clicks.len() == 1 => eprintln!("left out: {error}"),
                Err(_) => left.extend(<[_; 2]>::from(clicks.split_at(clicks.len() / 2))),
            }
        }
        let last: BTreeMap<u32, &Record<Accepted>> =
            records.iter().map(|record| (record.partition, record)).collect();
        for record in last.into_values() {
            // Should this fail, the records come again, here or elsewhere.
            let _ = consumer.commit(record).await;
        }
    }

    /// Counts clicks in their minutes, unless their impressions are counted already. However often and in whatever order clicks
    /// come here, the result is the same: each impression counts in the earliest minute that was seen of it.
    async fn count(&self, clicks: &[&Accepted]) -> Result<(), TableError> {
        let mut left = firsts(clicks);
        // Almost all clicks are first ones: look only when a batch says that one of its clicks is not.
        let mut counted = BTreeMap::new();
        loop {
            let batches = batches(&left, &counted, self.env.random().u64());
            let written = at_once(batches.iter().map(|batch| self.write(batch).commit())).await;
            left.clear();
            for (batch, written) in batches.iter().zip(written) {
                match written {
                    Ok(_) => {}
                    Err(TableError::ConditionFailed { .. }) => left.extend(batch.clicks()),
                    Err(error) => return Err(error),
                }
            }
            if left.is_empty() {
                return Ok(());
            }
            counted = self.counted_of(&left).await?;
        }
    }

    /// One transaction: that the batch's impressions count, if nobody has noted anything else of them, and how many they are.
    fn write(&self, batch: &Batch<'_>) -> Transaction {
        let mut transaction = self.env.transaction();
        for Mark { click, counted, when } in batch.marks() {
            let forgettable_at = self.forgettable_at(click.minute);
            transaction = transaction.put_until(
                &self.counted,
                &click.impression,
                counted,
                when.clone(),
                forgettable_at,
            );
        }
        for (&(shard, ad, minute), &clicks) in batch.sums() {
            transaction = transaction.add(&self.minutes, (row(shard, ad), sort_key(minute)), "", clicks);
        }
        transaction
    }

    /// How impressions count that do, by impression.
    async fn counted_of(&self, clicks: &[&Accepted]) -> Result<BTreeMap<String, Item<Counted>>, TableError> {
        let looks = clicks.iter().map(|click| {
            let (counted, impression) = (self.counted.clone(), click.impression.clone());
            async move { counted.get(&impression).await }
        });
        let mut found = BTreeMap::new();
        for item in at_once(looks).await {
            if let Some(item) = item? {
                found.insert(item.key.partition.clone(), item);
            }
        }
        Ok(found)
    }

    /// Adds up the rows of an ad.
    async fn minutes_of(&self, Asked { ad, from, to }: &Asked) -> Result<Vec<MinuteClicks>, TableError> {
        let between = || sort_key(*from)..sort_key(*to);
        let queries = (0..SHARDS).map(|shard| self.minutes.query(row(shard, ad)).between(between()).all());
        let mut minutes: BTreeMap<u64, i64> = BTreeMap::new();
        for items in at_once(queries).await {
            for item in items? {
                if let Ok(minute) = item.key.sort.parse() {
                    *minutes.entry(minute).or_default() += item.value;
                }
            }
        }
        let counted = minutes.into_iter().filter_map(|(minute, clicks)| {
            let clicks = u64::try_from(clicks).ok().filter(|clicks| *clicks > 0)?;
            Some(MinuteClicks { minute: Minute(minute), clicks })
        });
        Ok(counted.collect())
    }

    /// From when on it need not be known that an impression counts in that minute: the log has forgotten its last click.
    fn forgettable_at(&self, minute: u64) -> Time {
        let Config { impression_valid_for, retention, horizon, .. } = self.config;
        Time::from_secs(minute.saturating_add(1).saturating_mul(60))
            + impression_valid_for
            + retention
            + horizon
    }

    async fn rest(&self, pause: &mut Duration) {
        self.env.clock().sleep(*pause).await;
        *pause = (*pause * 2).min(PAUSE_MAX);
    }
}

/// How long what is known may be old: counting and two of these are far from `Config::freshness`.
fn moment(config: &Config) -> Duration {
    (config.freshness / 20).min(MOMENT_MAX)
}

/// Sort keys are compared as text: all of the same length.
fn sort_key(minute: u64) -> String {
    format!("{minute:020}")
}

/// Runs them all at once and returns what they return, in order.
async fn at_once<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running = JoinSet::new();
    for (index, future) in futures.enumerate() {
        running.spawn(async move { (index, future.await) });
    }
    let mut returned = running.join_all().await;
    returned.sort_unstable_by_key(|(index, _)| *index);
    returned.into_iter().map(|(_, value)| value).collect()
}
