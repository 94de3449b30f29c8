//! Stage `speed`: look-ups in real time.

use crate::hashring::Hashring;
use consistent_hashing::{
    Config, ConsistentHashingClient, ConsistentHashingContract, RACE_KEYS, RACE_NODES, RACE_RATIO_MAX,
};
use kata::keys::{Family, Keys};
use kata::runtime::role;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, Race, Yardstick, requirement};

/// A hundred nodes are added and ten thousand keys looked up, in turns with the crate hashring. A solution may take 5 times as long.
/// That is room to ask each node for its score, and none to sort the ring for each point or each key.
#[requirement(stage = "speed", level = scale, points = 10, native)]
async fn look_ups_are_quick(dc: &Datacentre) -> Outcome {
    let race = Race {
        name: "look-ups",
        yardstick: Yardstick::new("hashring 0.3", role::<ConsistentHashingContract<Hashring>>()),
        threads: 1,
        operations: RACE_KEYS,
        ratio_max: RACE_RATIO_MAX,
    };
    let seed = dc.draw("keys");
    race.run::<ConsistentHashingClient>(dc, Config::default(), async |client, round| {
        let keys = Keys::new(Family::Random, seed.wrapping_add(round));
        let found = client.add_and_look_up(RACE_NODES, keys, RACE_KEYS).await.expect_ok("look-ups")?;
        ensure!(found == RACE_KEYS, "keys have no owner in the race", "{RACE_KEYS}", "{found}");
        Ok(())
    })
    .await
}
