//! Stage `loads`: who is busy gets less.

use crate::bench::{Bench, HARDLY_EVER, backends};
use crate::farm::{Busy, Handed, Way};
use futures_util::future::{join, join_all};
use kata_check::{Complaint, Outcome, chance, ensure};
use kata_sim::{Datacentre, requirement};
use load_balancer::{Config, Method, Policy};
use std::rc::Rc;
use std::time::Duration;

/// The probability that a right solution is blamed for one of the limits on what chance does here. Two schedules take five of
/// them: together below 10⁻¹⁰.
const ALARM: f64 = 5e-12;

/// Backends with weights, which do not count here.
fn config(policy: Policy, count: usize) -> Config {
    let backends = backends(&[8, 1, 5, 2, 7, 3, 6, 4][..count]);
    Config { policy, backends, probe_every: HARDLY_EVER, tries_max: 1, ..Config::default() }
}

/// Backends take 5 ms, 100 ms, 300 ms and 800 ms, and requests come every ten milliseconds. Each goes to one that has no more in flight
/// than any other. One more backend refuses what it gets, and what it refuses goes to one that has no more in flight than the rest.
#[requirement(stage = "loads", level = concurrency, points = 6, schedules = 20)]
async fn the_least_busy_is_next(dc: &Datacentre) -> Outcome {
    let config = Config { tries_max: 2, purse: 1_000, ..config(Policy::LeastConnections, 5) };
    let bench = Bench::new(dc, config).await;
    bench.farm.model_mut().set("elm", Way::Refuses);
    for (backend, millis) in [("ash", 800), ("birch", 5), ("cedar", 300), ("douglas", 100)] {
        bench.farm.model_mut().set(backend, Way::Slowly(Duration::from_millis(millis)));
    }
    let began = dc.now();
    let all = (0..100).map(async |number| {
        dc.sleep_until(began + Duration::from_millis(10) * number).await;
        bench.ask(&bench.client, &bench.read()).await
    });
    let failed = join_all(all).await.into_iter().find(|heard| !heard.is_ok());
    ensure!(
        failed.is_none(),
        "a request is not served though only one backend refuses",
        "Ok(..)",
        "{failed:?}"
    );
    bench.handed_since(0).iter().try_for_each(is_least_busy)?;
    bench.is_idle().await
}

/// Demands that a request went to a backend that certainly did not have more in flight than another that had not had it.
fn is_least_busy(handed: &Handed) -> Outcome {
    let least = handed.busy[handed.backend.as_str()].least;
    let is_free = |(name, other): &(&Rc<str>, &Busy)| {
        other.most < least && !handed.tried.iter().any(|tried| **tried == ***name)
    };
    let free = handed.busy.iter().find(is_free);
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
/// it got all, every node of a large fleet would send everything to the same one. And every two of four backends are drawn together
/// now and then: of two busy ones, whoever is less busy gets a request.
#[requirement(stage = "loads", level = acceptance, points = 5, schedules = 2)]
async fn the_idle_one_is_not_flooded(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(Policy::TwoChoices, 8)).await;
    let rest = ["elm", "fir", "ginkgo", "hazel"];
    for backend in rest {
        bench.drain(backend).await?;
    }
    for partner in ["birch", "cedar", "douglas"] {
        are_drawn_together(&bench, ["ash", partner]).await?;
    }
    for backend in rest {
        bench.undrain(backend).await?;
    }
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

/// How many requests come while two of four backends are busy.
const WHILE_TWO_ARE_BUSY: u32 = 180;

/// Demands that two of the first four backends are drawn together now and then: only then one of them gets a request, for both are
/// busier than the others.
async fn are_drawn_together(bench: &Bench<'_>, busy: [&str; 2]) -> Outcome {
    let others = ["ash", "birch", "cedar", "douglas"].into_iter().filter(|backend| !busy.contains(backend));
    let others: Vec<&str> = others.collect();
    bench.farm.model_mut().set_all(Way::Serves);
    for backend in busy {
        bench.farm.model_mut().set(backend, Way::Slowly(Duration::from_millis(900)));
    }
    for backend in &others {
        bench.drain(backend).await?;
    }
    let become_busy = bench.serve_every(Duration::ZERO, 60);
    let come_then = async {
        bench.dc.sleep(Duration::from_millis(50)).await;
        for backend in &others {
            bench.undrain(backend).await?;
        }
        let already = bench.handed();
        bench.serve_every(Duration::from_millis(3), WHILE_TWO_ARE_BUSY).await?;
        Ok(bench.handed_since(already))
    };
    let (served, handed) = join(become_busy, come_then).await;
    served?;
    let are_busy = |handed: &&Handed| {
        let least = busy.iter().map(|backend| handed.busy[*backend].least).min();
        let most = others.iter().map(|backend| handed.busy[*backend].most).max();
        least > most
    };
    let handed = handed?;
    let trials: Vec<&Handed> = handed.iter().filter(are_busy).collect();
    let of = trials.len() as u64;
    let got = trials.iter().filter(|handed| busy.contains(&handed.backend.as_str())).count() as u64;
    // They are one of six pairs.
    let least = of - chance::most(of, 5.0 / 6.0, ALARM);
    let [one, two] = busy;
    ensure!(
        got >= least,
        "{one} and {two} are drawn together too seldom",
        "about a sixth of {of} requests for one of them while the others are less busy, and at least {least}",
        "{got}"
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
        // Nobody gets anything who is never drawn with the other busy one.
        let together = u64::from(WHILE_TWO_ARE_BUSY);
        let least = together - chance::most(together, 5.0 / 6.0, ALARM);
        assert!((1..10).contains(&least), "{least}");
        // A single random choice gives it one of eight: above the lower limit often, but it takes busiest ones, too.
        assert!(chance::exceeds(350, 0.9, most) > 0.999_999);
    }
}
