//! A right solution that counts while the visitor waits: no log, nothing derived, nothing to reconcile.
//!
//! A node gathers clicks for a few milliseconds and writes them in one transaction, which marks each impression as clicked, on the
//! condition that it is not marked yet, and adds to the minutes: trying again is harmless. An addition stands for all
//! clicks of an ad in it, and a celebrity's additions are spread over sixteen rows. An answer takes as long as two requests to
//! the table and the gathering.

mod shown;

use ad_click_aggregator::{
    Ad, AdClickAggregator, Click, ClickError, Config, Env, Minute, MinuteClicks, PlaceError, Range,
    ReconcileError, RegisterError, ReportError,
};
use kata::{Caller, Condition, Failure, OpenError, Table, TableError, Time, Transaction};
use serde::{Deserialize, Serialize};
use shown::{Asked, Shown};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Digits of an impression id: 128 random bits.
const ID_DIGITS: usize = 32;
/// How often clicks try to be written: two time-outs still leave the visitor his answer.
const ATTEMPTS_MAX: u32 = 3;
/// How long they wait in between.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a node gathers clicks before it writes them together.
const GATHERING: Duration = Duration::from_millis(5);
/// The most clicks of a transaction: a mark and a sum each.
const GATHERED_MAX: usize = 50;
/// Rows that share an ad's clicks.
const SHARDS: u64 = 16;
/// The longest moment for which a report is shown again.
const MOMENT_MAX: Duration = Duration::from_millis(500);
/// Ads that a node keeps in memory.
const KNOWN_ADS_MAX: usize = 10_000;

/// Clicks in a table.
pub struct Aggregator {
    env: Env,
    config: Config,
    ads: Table<Registered>,
    /// Which ad an impression was placed for, as long as it is valid.
    placed: Table<String>,
    /// The minute of an impression's first click, kept as long as it can be clicked again.
    clicked: Table<u64>,
    /// How many first clicks a minute had, by shard, ad and minute.
    minutes: Table<u64>,
    /// Ads as the table has them. They never change.
    known: Mutex<BTreeMap<String, Registered>>,
    shown: Shown,
    /// To `background`, which takes the other end.
    gathering: mpsc::UnboundedSender<Waiting>,
    gathered: Mutex<Option<mpsc::UnboundedReceiver<Waiting>>>,
}

/// An ad and whose it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Registered {
    advertiser: String,
    redirect_url: String,
}

/// An impression whose visitor waits; several visitors, if it was clicked several times in a moment.
struct Waiting {
    ad: String,
    impression: String,
    minute: u64,
    visitors: Vec<oneshot::Sender<Result<(), Failure>>>,
}

impl AdClickAggregator for Aggregator {
    async fn open(env: Env, config: Config) -> Result<Aggregator, OpenError> {
        let (ads, placed) = (env.table("ads"), env.table("placed"));
        let (clicked, minutes) = (env.table("clicked"), env.table("minutes"));
        let shown = Shown::new((config.freshness / 20).min(MOMENT_MAX));
        let (gathering, gathered) = mpsc::unbounded_channel();
        let (known, gathered) = (Mutex::default(), Mutex::new(Some(gathered)));
        Ok(Aggregator { env, config, ads, placed, clicked, minutes, known, shown, gathering, gathered })
    }

    async fn background(self: Arc<Self>) {
        let taken = self.gathered.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut gathered) = taken else { return };
        let mut clicks = Vec::new();
        while gathered.recv_many(&mut clicks, GATHERED_MAX).await > 0 {
            tokio::spawn(Arc::clone(&self).write(std::mem::take(&mut clicks)));
            self.env.clock().sleep(GATHERING).await;
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
            Err(TableError::ConditionFailed { current: Some(item), .. })
                if item.decode::<Registered>()? == wanted =>
            {
                Ok(())
            }
            Err(TableError::ConditionFailed { .. }) => Err(RegisterError::Taken),
            Err(error) => Err(error.into()),
        }
    }

    async fn place(&self, ad: String) -> Result<String, PlaceError> {
        self.ad(&ad).await?.ok_or(PlaceError::UnknownAd)?;
        let id = format!("{:032x}", self.env.random().u128());
        let expires_at = self.env.clock().now() + self.config.impression_valid_for;
        self.placed.put(&id, &ad).expires_at(expires_at).await?;
        Ok(id)
    }

    async fn click(&self, Click { ad, impression }: Click) -> Result<String, ClickError> {
        let refused = |_| ClickError::Failed(Failure::Refused);
        if impression.len() != ID_DIGITS || !impression.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ClickError::UnknownImpression);
        }
        let placed = self.placed.get(&impression).await.map_err(refused)?;
        placed.filter(|placed| placed.value == ad).ok_or(ClickError::UnknownImpression)?;
        let known = self.ad(&ad).await.map_err(refused)?.ok_or(ClickError::UnknownImpression)?;
        let Minute(minute) = Minute::of(self.env.clock().now());
        let (visitor, answered) = oneshot::channel();
        let waiting = Waiting { ad, impression, minute, visitors: vec![visitor] };
        self.gathering.send(waiting).map_err(|_| ClickError::Failed(Failure::Refused))?;
        answered.await.unwrap_or(Err(Failure::Unknown)).map_err(ClickError::Failed)?;
        Ok(known.redirect_url)
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
        let mut reading = JoinSet::new();
        for shard in 0..SHARDS {
            let query = self.minutes.query(row(shard, &asked.ad));
            reading.spawn(query.between(sort_key(from)..sort_key(to)).all());
        }
        let mut minutes: BTreeMap<Minute, u64> = BTreeMap::new();
        for rows in reading.join_all().await {
            for row in rows? {
                *minutes.entry(Minute(row.key.sort.parse().unwrap_or_default())).or_default() += row.value;
            }
        }
        let minutes: Vec<MinuteClicks> =
            minutes.into_iter().map(|(minute, clicks)| MinuteClicks { minute, clicks }).collect();
        self.shown.keep(asked, now, minutes.clone());
        Ok(minutes)
    }

    async fn reconcile(&self) -> Result<(), ReconcileError> {
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

    async fn ad(&self, id: &str) -> Result<Option<Registered>, TableError> {
        if !self.is_id(id) {
            return Ok(None);
        }
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ad) = known().get(id) {
            return Ok(Some(ad.clone()));
        }
        let Some(item) = self.ads.get(id).await? else { return Ok(None) };
        let mut known = known();
        if known.len() >= KNOWN_ADS_MAX {
            known.clear();
        }
        known.insert(id.to_owned(), item.value.clone());
        Ok(Some(item.value))
    }

    /// Writes first clicks, again if need be. One that is there already, by this attempt, an earlier one or another click, is as
    /// good.
    async fn write(self: Arc<Self>, clicks: Vec<Waiting>) {
        let mut clicks = each_once(clicks);
        let mut failure = Failure::Refused;
        let shard = self.env.random().u64() % SHARDS;
        let mut attempts = 0;
        while !clicks.is_empty() {
            match self.transaction(shard, &clicks).commit().await {
                Ok(_) => {
                    answer(clicks, Ok(()));
                    return;
                }
                Err(TableError::ConditionFailed { .. }) => {
                    if let Ok(marked) = self.marked(&clicks).await {
                        let (known, rest) =
                            clicks.into_iter().partition(|click| marked.contains(&click.impression));
                        answer(known, Ok(()));
                        clicks = rest;
                        continue;
                    }
                }
                Err(error) if error.is_definite() => {}
                Err(_) => failure = Failure::Unknown,
            }
            attempts += 1;
            if attempts == ATTEMPTS_MAX {
                answer(clicks, Err(failure));
                return;
            }
            self.env.clock().sleep(PAUSE).await;
        }
    }
    /// Which of these impressions are marked.
    async fn marked(&self, clicks: &[Waiting]) -> Result<BTreeSet<String>, TableError> {
        let mut looking = JoinSet::new();
        for click in clicks {
            let (clicked, impression) = (self.clicked.clone(), click.impression.clone());
            looking.spawn(async move { clicked.get(impression).await });
        }
        let found = looking.join_all().await.into_iter();
        found.filter_map(Result::transpose).map(|item| item.map(|item| item.key.partition)).collect()
    }

    fn transaction(&self, shard: u64, clicks: &[Waiting]) -> Transaction {
        let mut transaction = self.env.transaction();
        let mut sums: BTreeMap<(&str, u64), i64> = BTreeMap::new();
        for Waiting { ad, impression, minute, .. } in clicks {
            let clicked = Time::from_secs(minute.saturating_add(1).saturating_mul(60));
            // It is valid now, so it runs out before this.
            let forgettable_at = clicked + self.config.impression_valid_for + self.config.horizon;
            transaction =
                transaction.put_until(&self.clicked, impression, minute, Condition::Absent, forgettable_at);
            *sums.entry((ad, *minute)).or_default() += 1;
        }
        for ((ad, minute), clicks) in sums {
            transaction = transaction.add(&self.minutes, (row(shard, ad), sort_key(minute)), "", clicks);
        }
        transaction
    }
}

/// Each impression once, in the minute of its first click.
fn each_once(clicks: Vec<Waiting>) -> Vec<Waiting> {
    let mut once: BTreeMap<String, Waiting> = BTreeMap::new();
    for click in clicks {
        match once.get_mut(&click.impression) {
            Some(first) => {
                first.minute = first.minute.min(click.minute);
                first.visitors.extend(click.visitors);
            }
            None => {
                once.insert(click.impression.clone(), click);
            }
        }
    }
    once.into_values().collect()
}

/// Answers all who wait. Who does not wait any more need not be told.
fn answer(clicks: Vec<Waiting>, answer: Result<(), Failure>) {
    for visitor in clicks.into_iter().flat_map(|click| click.visitors) {
        let _ = visitor.send(answer);
    }
}

/// The partition of an ad's row. The shard has two digits, so it is clear where the ad begins.
fn row(shard: u64, ad: &str) -> String {
    format!("{shard:02}/{ad}")
}

/// Sort keys are compared as text: all of the same length.
fn sort_key(minute: u64) -> String {
    format!("{minute:020}")
}
