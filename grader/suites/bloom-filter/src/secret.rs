//! Stage `secret`: whoever chooses the keys knows everything but the secret.

use crate::filters::{config, filled, filter, keys, mistakes_max};
use bloom_filter::{Config, RATE_FACTOR};
use kata::keys::Family;
use kata_check::{Outcome, crafted, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// The keys that one filter takes for members by mistake are looked for in another, which holds the same keys and differs in its secret:
/// there they are members no more often than any others. Who finds out some of the mistakes of one filter has
/// learnt nothing of the next.
#[requirement(stage = "secret", level = acceptance, points = 10, schedules = 1)]
async fn the_secret_decides_what_collides(dc: &Datacentre) -> Outcome {
    // So that there are mistakes enough. Of 100 or more that must not recur at more than 0.2, all do if the secret changes
    // nothing, which is beyond every limit. A filter within its size makes three hundred of them and more.
    let config = Config { false_positive_rate: 0.1, ..config(dc) };
    let keys = keys(dc, Family::Random);
    let ana = filled(dc, "ana", config, keys, 0..config.capacity).await?;
    let mistaken = ana.find_contained(keys, 100_000, 130_000).await.expect_ok("looking up")?;
    for bit in [0, 64, 127] {
        let other = Config { secret: config.secret ^ 1 << bit, ..config };
        let bo = filled(dc, "bo", other, keys, 0..config.capacity).await?;
        let again = bo.count_contained_of(keys, mistaken.clone()).await.expect_ok("looking up")?;
        let (all, limit) = (mistaken.len() as u64, mistakes_max(mistaken.len() as u64, 0.1));
        ensure!(
            again <= limit || all < 100,
            "what collides under one secret collides under another",
            "at most {RATE_FACTOR} x 0.1 of them, as of any keys: {limit} of {all}",
            "{again} of {all}, the secrets differ in bit {bit}"
        );
    }
    Ok(())
}

/// Somebody knows the hash functions that everybody uses and makes keys that collide under them, for most of them whatever
/// their seed is. A filter that holds one of these keys finds hardly any of the others.
#[requirement(stage = "secret", level = acceptance, points = 10, schedules = 1)]
async fn crafted_keys_do_not_collide(dc: &Datacentre) -> Outcome {
    let config = config(dc);
    for (against, keys) in crafted::all() {
        let ana = filter(dc, "ana", config).await;
        let (first, others) = keys.split_first().expect("there are crafted keys");
        ana.insert(first).await.expect_ok("inserting")?;
        let found = ana.count_contained_keys(others.to_vec()).await.expect_ok("looking up")?;
        let (all, limit) =
            (others.len() as u64, mistakes_max(others.len() as u64, config.false_positive_rate));
        ensure!(
            found <= limit,
            "keys that were made to collide do",
            "at most {limit} of {all} keys are found by mistake",
            "{found} of {all}, which were made against {against}"
        );
    }
    Ok(())
}
