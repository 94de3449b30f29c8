//! What is known of one subject under one rule, and what follows from it. Pure: no clock, no cache.
//!
//! All times are whole microseconds, so that nothing is rounded. The clocks of nodes differ a little, so what is known may be
//! from a later moment than the one at hand: it never goes back.

use kata::Time;
use rate_limiter::Limit;
use std::time::Duration;

/// What is known of a subject under a rule.
#[kata::data(Eq)]
pub(super) enum Account {
    /// A bucket of either kind: when it will have drained, or did. (The generic cell rate algorithm.) Its level is
    /// the time until then, in intervals.
    Bucket { drained_us: u64 },
    /// When what was admitted, in order; only what still counts.
    Log(Vec<(u64, u64)>),
    /// How much was admitted in the window of that number, and in the one before.
    Windows { number: u64, current: u64, previous: u64 },
}

/// What becomes of an account that is charged.
pub(super) struct Offer {
    pub(super) account: Account,
    /// How long the work waits for its turn.
    pub(super) wait: Duration,
}

impl Account {
    /// Of somebody nobody knows.
    pub(super) fn new(limit: &Limit) -> Account {
        match limit {
            Limit::TokenBucket { .. } | Limit::LeakyBucket { .. } => Account::Bucket { drained_us: 0 },
            Limit::SlidingLog { .. } => Account::Log(Vec::new()),
            Limit::FixedWindow { .. } | Limit::SlidingCounter { .. } => {
                Account::Windows { number: 0, current: 0, previous: 0 }
            }
        }
    }

    /// The account after a charge at `now`; or after how long it would be admitted.
    pub(super) fn charge(&self, limit: &Limit, now: Time, cost: u64) -> Result<Offer, Duration> {
        let now = now.as_micros();
        match (self, *limit) {
            (Account::Bucket { drained_us }, Limit::TokenBucket { capacity, interval }) => {
                let account = bucket(*drained_us, capacity, micros(interval), now, cost)?;
                Ok(Offer { account, wait: Duration::ZERO })
            }
            (Account::Bucket { drained_us }, Limit::LeakyBucket { capacity, interval }) => {
                let account = bucket(*drained_us, capacity, micros(interval), now, cost)?;
                Ok(Offer { account, wait: Duration::from_micros(drained_us.saturating_sub(now)) })
            }
            (Account::Log(log), Limit::SlidingLog { limit, window }) => {
                let account = log_with(log, limit, micros(window), now, cost)?;
                Ok(Offer { account, wait: Duration::ZERO })
            }
            (Account::Windows { .. }, Limit::FixedWindow { limit, window }) => {
                let windows = Windows::at(self, micros(window), now);
                windows.fixed(limit, cost)?;
                Ok(Offer { account: windows.charged(cost), wait: Duration::ZERO })
            }
            (Account::Windows { .. }, Limit::SlidingCounter { limit, window }) => {
                let windows = Windows::at(self, micros(window), now);
                windows.sliding(limit, cost)?;
                Ok(Offer { account: windows.charged(cost), wait: Duration::ZERO })
            }
            // Somebody has changed the kind of the rule: what was known before says nothing.
            (_, limit) => Account::new(&limit).charge(&limit, Time::from_micros(now), cost),
        }
    }

    /// The account without what was charged at `at`, which made it `charged` then. Some of that may have drained or lapsed since:
    /// it never becomes less than it would be had that never been charged.
    pub(super) fn take_back(
        &self,
        charged: &Account,
        limit: &Limit,
        at: Time,
        now: Time,
        cost: u64,
    ) -> Account {
        let mut account = self.clone();
        match (&mut account, charged, *limit) {
            (
                Account::Bucket { drained_us },
                _,
                Limit::TokenBucket { interval, .. } | Limit::LeakyBucket { interval, .. },
            ) => {
                // The bucket may have been empty but for this charge, and then that is what has drained since.
                let left_us = (cost * micros(interval)).saturating_sub(micros(now.since(at)));
                *drained_us = drained_us.saturating_sub(left_us);
            }
            (Account::Log(log), ..) => {
                let at = at.as_micros();
                if let Some(index) = log.iter().position(|entry| *entry == (at, cost)) {
                    log.remove(index);
                }
            }
            (Account::Windows { number, current, previous }, Account::Windows { number: charged, .. }, _) => {
                if number == charged {
                    *current = current.saturating_sub(cost);
                } else if *number == charged + 1 {
                    *previous = previous.saturating_sub(cost);
                }
            }
            _ => {}
        }
        account
    }

    /// How long after `now` it still says something.
    pub(super) fn lasts(&self, limit: &Limit, now: Time) -> Duration {
        let end_us = match (self, *limit) {
            (Account::Bucket { drained_us }, _) => *drained_us,
            (Account::Log(log), Limit::SlidingLog { window, .. }) => {
                log.last().map_or(0, |(at, _)| at + micros(window))
            }
            (
                Account::Windows { number, .. },
                Limit::FixedWindow { window, .. } | Limit::SlidingCounter { window, .. },
            ) => (number + 2) * micros(window),
            _ => 0,
        };
        Time::from_micros(end_us).since(now)
    }
}

/// A bucket with one more charge, if that fits.
fn bucket(
    drained_us: u64,
    capacity: u64,
    interval_us: u64,
    now: u64,
    cost: u64,
) -> Result<Account, Duration> {
    let drained_us = drained_us.max(now) + cost * interval_us;
    match drained_us.checked_sub(now + capacity * interval_us) {
        None | Some(0) => Ok(Account::Bucket { drained_us }),
        Some(over_us) => Err(Duration::from_micros(over_us)),
    }
}

/// A log with one more entry, if that fits.
fn log_with(
    log: &[(u64, u64)],
    limit: u64,
    window_us: u64,
    now: u64,
    cost: u64,
) -> Result<Account, Duration> {
    let mut counting: Vec<(u64, u64)> = log.iter().copied().filter(|(at, _)| at + window_us > now).collect();
    let used: u64 = counting.iter().map(|(_, cost)| cost).sum();
    let mut over = (used + cost).saturating_sub(limit);
    for (at, cost) in &counting {
        if over == 0 {
            break;
        }
        over = over.saturating_sub(*cost);
        if over == 0 {
            return Err(Duration::from_micros(at + window_us - now));
        }
    }
    let place = counting.partition_point(|(at, _)| *at <= now);
    counting.insert(place, (now, cost));
    Ok(Account::Log(counting))
}

/// Two windows at a moment.
struct Windows {
    window_us: u64,
    number: u64,
    /// How much of the window has passed.
    passed_us: u64,
    current: u64,
    previous: u64,
}

impl Windows {
    fn at(account: &Account, window_us: u64, now: u64) -> Windows {
        let &Account::Windows { number, current, previous } = account else {
            return Windows { window_us, number: 0, passed_us: 0, current: 0, previous: 0 };
        };
        let (at, passed_us) = (now / window_us, now % window_us);
        if at <= number {
            // A node whose clock is behind is not taken back into a window that others have left.
            let passed_us = if at < number { 0 } else { passed_us };
            return Windows { window_us, number, passed_us, current, previous };
        }
        let previous = if at == number + 1 { current } else { 0 };
        Windows { window_us, number: at, passed_us, current: 0, previous }
    }

    fn charged(&self, cost: u64) -> Account {
        Account::Windows { number: self.number, current: self.current + cost, previous: self.previous }
    }

    fn left_us(&self) -> u64 {
        self.window_us - self.passed_us
    }

    fn fixed(&self, limit: u64, cost: u64) -> Result<(), Duration> {
        if self.current + cost <= limit {
            return Ok(());
        }
        Err(Duration::from_micros(self.left_us()))
    }

    fn sliding(&self, limit: u64, cost: u64) -> Result<(), Duration> {
        let &Windows { window_us, current, previous, .. } = self;
        if previous * self.left_us() + (current + cost) * window_us <= limit * window_us {
            return Ok(());
        }
        let wait_us = match limit.checked_sub(current + cost) {
            Some(room) => fades_us(previous, room, window_us) - self.passed_us,
            // Not in this window any more. In the next one, what is admitted in this one fades.
            None => self.left_us() + fades_us(current, limit - cost, window_us),
        };
        Err(Duration::from_micros(wait_us))
    }
}

/// How much of a window must have passed until what was admitted in the one before counts for `room` at most.
fn fades_us(previous: u64, room: u64, window_us: u64) -> u64 {
    if previous <= room { 0 } else { window_us - room * window_us / previous }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
