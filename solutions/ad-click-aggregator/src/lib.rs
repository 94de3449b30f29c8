//! The reference solution of the ad-click-aggregator kata: clicks go into a log, and whoever reads the log counts them.
//!
//! `click` appends to the log and answers; that record is the raw event. In the background every node is a member of one
//! consumer group, takes its share of the log and counts it. Records come again after crashes and rebalances, and visitors
//! click twice, so counting is idempotent: one transaction notes that an impression counts and adds it to its minute. To
//! count the whole log once more does no harm either, and that is all that `reconcile` does.

mod impression;

use ad_click_aggregator::{
    Ad, AdClickAggregator, Click, ClickError, Config, Env, Minute, MinuteClicks, PlaceError, Range,
    ReconcileError, RegisterError, ReportError,
};
use impression::Impressions;
use kata::{
    Caller, Condition, Consumer, Failure, LogError, OpenError, Record, Table, TableError, Time, Topic,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The most records read at once.
const PAGE: u32 = 100;
/// How long a poll waits for a first record.
const POLL_WAIT: Duration = Duration::from_secs(20);
/// The first pause after something failed. Each further one is twice as long, up to the longest.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause: far below the freshness that reports promise.
const PAUSE_MAX: Duration = Duration::from_secs(5);
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
    /// The clicks of each minute, by ad and minute. Derived from `clicks`.
    minutes: Table<i64>,
    /// Ads as the table has them. An ad never changes, so what was read once stays true.
    known: Mutex<BTreeMap<String, Arc<Registered>>>,
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

/// An impression that is counted.
#[derive(Serialize, Deserialize)]
struct Counted {
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
        let items = self.minutes.query(range.ad).between(sort_key(from)..sort_key(to)).all().await?;
        let counted = items.into_iter().filter_map(|item| {
            let minute = Minute(item.key.sort.parse().ok()?);
            let clicks = u64::try_from(item.value).ok().filter(|clicks| *clicks > 0)?;
            Some(MinuteClicks { minute, clicks })
        });
        Ok(counted.collect())
    }

    async fn reconcile(&self) -> Result<(), ReconcileError> {
        for (partition, end) in (0..).zip(self.clicks.end_offsets().await?) {
            let mut next = 0;
            while next < end {
                let records = self.clicks.read(partition, next, PAGE).await?;
                let Some(last) = records.last() else { break };
                next = last.offset + 1;
                for record in &records {
                    self.count(&record.value).await?;
                }
            }
        }
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
        let mut last = BTreeMap::new();
        for record in records {
            let mut pause = PAUSE_MIN;
            loop {
                match self.count(&record.value).await {
                    Ok(()) => break,
                    Err(TableError::Trouble(_)) => self.rest(&mut pause).await,
                    // It would fail for ever, and one record must not hold up the others.
                    Err(error) => {
                        eprintln!("left out: {error}");
                        break;
                    }
                }
            }
            last.insert(record.partition, record);
        }
        for record in last.into_values() {
            // Should this fail, the records come again, here or elsewhere.
            let _ = consumer.commit(record).await;
        }
    }

    /// Counts a click in its minute, unless its impression is counted already. However often and in whatever order clicks come
    /// here, the result is the same: each impression counts in the earliest minute that was seen of it.
    async fn count(&self, click: &Accepted) -> Result<(), TableError> {
        let mut before: Option<(u64, u64)> = None;
        loop {
            let when = match before {
                None => Condition::Absent,
                Some((_, version)) => Condition::Version(version),
            };
            let counted = Counted { minute: click.minute };
            let mut transaction = self
                .env
                .transaction()
                .put_until(
                    &self.counted,
                    &click.impression,
                    &counted,
                    when,
                    self.forgettable_at(click.minute),
                )
                .add(&self.minutes, (&click.ad, sort_key(click.minute)), "", 1);
            if let Some((minute, _)) = before {
                // A later click was seen first: after a wipe, new clicks come before the old ones are back.
                transaction = transaction.add(&self.minutes, (&click.ad, sort_key(minute)), "", -1);
            }
            match transaction.commit().await {
                Ok(_) => return Ok(()),
                Err(TableError::ConditionFailed { current: Some(item), .. }) => {
                    let Counted { minute } = item.decode()?;
                    if minute <= click.minute {
                        return Ok(());
                    }
                    before = Some((minute, item.version));
                }
                Err(TableError::ConditionFailed { current: None, .. }) => before = None,
                Err(error) => return Err(error),
            }
        }
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

/// Sort keys are compared as text: all of the same length.
fn sort_key(minute: u64) -> String {
    format!("{minute:020}")
}
