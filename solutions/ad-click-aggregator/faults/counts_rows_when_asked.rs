//! "Write each click down once, and count when somebody asks: nothing to add up, nothing to reconcile." Right to the click, and
//! for a small ad even quick. But the clicks of an ad share a partition, which takes a thousand writes a second, and the famous
//! ad gets five thousand; and each of its reports would read every click of the hour.
//!
//! caught-by: clicks_are_fast_at_ten_thousand_a_second

use ad_click_aggregator::{
    Ad, AdClickAggregator, Click, ClickError, Config, Env, Minute, MinuteClicks, PlaceError, Range,
    ReconcileError, RegisterError, ReportError,
};
use kata::{Caller, Condition, Failure, OpenError, Table, TableError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Digits of an impression id: 128 random bits.
const ID_DIGITS: usize = 32;
/// How often a click tries to be written: two time-outs still leave the visitor his answer.
const ATTEMPTS_MAX: u32 = 3;
/// How long it waits in between.
const PAUSE: Duration = Duration::from_millis(50);

/// Clicks in a table.
pub struct Aggregator {
    env: Env,
    config: Config,
    ads: Table<Registered>,
    /// Which ad an impression was placed for, as long as it is valid.
    placed: Table<String>,
    /// The minute of an impression's first click, kept as long as it can be clicked again.
    clicked: Table<u64>,
    /// First clicks, by ad, minute and impression.
    clicks: Table<()>,
}

/// An ad and whose it is.
#[derive(PartialEq, Serialize, Deserialize)]
struct Registered {
    advertiser: String,
    redirect_url: String,
}

impl AdClickAggregator for Aggregator {
    async fn open(env: Env, config: Config) -> Result<Aggregator, OpenError> {
        let (ads, placed) = (env.table("ads"), env.table("placed"));
        let (clicked, clicks) = (env.table("clicked"), env.table("clicks"));
        Ok(Aggregator { env, config, ads, placed, clicked, clicks })
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
        self.write(&ad, &impression).await.map_err(ClickError::Failed)?;
        Ok(known.redirect_url)
    }

    async fn report(&self, caller: &Caller, range: Range) -> Result<Vec<MinuteClicks>, ReportError> {
        let ad = self.ad(&range.ad).await?.filter(|ad| ad.advertiser == caller.principal);
        ad.ok_or(ReportError::UnknownAd)?;
        let (Minute(from), Minute(to)) = (range.from, range.to);
        if from >= to || to - from > u64::from(self.config.report_minutes_max) {
            return Err(ReportError::InvalidRange);
        }
        let rows = self.clicks.query(range.ad).between(sort_key(from)..sort_key(to)).all().await?;
        let mut minutes: BTreeMap<Minute, u64> = BTreeMap::new();
        for row in rows {
            let minute = row.key.sort.split('/').next().and_then(|minute| minute.parse().ok());
            *minutes.entry(Minute(minute.unwrap_or_default())).or_default() += 1;
        }
        Ok(minutes.into_iter().map(|(minute, clicks)| MinuteClicks { minute, clicks }).collect())
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
        Ok(self.ads.get(id).await?.map(|item| item.value))
    }

    /// Writes an impression's first click, again if need be: if it is there, by this attempt, an earlier one or another
    /// click, that is as good.
    async fn write(&self, ad: &str, impression: &str) -> Result<(), Failure> {
        let mut failure = Failure::Refused;
        let now = self.env.clock().now();
        let Minute(minute) = Minute::of(now);
        // It was valid a moment ago, so it runs out before this.
        let forgettable_at = now + self.config.impression_valid_for + self.config.horizon;
        for _ in 0..ATTEMPTS_MAX {
            let transaction = self.env.transaction();
            let row = (ad, format!("{}/{impression}", sort_key(minute)));
            let written = transaction
                .put_until(&self.clicked, impression, &minute, Condition::Absent, forgettable_at)
                .put(&self.clicks, row, &(), Condition::Any)
                .commit()
                .await;
            match written {
                Ok(_) | Err(TableError::ConditionFailed { .. }) => return Ok(()),
                Err(error) if error.is_definite() => {}
                Err(_) => failure = Failure::Unknown,
            }
            self.env.clock().sleep(PAUSE).await;
        }
        Err(failure)
    }
}

/// Sort keys are compared as text: all of the same length.
fn sort_key(minute: u64) -> String {
    format!("{minute:020}")
}
