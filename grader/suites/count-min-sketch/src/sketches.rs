//! What all stages share: sketches on nodes of their own, and their configurations.

use count_min_sketch::{Config, CountMinSketchClient as Client};
use kata::keys::{Family, Keys};
use kata_sim::{Datacentre, NodeId};

/// How often an estimate of a sketch that is [`sure`] may be far too high. A grade asks such sketches for fewer than half a million
/// estimates, so one that keeps its promise fails once in two billion grades; and where a single estimate is far too high, the
/// promise is broken. No estimate need be independent of another for that.
const NEVER: f64 = 1e-15;

/// A sketch with a secret of this run.
pub(crate) fn config(dc: &Datacentre) -> Config {
    Config { secret: secret(dc, "the only one"), ..Config::default() }
}

/// A sketch whose estimates all are as close as its `error` says.
pub(crate) fn sure(dc: &Datacentre) -> Config {
    Config { failure: NEVER, ..config(dc) }
}

/// A secret of this run; another name gives another secret.
pub(crate) fn secret(dc: &Datacentre, name: &str) -> u128 {
    let half = |half: &str| u128::from(dc.draw(&format!("{half} half of secret {name}")));
    half("one") << 64 | half("the other")
}

/// Keys of this run.
pub(crate) fn keys(dc: &Datacentre, family: Family) -> Keys {
    Keys::new(family, dc.draw("keys"))
}

/// A sketch on a new node, empty.
pub(crate) async fn sketch(dc: &Datacentre, name: &str, config: Config) -> Client {
    dc.client_at::<Client>(name, node(dc, config).await)
}

/// A new node with an empty sketch.
pub(crate) async fn node(dc: &Datacentre, config: Config) -> NodeId {
    dc.deploy::<Client>(1, config).await[0]
}
