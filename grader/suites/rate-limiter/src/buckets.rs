//! Stage `buckets`: one rule, one bucket.

use crate::book::Book;
use crate::clients::{
    INTERVAL, WINDOW, admitted, admitted_times, check, config, limit_in, limit_of, refused, rule, service,
};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use rate_limiter::RateLimiterClient as Client;
use std::time::Duration;

/// The tokens of the bucket.
const CAPACITY: u64 = 5;
/// The time of one unit in a queue that is slower than that of [`limit_of`].
const SLOW: Duration = Duration::from_secs(150);

/// A bucket of five tokens, one more a minute. Ana does five things at once, and no sixth. Three minutes later she may do three, and
/// no fourth. And however long she stays away then, the bucket holds five.
#[requirement(stage = "buckets", level = acceptance, points = 6, schedules = 20)]
async fn a_bucket_admits_bursts_and_refills(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, config(vec![rule("per-user", "token", limit_of("token", CAPACITY))])).await;
    let (service, ana) = (service(dc), check(&[("token", "ana")], 1));
    for _ in 0..CAPACITY {
        let wait = admitted(&service, ana.clone(), "the bucket is full at first").await?;
        ensure!(wait.is_zero(), "work waits though no leaky bucket asks for it", "no wait", "{wait:?}");
    }
    refused(&service, ana.clone(), "five tokens are taken, and less than a minute has passed").await?;
    dc.sleep(INTERVAL * 3).await;
    admitted_times(&service, &ana, 3, "three tokens came back in three minutes").await?;
    refused(&service, ana.clone(), "three tokens came back, and three are taken").await?;
    dc.sleep(INTERVAL * 30).await;
    admitted_times(&service, &ana, CAPACITY, "half an hour fills the bucket").await?;
    refused(&service, ana, "a full bucket holds five, however long it has been full").await?;
    Ok(())
}

/// Ana has emptied her bucket, and asks every thirteen seconds from then on. She gets a token a minute: asking in vain costs nothing,
/// and fractions of a token are not lost.
#[requirement(stage = "buckets", level = acceptance, points = 4, schedules = 20)]
async fn asking_does_not_slow_the_refill(dc: &Datacentre) -> Outcome {
    let limit = limit_of("token", 2);
    dc.deploy::<Client>(2, config(vec![rule("per-user", "token", limit)])).await;
    let (service, ana) = (service(dc), check(&[("token", "ana")], 1));
    let book = Book::new(limit, Duration::ZERO);
    for _ in 0..2 {
        book.check(dc, &service, ana.clone()).await;
    }
    let empty = dc.now();
    let mut last = empty;
    for _ in 0..24 {
        dc.sleep(Duration::from_secs(13)).await;
        last = dc.now();
        book.check(dc, &service, ana.clone()).await;
    }
    book.is_within_the_rule()?;
    let (total, lasting) = (book.total(), last.since(empty));
    let due = 2 + lasting.as_secs() / INTERVAL.as_secs();
    ensure!(
        total >= due,
        "a bucket that is asked often refills too slowly",
        "at least {due} admitted: two at first, and one a minute for {lasting:?}",
        "{total}"
    );
    Ok(())
}

/// A queue that is worked off at one unit a minute. Each check learns how long its work must wait until those ahead are done, and
/// when the queue is full, it is refused. Work in two queues waits for both.
#[requirement(stage = "buckets", level = acceptance, points = 5, schedules = 20)]
async fn a_leaky_bucket_lets_work_wait_for_its_turn(dc: &Datacentre) -> Outcome {
    let slow = limit_in("leaky", CAPACITY, SLOW, WINDOW);
    let queue = rule("per-user", "leaky", limit_of("leaky", CAPACITY));
    dc.deploy::<Client>(
        2,
        config(vec![rule("before", "before", slow), queue, rule("behind", "behind", slow)]),
    )
    .await;
    let service = service(dc);
    takes_turns(dc, &service, &[("leaky", "ana")], INTERVAL).await?;
    // Whichever of the two rules comes first.
    takes_turns(dc, &service, &[("leaky", "bo"), ("before", "bo")], SLOW).await?;
    takes_turns(dc, &service, &[("leaky", "cy"), ("behind", "cy")], SLOW).await?;
    Ok(())
}

/// The queue fills, in which a unit takes `interval`, and drains.
async fn takes_turns(
    dc: &Datacentre,
    service: &Client,
    whom: &[(&str, &str)],
    interval: Duration,
) -> Outcome {
    let began = dc.now();
    let mut first_ended = None;
    let mut ahead = 0;
    for cost in [1, 2, 1, 1] {
        let asked = dc.now();
        let wait = admitted(service, check(whom, cost), "the queue has room").await?;
        let ended = dc.now();
        let first_ended = *first_ended.get_or_insert(ended);
        // Its turn comes when those ahead are done, one after the other, from the moment of the first check on.
        let (earliest, latest) = (began + interval * ahead, first_ended + interval * ahead);
        ensure!(
            ended + wait >= earliest && (asked + wait <= latest || wait.is_zero()),
            "work waits for the wrong time",
            "a turn after {ahead} units of {interval:?} each, from the first check on",
            "a wait of {wait:?}"
        );
        ahead += u32::try_from(cost).unwrap_or(u32::MAX);
    }
    refused(service, check(whom, 1), "five units are in the queue, none is done").await?;
    dc.sleep(interval).await;
    admitted(service, check(whom, 1), "a unit is done").await?;
    refused(service, check(whom, 1), "the queue is full again").await?;
    dc.sleep(interval * 10).await;
    let wait = admitted(service, check(whom, CAPACITY), "the queue is empty").await?;
    ensure!(wait.is_zero(), "work waits though nothing is ahead", "no wait", "{wait:?}");
    Ok(())
}
