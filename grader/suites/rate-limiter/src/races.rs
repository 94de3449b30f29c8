//! Stage `races`: many at once, through nodes whose clocks differ.

use crate::book::Book;
use crate::clients::{
    INTERVAL, KINDS, WINDOW, admitted_times, at_each_node, check, config, every_limit, into_next_window,
    limit_of, refused, rule,
};
use futures_util::future::{join_all, try_join_all};
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use rate_limiter::{ANSWER_MAX, Check, Config, Decision, Limit, RateLimiterClient as Client, Rule};
use std::time::Duration;

/// Five ask at once for each kind of limit, through three nodes, where three fit. Three are admitted, whatever the interleaving.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 50)]
async fn no_race_admits_more(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, config(every_limit(3))).await;
    into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
    let clients = at_each_node(dc);
    let races = KINDS.map(async |kind| {
        let asks = clients.iter().cycle().take(5).map(|client| client.check(check(&[(kind, "ana")], 1)));
        let answers = join_all(asks).await;
        let is_admitted =
            |answer: &&Answer<Decision, _>| matches!(answer, Answer::Ok(Decision::Admitted { .. }));
        let admitted = answers.iter().filter(is_admitted).count();
        let limit = limit_of(kind, 3);
        let shown: Vec<String> = answers.iter().map(ToString::to_string).collect();
        let shown = shown.join(", ");
        ensure!(
            admitted == 3,
            "five ask at once where three fit, and {admitted} are admitted",
            "three of five, under {limit:?}",
            "{shown}"
        );
        Ok::<(), Complaint>(())
    });
    try_join_all(races).await?;
    Ok(())
}

/// Six checks at once, each under three rules, where two of a subject fit. Nobody has more than his two; and when all are answered, what
/// is left for everybody is exactly what was not admitted.
#[requirement(stage = "races", level = concurrency, points = 8, schedules = 80)]
async fn racing_refusals_leave_nothing_behind(dc: &Datacentre) -> Outcome {
    let kinds =
        if dc.pick("kinds", 2) == 0 { ["token", "fixed", "log"] } else { ["counter", "leaky", "fixed"] };
    dc.deploy::<Client>(3, config(every_limit(2))).await;
    into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
    let clients = at_each_node(dc);
    let names = ["x", "y"];
    let bits = dc.pick("names", 1 << 18);
    let asks = clients.iter().cycle().zip(0..6).map(async |(client, number)| {
        // Three bits for each: which name of each kind.
        let name = |index: usize| names[(bits >> (number * 3 + index) & 1) as usize];
        let subjects = [0, 1, 2].map(|index| (kinds[index], name(index)));
        (subjects, client.check(check(&subjects, 1)).await)
    });
    let answers = join_all(asks).await;
    // For what a bucket may keep: what drains while a check is under way.
    dc.sleep(ANSWER_MAX * 2).await;
    for kind in kinds {
        for name in names {
            let had = |(subjects, answer): &&([(&str, &str); 3], Answer<Decision, _>)| {
                subjects.contains(&(kind, name)) && matches!(answer, Answer::Ok(Decision::Admitted { .. }))
            };
            let had = answers.iter().filter(had).count() as u64;
            ensure!(had <= 2, "more is admitted than the rule allows", "at most 2 of {kind} {name}", "{had}");
            let one = check(&[(kind, name)], 1);
            let why = format!("{had} of 2 were admitted; refused checks cost nothing");
            admitted_times(&clients[0], &one, 2 - had, &why).await?;
            refused(&clients[1], one, "two are admitted").await?;
        }
    }
    Ok(())
}

/// The clocks of three nodes differ by a second, which is all that they may. They take turns, around the end of a window, too. Limits
/// hold but for that second, once and not at every turn; and afterwards they admit again.
#[requirement(stage = "races", level = faults, points = 8, schedules = 20)]
async fn clocks_that_differ_admit_no_more(dc: &Datacentre) -> Outcome {
    let skew = Duration::from_secs(1);
    let window = Duration::from_secs(30);
    let second = Duration::from_secs(1);
    let limits = [
        ("token", Limit::TokenBucket { capacity: 3, interval: second }),
        ("leaky", Limit::LeakyBucket { capacity: 3, interval: second }),
        ("fixed", Limit::FixedWindow { limit: 3, window }),
        ("log", Limit::SlidingLog { limit: 3, window }),
        ("counter", Limit::SlidingCounter { limit: 3, window }),
    ];
    let rules: Vec<Rule> = limits.iter().map(|(kind, limit)| rule(kind, kind, *limit)).collect();
    dc.deploy::<Client>(3, Config { clock_skew_max: skew, ..config(rules) }).await;
    for (node, micros) in dc.nodes().into_iter().zip([500_000, -500_000, 0]) {
        dc.skew(node, micros);
    }
    let clients = at_each_node(dc);
    let turns = limits.map(async |(kind, limit)| {
        let (book, ana) = (Book::new(limit, skew), check(&[(kind, "ana")], 1));
        let begins = into_next_window(dc, window, window - Duration::from_millis(800)).await;
        for client in clients.iter().cycle().take(24) {
            book.check(dc, client, ana.clone()).await;
            dc.sleep(Duration::from_millis(100)).await;
        }
        book.is_within_the_rule()?;
        dc.sleep_until(begins + window * 4).await;
        for _ in 0..3 {
            book.check(dc, &clients[1], ana.clone()).await;
        }
        book.is_within_the_rule()?;
        admits_again(dc, &clients[0], ana, begins + window * 7).await
    });
    try_join_all(turns).await?;
    Ok(())
}

/// From `time` on, a subject that was left alone is admitted.
async fn admits_again(dc: &Datacentre, client: &Client, check: Check, time: kata::Time) -> Outcome {
    dc.sleep_until(time.max(dc.now() + INTERVAL)).await;
    admitted_times(client, &check, 3, "long after the last check").await
}
