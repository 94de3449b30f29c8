//! Stage `windows`: logs and counters.

use crate::clients::{
    WINDOW, admitted, admitted_times, check, config, into_next_window, limit_of, refused, rule, service,
};
use kata_check::Outcome;
use kata_sim::{Datacentre, requirement};
use rate_limiter::RateLimiterClient as Client;
use std::time::Duration;

/// The limit of windows and logs.
const LIMIT: u64 = 5;

/// Five in each window of ten minutes. When a window ends, the next begins, whoever came when: Ana uses up her five late in one, and has
/// five more as soon as it is over.
#[requirement(stage = "windows", level = acceptance, points = 4, schedules = 20)]
async fn a_fixed_window_ends_when_it_ends(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, config(vec![rule("per-user", "fixed", limit_of("fixed", LIMIT))])).await;
    let (service, ana) = (service(dc), check(&[("fixed", "ana")], 1));
    let begins = into_next_window(dc, WINDOW, Duration::from_secs(500)).await;
    admitted_times(&service, &ana, LIMIT, "nothing is used up in this window").await?;
    refused(&service, ana.clone(), "five are admitted in this window").await?;
    dc.sleep_until(begins + WINDOW).await;
    admitted_times(&service, &ana, LIMIT, "a new window has begun").await?;
    refused(&service, ana.clone(), "five are admitted in the new window").await?;
    dc.sleep_until(begins + WINDOW + Duration::from_secs(500)).await;
    refused(&service, ana, "the new window is not over").await?;
    Ok(())
}

/// Five in any ten minutes. Ana comes every half minute, across the edge of what would be a window. The sixth is refused, and ten
/// minutes after the first one more is admitted, and only one.
#[requirement(stage = "windows", level = acceptance, points = 5, schedules = 20)]
async fn a_sliding_log_knows_no_edges(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, config(vec![rule("per-user", "log", limit_of("log", LIMIT))])).await;
    let (service, ana) = (service(dc), check(&[("log", "ana")], 1));
    into_next_window(dc, WINDOW, Duration::from_secs(500)).await;
    let mut lapses = Vec::new();
    for _ in 0..LIMIT {
        admitted(&service, ana.clone(), "fewer than five were admitted in ten minutes").await?;
        lapses.push(dc.now() + WINDOW);
        dc.sleep(Duration::from_secs(30)).await;
    }
    refused(&service, ana.clone(), "five were admitted in the last three minutes").await?;
    for lapse in lapses.into_iter().take(2) {
        dc.sleep_until(lapse).await;
        admitted(&service, ana.clone(), "one of the five was ten minutes ago").await?;
        refused(&service, ana.clone(), "only one of the five lapsed, and one came").await?;
    }
    Ok(())
}

/// Ten, estimated from this window and the last. Ana uses up ten early in one window. At the beginning of the next all of them count, in
/// its middle half of them, and two windows later none.
#[requirement(stage = "windows", level = acceptance, points = 5, schedules = 20)]
async fn a_sliding_counter_weighs_the_last_window(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, config(vec![rule("per-user", "counter", limit_of("counter", 10))])).await;
    let (service, ana) = (service(dc), check(&[("counter", "ana")], 1));
    let begins = into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
    admitted_times(&service, &ana, 10, "nothing is used up").await?;
    refused(&service, ana.clone(), "ten are admitted in this window").await?;
    dc.sleep_until(begins + WINDOW).await;
    refused(&service, ana.clone(), "all ten of the last window count yet").await?;
    dc.sleep_until(begins + WINDOW + WINDOW / 2).await;
    admitted_times(&service, &ana, 5, "half of the window has passed, so half of the last ten count").await?;
    refused(&service, ana.clone(), "more than four of the last window count yet, and five are new").await?;
    dc.sleep_until(begins + WINDOW * 3).await;
    admitted_times(&service, &ana, 10, "nothing was admitted in the last window").await?;
    refused(&service, ana, "ten are admitted in this window").await?;
    Ok(())
}
