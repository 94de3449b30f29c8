//! Accounts in the cache. Each is read with its version and written only over that version.

use super::account::{Account, Offer};
use kata::{Cache, CacheError, Cached, Clock, Time};
use rate_limiter::Rule;
use std::time::Duration;

/// More than the time between an account's last write and the next look at the clock.
const MARGIN: Duration = Duration::from_secs(3);

/// Accounts by rule and subject.
#[derive(Clone)]
pub(super) struct Ledger {
    cache: Cache,
    /// How long an account stays after it has ceased to say anything: clocks differ.
    spare: Duration,
}

/// What a check must pay under one rule.
pub(super) struct Charge {
    pub(super) rule: Rule,
    pub(super) key: String,
    pub(super) cost: u64,
}

/// An account as it was read, and what it is to pay.
pub(super) struct Entry {
    charge: Charge,
    account: Account,
    version: Option<u64>,
}

/// What was paid.
pub(super) struct Receipt {
    entry: Entry,
    /// What the account was then.
    charged: Account,
    at: Time,
    /// The version that paying made.
    version: u64,
    pub(super) wait: Duration,
}

/// What could not be paid.
pub(super) struct Refusal {
    pub(super) rule: Rule,
    pub(super) retry_after: Duration,
}

/// The cache failed.
pub(super) struct LedgerError {
    /// Whether that was all that happened.
    pub(super) is_definite: bool,
}

impl Entry {
    fn of(charge: Charge, cached: Option<Cached<Account>>) -> Entry {
        match cached {
            Some(Cached { value, version }) => Entry { charge, account: value, version: Some(version) },
            None => Entry { account: Account::new(&charge.rule.limit), version: None, charge },
        }
    }

    pub(super) fn rule(&self) -> &Rule {
        &self.charge.rule
    }

    /// What would become of it.
    pub(super) fn offer(&self, now: Time) -> Result<Offer, Duration> {
        self.account.charge(&self.charge.rule.limit, now, self.charge.cost)
    }
}

impl Ledger {
    pub(super) fn new(cache: Cache, clock_skew_max: Duration) -> Ledger {
        Ledger { cache, spare: clock_skew_max + MARGIN }
    }

    pub(super) async fn read(self, charge: Charge) -> Result<Entry, LedgerError> {
        let cached = self.cache.get(&charge.key).await?;
        Ok(Entry::of(charge, cached))
    }

    /// Charges an account, if it still has room when nobody else is quicker.
    pub(super) async fn pay(
        self,
        mut entry: Entry,
        clock: Clock,
    ) -> Result<Result<Receipt, Refusal>, LedgerError> {
        loop {
            let at = clock.now();
            let offer = match entry.offer(at) {
                Ok(offer) => offer,
                Err(retry_after) => return Ok(Err(Refusal { rule: entry.charge.rule, retry_after })),
            };
            let lasts = offer.account.lasts(&entry.charge.rule.limit, at);
            if let Some(version) = self.write(&entry.charge.key, entry.version, &offer.account, lasts).await?
            {
                return Ok(Ok(Receipt { entry, charged: offer.account, at, version, wait: offer.wait }));
            }
            entry = self.clone().read(entry.charge).await?;
        }
    }

    /// Undoes what was paid. As it was before, if nobody has come since; else as far as it has not drained.
    pub(super) async fn take_back(self, receipt: Receipt, clock: Clock) -> Result<(), LedgerError> {
        let Receipt { entry: Entry { charge, account: before, .. }, charged, at, version, .. } = receipt;
        let limit = charge.rule.limit;
        let (mut version, mut account) = (version, before);
        loop {
            // An account that has been empty all along is as good as none.
            let lasts = account.lasts(&limit, clock.now());
            if self.write(&charge.key, Some(version), &account, lasts).await?.is_some() {
                return Ok(());
            }
            let Some(found) = self.cache.get::<Account>(&charge.key).await? else { return Ok(()) };
            account = found.value.take_back(&charged, &limit, at, clock.now(), charge.cost);
            version = found.version;
        }
    }

    /// Writes an account over that version, and says which it is now; nothing if somebody else was quicker.
    async fn write(
        &self,
        key: &str,
        version: Option<u64>,
        account: &Account,
        lasts: Duration,
    ) -> Result<Option<u64>, LedgerError> {
        let set = match version {
            Some(version) => self.cache.compare_and_set(key, version, account),
            None => self.cache.set(key, account).only_if_absent(),
        };
        Ok(set.ttl(lasts + self.spare).await?)
    }
}

impl LedgerError {
    /// The same, but something had been written before.
    pub(super) fn after_writing(self) -> LedgerError {
        LedgerError { is_definite: false }
    }
}

impl From<CacheError> for LedgerError {
    fn from(error: CacheError) -> LedgerError {
        LedgerError { is_definite: error.is_definite() }
    }
}
