//! Stage `secret`: whoever chooses the keys knows everything but the secret.

use crate::sketches::{config, counts_about, filled, keys, sketch};
use hyperloglog::Config;
use kata::keys::Family;
use kata_check::{Outcome, crafted};
use kata_sim::{Datacentre, Expect, requirement};

/// Registers enough to tell, and few enough to ask for an estimate after every key.
const PRECISION: u8 = 10;
/// What is in before.
const HELD: u64 = 8_000;
/// What is tried.
const TRIED: u64 = 20_000;

/// Somebody tries keys on a sketch of their own and keeps those that do not change its estimate; nine of ten do not. Given to a
/// sketch that differs in its secret and holds the same besides, they are counted like any others.
///
/// Where the secret decides nothing, 26,000 keys are estimated as 8,000; the limit is 19,000.
#[requirement(stage = "secret", level = acceptance, points = 10, schedules = 1)]
async fn the_secret_decides_what_goes_unnoticed(dc: &Datacentre) -> Outcome {
    let config = Config { precision: PRECISION, ..config(dc) };
    let keys = keys(dc, Family::Random);
    let ana = filled(dc, "ana", config, keys, 0..HELD).await?;
    let unnoticed = ana.find_unnoticed(keys, HELD, HELD + TRIED).await.expect_ok("trying keys")?;
    let count = HELD + unnoticed.len() as u64;
    for bit in [0, 64, 127] {
        let other = Config { secret: config.secret ^ 1 << bit, ..config };
        let bo = filled(dc, "bo", other, keys, 0..HELD).await?;
        bo.add_numbered(keys, unnoticed.clone()).await.expect_ok("adding")?;
        let when =
            format!("when keys are added that go unnoticed under another secret, which differs in bit {bit}");
        counts_about(&bo, count, PRECISION, &when).await?;
    }
    Ok(())
}

/// Somebody knows the hash functions that everybody uses and makes keys that collide under them, for most of them whatever
/// their seed is. A sketch counts them like any others.
#[requirement(stage = "secret", level = acceptance, points = 10, schedules = 1)]
async fn crafted_keys_are_counted(dc: &Datacentre) -> Outcome {
    let config = config(dc);
    for (against, keys) in crafted::all() {
        let ana = sketch(dc, "ana", config).await;
        let count = keys.len() as u64;
        ana.add_each(keys).await.expect_ok("adding")?;
        counts_about(&ana, count, config.precision, &format!("for keys made to collide under {against}"))
            .await?;
    }
    Ok(())
}
