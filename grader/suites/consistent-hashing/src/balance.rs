//! Stage `balance`: every node owns its share.

use crate::clusters::{add, nodes, remove};
use crate::placement::Placement;
use consistent_hashing::{BALANCED_WEIGHT_MAX, Config, ConsistentHashingClient, IMBALANCE_MAX};
use kata::keys::{Family, Keys};
use kata_check::{Complaint, Outcome, spread};
use kata_sim::{Datacentre, requirement};

/// How many clusters are measured; of large ones, where each has many shares to look at, half as many.
const CLUSTERS: u64 = 32;

/// How many keys stand for all keys. Their number adds to the deviation: 4 % for one node of ten, 14 % for one of a hundred.
const KEYS: u64 = 5_000;

/// The probability that a solution just at [`IMBALANCE_MAX`] is blamed for keys of one family in one of three measurements. There are
/// 21 such chances, each taken once or twice: together below 1e-9. With 150 points on the ring (7.7 %, 8.1 % for a hundred nodes) it is
/// far below 1e-30 for ten nodes, and below 1e-20 for a hundred.
///
/// What is caught nevertheless, computed like the limits: for ten equal nodes (limit 14.0 %), 40 points per node or their like (15.6 %
/// with what the sample adds) with a probability above 0.99, 30 points and fewer always. For a hundred (limit 19.4 %), 4,096 slots
/// (15.5 %, with the sample 20.9 %) with a probability above 0.9999. For weights (limit 16.9 %), anything that is off by a sixth.
const ALARM: f64 = 1e-11;

/// Ten nodes of equal weight own equal shares, and so do a hundred: over many clusters, the root mean square of what they deviate from
/// the fair share stays within the contract's bound, for every family of keys by itself.
#[requirement(stage = "balance", level = acceptance, points = 10, schedules = 1)]
async fn keys_are_spread_evenly(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    measure(dc, &[1; 10]).await?;
    measure(dc, &[1; BALANCED_WEIGHT_MAX as usize]).await
}

/// Five nodes of the weights 1, 2, 3, 4 and 10 own shares in proportion.
#[requirement(stage = "balance", level = acceptance, points = 10, schedules = 1)]
async fn weights_share_in_proportion(dc: &Datacentre) -> Outcome {
    dc.deploy::<ConsistentHashingClient>(1, Config::default()).await;
    measure(dc, &[1, 2, 3, 4, 10]).await
}

fn clusters(weights: &[u32]) -> u64 {
    if weights.len() < 100 { CLUSTERS } else { CLUSTERS / 2 }
}

async fn measure(dc: &Datacentre, weights: &[u32]) -> Outcome {
    let ana = dc.client::<ConsistentHashingClient>("ana");
    let mut shares = Family::ALL.map(Shares::new);
    for number in 0..clusters(weights) {
        let cluster = nodes(dc, number, weights);
        add(&ana, &cluster).await?;
        for shares in &mut shares {
            let keys = Keys::new(shares.family, dc.draw("keys").wrapping_add(number));
            let placement = Placement::of(&ana, &cluster, keys, KEYS).await?;
            shares.add(weights, &placement.counts(&cluster));
        }
        remove(&ana, &cluster).await?;
    }
    shares.iter().try_for_each(|shares| shares.judge(weights))
}

/// What nodes of many clusters own of one family's keys.
struct Shares {
    family: Family,
    /// The sum of the squares of all relative deviations.
    squares: f64,
    /// The share that deviates most from the fair one: which part of that it is, and what the cluster's nodes own.
    worst: (f64, Vec<u64>),
}

impl Shares {
    fn new(family: Family) -> Shares {
        Shares { family, squares: 0.0, worst: (1.0, Vec::new()) }
    }

    fn add(&mut self, weights: &[u32], owned: &[u64]) {
        let total: u32 = weights.iter().sum();
        for (&weight, &keys) in weights.iter().zip(owned) {
            let fair = KEYS as f64 * f64::from(weight) / f64::from(total);
            let part = keys as f64 / fair;
            self.squares += (part - 1.0) * (part - 1.0);
            if (part - 1.0).abs() >= (self.worst.0 - 1.0).abs() {
                self.worst = (part, owned.to_vec());
            }
        }
    }

    fn judge(&self, weights: &[u32]) -> Outcome {
        let Shares { family, squares, worst: (part, owned) } = self;
        let clusters = clusters(weights);
        let measured = libm::sqrt(squares / (clusters as f64 * weights.len() as f64));
        let limit = limit(weights);
        if measured <= limit {
            return Ok(());
        }
        Err(Complaint::new(
            format!("keys of the family {family:?} are spread unevenly"),
            format!(
                "shares of nodes of the weights {weights:?} that deviate from the fair ones by {:.0} %, and by chance {:.1} % at \
                 most over {clusters} clusters",
                IMBALANCE_MAX * 100.0,
                limit * 100.0
            ),
            format!(
                "{:.1} %; in one cluster the nodes own {owned:?} of {KEYS} keys, one of them {part:.2} times its fair share",
                measured * 100.0
            ),
        ))
    }
}

/// What a solution at the contract's bound exceeds with the probability [`ALARM`]. Shares of a cluster add up to 1, so one of
/// them is not free. The keys are a sample: they add the deviation of a binomial count, that of the lightest node for all.
fn limit(weights: &[u32]) -> f64 {
    let total: u32 = weights.iter().sum();
    let least = weights.iter().copied().min().map_or(0.0, f64::from) / f64::from(total);
    let sampling = (1.0 - least) / (least * KEYS as f64);
    let free = clusters(weights) as u32 * (weights.len() as u32 - 1);
    spread::most(free, libm::sqrt(IMBALANCE_MAX * IMBALANCE_MAX + sampling), ALARM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_what_they_catch_are_as_stated() {
        let equal = limit(&[1; 10]);
        assert!((0.139..0.141).contains(&equal), "{equal}");
        let deviation = |points: f64| libm::sqrt(9.0 / (10.0 * points + 1.0) + 9.0 / KEYS as f64);
        assert!(spread::exceeds(288, deviation(150.0), equal) < 1e-30);
        assert!(spread::exceeds(288, deviation(40.0), equal) > 0.99);
        assert!(spread::exceeds(288, deviation(30.0), equal) > 0.999_999);
        let hundred = limit(&[1; 100]);
        assert!((0.193..0.195).contains(&hundred), "{hundred}");
        let sampling = 99.0 / KEYS as f64;
        assert!(spread::exceeds(16 * 99, libm::sqrt(99.0 / 15_001.0 + sampling), hundred) < 1e-20);
        assert!(spread::exceeds(16 * 99, libm::sqrt(99.0 / 4_096.0 + sampling), hundred) > 0.999_9);
        let weighted = limit(&[1, 2, 3, 4, 10]);
        assert!((0.168..0.171).contains(&weighted), "{weighted}");
    }
}
