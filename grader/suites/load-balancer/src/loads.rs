//! Stage `loads`: who is busy gets less.

use crate::bench::{Bench, HARDLY_EVER, backends};
use crate::farm::{Busy, Handed, Way};
use futures_util::future::join_all;
use kata_check::{Complaint, Outcome, chance, ensure};
use kata_sim::{Datacentre, requirement};
use load_balancer::{Config, Method, Policy};
use std::time::Duration;

/// The probability that a right solution is blamed for one of the two limits on what chance does here. Two schedules take both:
/// together below 10⁻¹⁰.
const ALARM: f64 = 5e-12;

fn config(policy: Policy, count: usize) -> Config {
    let backends = backends(&vec![1; count]);
    Config { policy, backends, probe_every: HARDLY_EVER, tries_max: 1, ..Config::default() }
}

/// Backends take 5 ms, 100 ms, 300 ms and 800 ms, and requests come every ten milliseconds. Each goes to one that has no more in flight
/// than any other.
#[requirement(stage = "loads", level = concurrency, points = 6, schedules = 20)]
async fn the_least_busy_is_next(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(Policy::LeastConnections, 4)).await;
    for (backend, millis) in [("ash", 800), ("birch", 5), ("cedar", 300), ("douglas", 100)] {
        bench.farm.model_mut().set(backend, Way::Slowly(Duration::from_millis(millis)));
    }
    bench.serve_every(Duration::from_millis(10), 100).await?;
    bench.handed_since(0).iter().try_for_each(is_least_busy)?;
    bench.is_idle().await
}

/// Demands that a request went to a backend that certainly did not have more in flight than another.
fn is_least_busy(handed: &Handed) -> Outcome {
    let least = handed.busy[handed.backend.as_str()].least;
    let free = handed.busy.iter().find(|(_, other)| other.most < least);
    if let Some((other, Busy { most, .. })) = free {
        let Handed { backend, .. } = handed;
        return Err(Complaint::new(
            "a request goes to a backend that is busier than another",
            format!("not {backend}, which has {least} or more in flight"),
            format!("{backend}, while {other} has no more than {most}"),
        ));
    }
    Ok(())
}

/// Backends break, refuse and do not answer. Those requests are over, too: nobody counts them any more when the next ones come.
#[requirement(stage = "loads", level = faults, points = 5, schedules = 15)]
async fn failed_requests_are_over(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(Policy::LeastConnections, 4)).await;
    for (backend, way) in [("ash", Way::Breaks), ("birch", Way::IsSilent), ("cedar", Way::IsDown)] {
        bench.farm.model_mut().set(backend, way);
    }
    let asked = async |_| bench.ask(&bench.client, &bench.request(Method::Post, "a")).await;
    join_all((0..16).map(asked)).await;
    bench.is_idle().await?;
    let already = bench.handed();
    bench.farm.model_mut().set_all(Way::Slowly(Duration::from_millis(500)));
    join_all((0..12).map(async |_| bench.is_served(&bench.client, &bench.read()).await))
        .await
        .into_iter()
        .try_for_each(|served| served.map(|_| ()))?;
    bench.handed_since(already).iter().try_for_each(is_least_busy)
}

/// With only two backends both are always drawn, and the one with less in flight gets the request: never the other.
#[requirement(stage = "loads", level = concurrency, points = 5, schedules = 20)]
async fn two_choices_take_the_better_one(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(Policy::TwoChoices, 2)).await;
    bench.farm.model_mut().set("ash", Way::Slowly(Duration::from_millis(800)));
    bench.farm.model_mut().set("birch", Way::Slowly(Duration::from_millis(30)));
    bench.serve_every(Duration::from_millis(10), 80).await?;
    bench.handed_since(0).iter().try_for_each(is_least_busy)?;
    bench.drain("birch").await?;
    let served = bench.serve(3).await?;
    bench.only_these(&served, &["ash"], "is draining")
}

/// One of eight backends has less to do than all others. It is drawn for one of four requests, and gets that, and no more: if
/// it got all, every node of a large fleet would send everything to the same one.
#[requirement(stage = "loads", level = acceptance, points = 5, schedules = 2)]
async fn the_idle_one_is_not_flooded(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(Policy::TwoChoices, 8)).await;
    bench.farm.model_mut().set_all(Way::Slowly(Duration::from_millis(900)));
    bench.farm.model_mut().set("elm", Way::Serves);
    bench.serve_every(Duration::from_millis(5), 500).await?;
    let handed = bench.handed_since(0);
    let trials: Vec<&Handed> = handed.iter().filter(|handed| has_least(handed, "elm")).collect();
    let (of, drawn) = (trials.len() as u64, trials.iter().filter(|handed| handed.backend == "elm").count());
    // It is in 7 of the 28 pairs.
    let most = chance::most(of, 0.25, ALARM);
    ensure!(
        drawn as u64 <= most,
        "the least busy backend is chosen too often",
        "about a quarter of {of} requests, and at most {most}",
        "{drawn}"
    );
    let least = of - chance::most(of, 0.75, ALARM);
    ensure!(
        drawn as u64 >= least,
        "the least busy backend is chosen too seldom",
        "about a quarter of {of} requests, and at least {least}",
        "{drawn}"
    );
    let worst = handed.iter().find(|handed| has_most(handed));
    ensure!(
        worst.is_none(),
        "a request goes to the busiest backend of all",
        "whoever is drawn besides it has less in flight",
        "{worst:?}"
    );
    Ok(())
}

/// Whether a backend certainly had less in flight than any other.
fn has_least(handed: &Handed, backend: &str) -> bool {
    let most = handed.busy[backend].most;
    handed.busy.iter().all(|(name, other)| **name == *backend || most < other.least)
}

/// Whether the chosen backend certainly had more in flight than any other.
fn has_most(handed: &Handed) -> bool {
    let least = handed.busy[handed.backend.as_str()].least;
    handed.busy.iter().all(|(name, other)| **name == *handed.backend || other.most < least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_tell_a_quarter_from_all_and_from_a_random_one() {
        // Some 350 requests come while the idle backend certainly has least.
        let most = chance::most(350, 0.25, ALARM);
        assert!((140..150).contains(&most), "{most}");
        let least = 350 - chance::most(350, 0.75, ALARM);
        assert!((33..45).contains(&least), "{least}");
        // A single random choice gives it one of eight: above the lower limit often, but it takes busiest ones, too.
        assert!(chance::exceeds(350, 0.9, most) > 0.999_999);
    }
}
