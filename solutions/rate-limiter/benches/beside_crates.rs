//! What a decision costs beside the crate governor, which does one of the five kinds of limits, in one process: a token bucket that
//! never runs dry, by a clock that costs nothing. The round trip to the cache, which the reference makes for every check and governor
//! never, is left out.
//!
//! `cargo bench -p rate-limiter-solution`

#[allow(dead_code, reason = "a part of it decides")]
#[path = "../src/account.rs"]
mod account;

use account::Account;
use divan::Bencher;
use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use kata::Time;
use rate_limiter::Limit;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

fn main() {
    divan::main();
}

#[divan::bench(sample_size = 1_000)]
fn the_reference(bencher: Bencher<'_, '_>) {
    let limit = Limit::TokenBucket { capacity: 1_000_000_000, interval: Duration::from_micros(1) };
    let account = Mutex::new(Account::new(&limit));
    let mut now = Time::from_secs(1);
    bencher.bench_local(|| {
        now = now + Duration::from_micros(1);
        let mut account = account.lock().expect("no panic before");
        let offer = account.charge(&limit, now, 1).ok();
        if let Some(offer) = offer {
            *account = offer.account;
        }
    });
}

#[divan::bench(sample_size = 1_000)]
fn the_crate(bencher: Bencher<'_, '_>) {
    let a_lot = NonZeroU32::new(1_000_000_000).expect("not zero");
    let clock = FakeRelativeClock::default();
    let limiter = RateLimiter::direct_with_clock(Quota::per_second(a_lot), clock.clone());
    bencher.bench_local(|| {
        clock.advance(Duration::from_micros(1));
        limiter.check().is_ok()
    });
}
