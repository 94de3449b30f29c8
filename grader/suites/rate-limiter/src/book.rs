//! What one subject was admitted, and whether that is more than its rule.
//!
//! A check happened at some moment between its beginning and its end, by a clock that may be off. So this counts only what
//! must have been within some time, wherever its moment was: it never complains of a right limiter.

use kata::{Answer, Time};
use kata_check::{Outcome, ensure};
use kata_sim::Datacentre;
use rate_limiter::{Check, Decision, Limit, RateLimiterClient as Client};
use std::cell::RefCell;
use std::time::Duration;

/// What one subject was admitted under one rule.
pub(crate) struct Book {
    limit: Limit,
    clock_skew_max: Duration,
    admitted: RefCell<Vec<Admitted>>,
}

#[derive(Clone, Copy)]
struct Admitted {
    began: Time,
    ended: Time,
    cost: u64,
}

impl Book {
    pub(crate) fn new(limit: Limit, clock_skew_max: Duration) -> Book {
        Book { limit, clock_skew_max, admitted: RefCell::default() }
    }

    /// Asks, and remembers what was admitted.
    pub(crate) async fn check(&self, dc: &Datacentre, client: &Client, check: Check) {
        let (began, cost) = (dc.now(), check.cost);
        if let Answer::Ok(Decision::Admitted { .. }) = client.check(check).await {
            self.note(began, dc.now(), cost);
        }
    }

    /// Remembers what was admitted.
    pub(crate) fn note(&self, began: Time, ended: Time, cost: u64) {
        self.admitted.borrow_mut().push(Admitted { began, ended, cost });
    }

    /// How much was admitted.
    pub(crate) fn total(&self) -> u64 {
        self.admitted.borrow().iter().map(|admitted| admitted.cost).sum()
    }

    /// Complains if more was admitted in some time than the rule allows in it.
    pub(crate) fn is_within_the_rule(&self) -> Outcome {
        let mut admitted = self.admitted.borrow().clone();
        admitted.sort_by_key(|admitted| admitted.ended);
        let mut begins: Vec<Time> = admitted.iter().map(|admitted| admitted.began).collect();
        begins.sort();
        for from in begins {
            let mut sum = 0;
            for one in admitted.iter().filter(|admitted| admitted.began >= from) {
                sum += one.cost;
                let most = self.most(from, one.ended);
                let (limit, lasting) = (self.limit, one.ended.since(from));
                ensure!(
                    sum <= most,
                    "more is admitted than the rule allows",
                    "at most {most} within {lasting:?} under {limit:?}",
                    "{sum}"
                );
            }
        }
        Ok(())
    }

    /// The most that a right limiter admits from `from` to `to`.
    fn most(&self, from: Time, to: Time) -> u64 {
        let lasting = micros(to.since(from) + self.clock_skew_max * 2);
        match self.limit {
            Limit::TokenBucket { capacity, interval } | Limit::LeakyBucket { capacity, interval } => {
                capacity + lasting / micros(interval)
            }
            Limit::SlidingLog { limit, window } => limit * (1 + lasting / micros(window)),
            Limit::FixedWindow { limit, window } | Limit::SlidingCounter { limit, window } => {
                let number = |time: Time| time.as_micros() / micros(window);
                let last = number(to + self.clock_skew_max);
                limit * (1 + last - number(from - self.clock_skew_max))
            }
        }
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: Limit, moments_s: &[u64], is_within: bool) {
        let book = Book::new(limit, Duration::ZERO);
        for moment in moments_s {
            book.note(Time::from_secs(*moment), Time::from_secs(*moment), 1);
        }
        assert_eq!(book.is_within_the_rule().is_ok(), is_within, "{limit:?}");
    }

    #[test]
    fn what_is_too_much_is_seen() {
        let ten = Duration::from_secs(10);
        let bucket = Limit::TokenBucket { capacity: 2, interval: ten };
        check(bucket, &[0, 0, 10, 20], true);
        check(bucket, &[0, 0, 9], false);
        check(bucket, &[50, 59, 60], true);
        let log = Limit::SlidingLog { limit: 2, window: ten };
        check(log, &[8, 9, 18, 19], true);
        check(log, &[8, 9, 17], false);
        let fixed = Limit::FixedWindow { limit: 2, window: ten };
        check(fixed, &[8, 9, 10, 11], true);
        check(fixed, &[8, 9, 10, 11, 19], false);
    }

    #[test]
    fn clocks_that_differ_are_forgiven_so_much() {
        let limit = Limit::SlidingLog { limit: 1, window: Duration::from_secs(10) };
        let book = Book::new(limit, Duration::from_secs(1));
        for moment in [0, 8] {
            book.note(Time::from_secs(100 + moment), Time::from_secs(100 + moment), 1);
        }
        assert!(book.is_within_the_rule().is_ok());
        book.note(Time::from_secs(101), Time::from_secs(101), 1);
        assert!(book.is_within_the_rule().is_err());
    }
}
