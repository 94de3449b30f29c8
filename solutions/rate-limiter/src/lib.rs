//! The reference solution of the rate-limiter kata: what is known of a subject under a rule is one value of the cache, and whoever
//! changes it says which version of it he has seen.
//!
//! A check reads all that it needs at once, and decides. One that is refused by what was read has written nothing, so those
//! who knock most cost least. One that is admitted writes everything at once; where somebody else was quicker, it looks again,
//! and if it is refused now, it takes back what it has charged elsewhere.
//!
//! [`account`] holds what a limit is, without a service in sight; [`ledger`] keeps accounts in the cache.

mod account;
mod ledger;

use self::ledger::{Charge, Entry, Ledger, LedgerError};
use kata::{Clock, Failure, OpenError};
use rate_limiter::{
    COST_MAX, Check, CheckError, Config, Decision, Env, Fallback, RateLimiter, Rule, SUBJECT_BYTES_MAX,
    SUBJECTS_MAX,
};
use std::time::Duration;

/// Decides by what the cache knows.
pub struct Limiter {
    config: Config,
    clock: Clock,
    ledger: Ledger,
}

impl RateLimiter for Limiter {
    async fn open(env: Env, config: Config) -> Result<Limiter, OpenError> {
        let ledger = Ledger::new(env.cache(), config.clock_skew_max);
        Ok(Limiter { clock: env.clock(), ledger, config })
    }

    async fn check(&self, check: Check) -> Result<Decision, CheckError> {
        validate(&check)?;
        let charges = self.charges(&check)?;
        match (self.decide(charges).await, self.config.when_cache_fails) {
            (Ok(decision), _) => Ok(decision),
            (Err(_), Fallback::Admit) => Ok(Decision::Unmetered),
            (Err(LedgerError { is_definite: true }), Fallback::Refuse) => {
                Err(CheckError::Failed(Failure::Refused))
            }
            (Err(_), Fallback::Refuse) => Err(CheckError::Failed(Failure::Unknown)),
        }
    }
}

impl Limiter {
    /// What a check must pay, rule by rule.
    fn charges(&self, check: &Check) -> Result<Vec<Charge>, CheckError> {
        let mut charges = Vec::new();
        for rule in &self.config.rules {
            let Some(subject) = check.subjects.iter().find(|subject| subject.kind == rule.kind) else {
                continue;
            };
            if check.cost > rule.limit.most() {
                return Err(CheckError::TooCostly);
            }
            // The name of a rule holds no slash, so the first one ends it.
            let key = format!("{}/{}", rule.name, subject.name);
            charges.push(Charge { rule: rule.clone(), key, cost: check.cost });
        }
        Ok(charges)
    }

    async fn decide(&self, charges: Vec<Charge>) -> Result<Decision, LedgerError> {
        let read = together(charges.into_iter().map(|charge| self.ledger.clone().read(charge))).await?;
        let now = self.clock.now();
        let refusals = read.iter().filter_map(|entry| Some((entry.rule(), entry.offer(now).err()?)));
        if let Some(refused) = longest(refusals) {
            return Ok(refused);
        }
        let pay = |entry: Entry| self.ledger.clone().pay(entry, self.clock.clone());
        // An error here leaves what else was charged as it is: the cache is failing, and such a check may cost its cost.
        let paid = together(read.into_iter().map(pay)).await.map_err(LedgerError::after_writing)?;
        let refusals = paid.iter().filter_map(|paid| paid.as_ref().err());
        if let Some(refused) = longest(refusals.map(|refusal| (&refusal.rule, refusal.retry_after))) {
            let (ledger, clock) = (&self.ledger, &self.clock);
            let receipts = paid.into_iter().filter_map(Result::ok);
            let refunds = receipts.map(|receipt| ledger.clone().take_back(receipt, clock.clone()));
            together(refunds).await.map_err(LedgerError::after_writing)?;
            return Ok(refused);
        }
        let waits = paid.iter().flatten().map(|receipt| receipt.wait);
        Ok(Decision::Admitted { wait: waits.max().unwrap_or_default() })
    }
}

fn validate(check: &Check) -> Result<(), CheckError> {
    if check.cost == 0 || check.cost > COST_MAX {
        return Err(CheckError::InvalidCost);
    }
    let is_text = |text: &String| (1..=SUBJECT_BYTES_MAX).contains(&text.len());
    let subjects = &check.subjects;
    let is_alone = |kind: &String| subjects.iter().filter(|subject| subject.kind == *kind).count() == 1;
    let is_subject = subjects
        .iter()
        .all(|subject| is_text(&subject.kind) && is_text(&subject.name) && is_alone(&subject.kind));
    if subjects.len() > SUBJECTS_MAX || !is_subject {
        return Err(CheckError::InvalidSubject);
    }
    Ok(())
}

/// The refusal that lasts longest: by then all of them are over.
fn longest<'a>(refusals: impl Iterator<Item = (&'a Rule, Duration)>) -> Option<Decision> {
    let (rule, retry_after) = refusals.max_by_key(|(_, retry_after)| *retry_after)?;
    Some(Decision::Refused { rule: rule.name.clone(), retry_after })
}

/// Runs all at the same time; the results in the same order, or the first error after all have ended.
async fn together<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = Result<T, LedgerError>> + Send + 'static>,
) -> Result<Vec<T>, LedgerError> {
    let running: Vec<_> = futures.map(tokio::spawn).collect();
    let mut results = Vec::new();
    for task in running {
        results.push(task.await.map_err(|_| LedgerError { is_definite: false }));
    }
    results.into_iter().map(|ended| ended.and_then(|result| result)).collect()
}
