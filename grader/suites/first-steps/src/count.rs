//! Stage `count`: one client after the other.

use crate::clients::{LIKES, addition, addition_to};
use first_steps::{AddError, Config, CounterClient, GetError};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// A counter starts at 0 and holds the sum of what was added, however long its name and large the amounts that are configured.
#[requirement(stage = "count", level = acceptance, points = 10)]
async fn additions_add_up(dc: &Datacentre) -> Outcome {
    let (key_bytes_max, by_max) = (200, 1 << 40);
    dc.deploy::<CounterClient>(1, Config { key_bytes_max, by_max }).await;
    let ana = dc.client::<CounterClient>("ana");
    let fresh = ana.get(LIKES.to_owned()).await.expect_ok("ana's read of a new counter")?;
    ensure!(fresh == 0, "a new counter is not 0", "0", "{fresh}");
    let mut sum = 0;
    for (request_id, by) in [(1, 1), (2, 5), (3, by_max), (4, 5)] {
        ana.add(addition(by, request_id)).await.expect_ok("ana's addition")?;
        sum += by;
        let total = ana.get(LIKES.to_owned()).await.expect_ok("ana's read")?;
        ensure!(total == sum, "a counter does not hold the sum", "{sum} after adding {by}", "{total}");
    }
    let long = "a".repeat(key_bytes_max as usize);
    ana.add(addition_to(&long, 1, 5)).await.expect_ok("an addition to the longest name")?;
    let total = ana.get(long).await.expect_ok("a read of the longest name")?;
    ensure!(total == 1, "the counter with the longest name does not hold the sum", "1", "{total}");
    Ok(())
}

/// Counters with different names are different, however alike the names look: capital letters, spaces and accents count. So do
/// names with a request id behind them that look like others with another.
#[requirement(stage = "count", level = acceptance, points = 5)]
async fn counters_do_not_mix(dc: &Datacentre) -> Outcome {
    // "cafe" comes twice with an accent: as one character and as a letter with a combining mark.
    const NAMES: [&str; 9] =
        ["likes", "Likes", "likes ", " likes", "likes/", "likes/1", "cafe", "caf\u{e9}", "cafe\u{301}"];
    dc.deploy::<CounterClient>(1, Config::default()).await;
    let ana = dc.client::<CounterClient>("ana");
    for (by, name) in (1..).zip(NAMES) {
        ana.add(addition_to(name, by, by.unsigned_abs())).await.expect_ok("ana's addition")?;
    }
    for (by, name) in (1..).zip(NAMES) {
        let total = ana.get(name.to_owned()).await.expect_ok("ana's read")?;
        ensure!(total == by, "counters mix", "{by} in {name:?}", "{total}");
    }
    for (name, request_id) in [("views1", 23), ("views", 123)] {
        ana.add(addition_to(name, 1, request_id)).await.expect_ok("ana's addition")?;
        let total = ana.get(name.to_owned()).await.expect_ok("ana's read")?;
        ensure!(total == 1, "request ids of two counters mix", "1 in {name:?}", "{total}");
    }
    Ok(())
}

/// Names that are empty or longer than `Config::key_bytes_max` bytes, and amounts below 1 or above `Config::by_max`, are
/// refused and not counted. What is exactly at a limit is fine.
#[requirement(stage = "count", level = acceptance, points = 5)]
async fn senseless_input_is_refused(dc: &Datacentre) -> Outcome {
    dc.deploy::<CounterClient>(1, Config { key_bytes_max: 8, by_max: 10 }).await;
    let ana = dc.client::<CounterClient>("ana");
    // The last has 6 characters in 9 bytes.
    for (request_id, key) in (1..).zip(["", "123456789", "\u{e9}\u{e9}\u{e9}abc"]) {
        let error =
            ana.add(addition_to(key, 1, request_id)).await.expect_refused("an addition to a bad name")?;
        ensure!(
            error == AddError::InvalidKey,
            "a bad name is refused for another reason",
            "InvalidKey for {key:?}",
            "{error:?}"
        );
        let error = ana.get(key.to_owned()).await.expect_refused("a read of a bad name")?;
        ensure!(
            error == GetError::InvalidKey,
            "a bad name is refused for another reason",
            "InvalidKey for {key:?}",
            "{error:?}"
        );
    }
    for (request_id, by) in (11..).zip([0, -1, 11, i64::MIN, i64::MAX]) {
        let error = ana.add(addition(by, request_id)).await.expect_refused("an addition of a bad amount")?;
        ensure!(
            error == AddError::InvalidAmount,
            "a bad amount is refused for another reason",
            "InvalidAmount for {by}",
            "{error:?}"
        );
    }
    let total = ana.get(LIKES.to_owned()).await.expect_ok("ana's read")?;
    ensure!(total == 0, "what was refused is counted", "0", "{total}");
    for (request_id, by) in (21..).zip([1, 10]) {
        ana.add(addition_to("12345678", by, request_id)).await.expect_ok("an addition at the limit")?;
    }
    let total = ana.get("12345678".to_owned()).await.expect_ok("a read of a name at the limit")?;
    ensure!(total == 11, "what is at a limit is not counted", "11", "{total}");
    Ok(())
}
