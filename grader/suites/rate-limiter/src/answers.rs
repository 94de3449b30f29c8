//! Stage `answers`: costs, waits and nonsense.

use crate::clients::{
    INTERVAL, KINDS, WINDOW, admitted, check, config, every_limit, into_next_window, limit_in, limit_of,
    refused, rule, service, wrong,
};
use kata::{Answer, Time};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use rate_limiter::{
    COST_MAX, Check, CheckError, Decision, RETRY_LATE_MAX, RateLimiterClient as Client, SUBJECT_BYTES_MAX,
    SUBJECTS_MAX,
};
use std::time::Duration;

/// The longest window, and the longest time of one unit in a bucket.
const DAY: Duration = Duration::from_secs(86_400);

/// Work that costs more takes more, whatever the limit: of ten, seven are taken; then four do not fit and cost nothing, three fit, and
/// nothing is left. So it is with the largest limits, too: a million, over a day or a day each.
#[requirement(stage = "answers", level = acceptance, points = 4, schedules = 20)]
async fn costs_are_charged_whole_or_not_at_all(dc: &Datacentre) -> Outcome {
    let mut rules = every_limit(10);
    let vast = KINDS.map(|kind| (format!("vast-{kind}"), limit_in(kind, COST_MAX, DAY, DAY)));
    rules.extend(vast.iter().map(|(kind, limit)| rule(kind, kind, *limit)));
    dc.deploy::<Client>(2, config(rules)).await;
    let service = service(dc);
    for kind in KINDS {
        into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
        let ana = |cost| check(&[(kind, "ana")], cost);
        admitted(&service, ana(7), "seven of ten").await?;
        refused(&service, ana(4), "three of ten are left").await?;
        admitted(&service, ana(3), "three of ten are left").await?;
        refused(&service, ana(1), "nothing is left").await?;
    }
    into_next_window(dc, DAY, Duration::from_secs(100)).await;
    for (kind, _) in &vast {
        let ana = |cost| check(&[(kind, "ana")], cost);
        admitted(&service, ana(COST_MAX - 1), "all but one of a million").await?;
        refused(&service, ana(2), "one of a million is left").await?;
        admitted(&service, ana(1), "one of a million is left").await?;
        refused(&service, ana(1), "nothing is left").await?;
    }
    Ok(())
}

/// Who is refused learns how long to wait. A millisecond after that, the same check is admitted, under each kind of limit; and the
/// wait is at most a second longer than it has to be.
#[requirement(stage = "answers", level = acceptance, points = 8, schedules = 20)]
async fn who_waits_as_told_is_admitted(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, config(every_limit(10))).await;
    let service = service(dc);
    for kind in KINDS {
        let begins = into_next_window(dc, WINDOW, Duration::from_secs(100)).await;
        admitted(&service, check(&[(kind, "ana")], 4), "nothing is used up").await?;
        let first_ended = dc.now();
        dc.sleep(Duration::from_secs(20)).await;
        admitted(&service, check(&[(kind, "ana")], 6), "six are left").await?;
        // When three fit at the latest. Buckets: when three have drained. The log: when the first four lapse. The counter: when
        // three of ten parts of the next window have passed.
        let due = match kind {
            "token" | "leaky" => first_ended + INTERVAL * 3,
            "fixed" => begins + WINDOW,
            "log" => first_ended + WINDOW,
            _ => begins + WINDOW + WINDOW * 3 / 10,
        };
        waits_as_told(dc, &service, check(&[(kind, "ana")], 3), Some(due)).await?;
        waits_as_told(dc, &service, check(&[(kind, "ana")], 2), None).await?;
        waits_as_told(dc, &service, check(&[(kind, "ana")], 9), None).await?;
    }
    Ok(())
}

/// Asks, waits as told, and asks again.
async fn waits_as_told(dc: &Datacentre, service: &Client, check: Check, due: Option<Time>) -> Outcome {
    let asked = dc.now();
    let retry_after = match service.check(check.clone()).await {
        Answer::Ok(Decision::Refused { retry_after, .. }) => retry_after,
        Answer::Ok(Decision::Admitted { .. }) if due.is_none() => return Ok(()),
        answer => {
            return Err(wrong("a check is not refused", "Refused: the limit is reached", &check, &answer));
        }
    };
    if let Some(due) = due {
        let needed = due.since(asked);
        ensure!(
            retry_after <= needed + RETRY_LATE_MAX,
            "a client is told to wait longer than needed",
            "at most {needed:?} and {RETRY_LATE_MAX:?} more",
            "a `retry_after` of {retry_after:?}"
        );
    }
    dc.sleep(retry_after + Duration::from_millis(1)).await;
    let why = format!("a millisecond after the `retry_after` of {retry_after:?} that it was told");
    admitted(service, check, &why).await?;
    Ok(())
}

/// Costs of nothing or too much, subjects without a name, two of one kind: such checks are errors and cost nothing. A strange name
/// is none, and nor is somebody whom no rule limits.
#[requirement(stage = "answers", level = acceptance, points = 4, schedules = 10)]
async fn senseless_checks_are_refused(dc: &Datacentre) -> Outcome {
    let mut rules = every_limit(10);
    rules.push(rule("per-user", "user", limit_of("token", 10)));
    dc.deploy::<Client>(2, config(rules)).await;
    let service = service(dc);
    let long = "x".repeat(SUBJECT_BYTES_MAX + 1);
    // Too many bytes, and not too many characters.
    let wide = "я".repeat(SUBJECT_BYTES_MAX / 2 + 1);
    let kinds: Vec<String> = (0..=SUBJECTS_MAX).map(|number| format!("kind-{number}")).collect();
    let many: Vec<(&str, &str)> = kinds.iter().map(|kind| (kind.as_str(), "x")).collect();
    let mut cases = vec![
        (check(&[("user", "ana")], 0), CheckError::InvalidCost),
        (check(&[("user", "ana")], COST_MAX + 1), CheckError::InvalidCost),
        (check(&[("user", "ana")], u64::MAX), CheckError::InvalidCost),
        (check(&[("user", "")], 1), CheckError::InvalidSubject),
        (check(&[("", "ana")], 1), CheckError::InvalidSubject),
        (check(&[("user", &long)], 1), CheckError::InvalidSubject),
        (check(&[(&long, "ana")], 1), CheckError::InvalidSubject),
        (check(&[("user", &wide)], 1), CheckError::InvalidSubject),
        (check(&[("user", "ana"), ("user", "bo")], 1), CheckError::InvalidSubject),
        (check(&many, 1), CheckError::InvalidSubject),
        (check(&[("user", "ana")], 11), CheckError::TooCostly),
    ];
    cases.extend(KINDS.map(|kind| (check(&[(kind, "ana")], 11), CheckError::TooCostly)));
    for (check, expected) in cases {
        let answer = service.check(check.clone()).await;
        if answer != Answer::Refused(expected.clone()) {
            let expected = format!("Err({expected:?})");
            return Err(wrong("a senseless check is answered wrongly", &expected, &check, &answer));
        }
    }
    admitted(&service, check(&[("user", "ana")], 10), "nothing has been charged yet").await?;
    let longest = "x".repeat(SUBJECT_BYTES_MAX);
    for name in [longest.as_str(), " ", "per-user/ana", "ana/", "анна", "a\0b", "{\"ana\"}"] {
        admitted(&service, check(&[("user", name)], 10), "this one has a quota of its own").await?;
    }
    admitted(&service, check(&many[..SUBJECTS_MAX], COST_MAX), "no rule is for any of these kinds").await?;
    admitted(&service, check(&[("User", "ana"), ("USER", "ana")], COST_MAX), "no rule is for these kinds")
        .await?;
    admitted(&service, check(&[], COST_MAX), "no rule applies").await?;
    Ok(())
}
