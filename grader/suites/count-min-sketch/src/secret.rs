//! Stage `secret`: whoever chooses the keys knows everything but the secret.

use crate::sketches::{config, keys, sketch};
use count_min_sketch::Config;
use kata::keys::Family;
use kata_check::chance::most;
use kata_check::{Outcome, crafted, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// Keys that one sketch far overestimates are looked for in another, which counted the same and differs in its secret: there hardly any of
/// them is overestimated. Who finds out what collides in one sketch has learnt nothing of the next.
#[requirement(stage = "secret", level = acceptance, points = 10, schedules = 1)]
async fn the_secret_decides_what_collides(dc: &Datacentre) -> Outcome {
    // So small a sketch that there are thousands of them. By chance, three in ten may be overestimated again; in two rows of
    // 14 counters with four that are taken, at most one in twelve is, whatever the secret. All are if the secret changes nothing.
    let config = Config { error: 0.2, failure: 0.3, heavy_share: 0.4, ..config(dc) };
    let (keys, limit) = (keys(dc, Family::Random), 800);
    let ana = sketch(dc, "ana", config).await;
    ana.add_all(keys, 0, 4, 1_000, 1).await.expect_ok("adding")?;
    let mistaken = ana.find_above(keys, 1_000, 101_000, limit, 2_000).await.expect_ok("estimates")?;
    for bit in [0, 64, 127] {
        let bo = sketch(dc, "bo", Config { secret: config.secret ^ 1 << bit, ..config }).await;
        bo.add_all(keys, 0, 4, 1_000, 1).await.expect_ok("adding")?;
        let again = bo.count_above(keys, mistaken.clone(), limit).await.expect_ok("estimates")?;
        let all = mistaken.len() as u64;
        ensure!(
            3 * again <= 2 * all || all < 100,
            "what collides under one secret collides under another",
            "fewer than two thirds of {all} keys that are far too high are so again",
            "{again}, the secrets differ in bit {bit}"
        );
    }
    Ok(())
}

/// How often keys that collide by chance as often as `failure` allows break the limit below. In truth only one in `width^rows` does, for
/// they must meet one key that came in every row: less than one in a billion.
const ALARM: f64 = 1e-11;

/// Somebody knows the hash functions that everybody uses and makes keys that collide under them, for most of them whatever
/// their seed is. One of these keys comes a thousand times, and hardly any of the others seems to.
#[requirement(stage = "secret", level = acceptance, points = 10, schedules = 1)]
async fn crafted_keys_do_not_collide(dc: &Datacentre) -> Outcome {
    let config = config(dc);
    for (against, keys) in crafted::all() {
        let ana = sketch(dc, "ana", config).await;
        let (first, others) = keys.split_first().expect("there are crafted keys");
        ana.add(first, 1_000).await.expect_ok("adding")?;
        let margin = (config.error * 1_000.0) as u64;
        let above = ana.count_keys_above(others.to_vec(), margin).await.expect_ok("estimates")?;
        let (all, limit) = (others.len() as u64, most(others.len() as u64, config.failure, ALARM));
        ensure!(
            above <= limit,
            "keys that were made to collide do",
            "at most {limit} of {all} keys are above {margin}",
            "{above} of {all}, which were made against {against}"
        );
    }
    Ok(())
}
