//! Stage `draining`: a backend is to be taken away, and nobody should notice.

use crate::bench::{Bench, HARDLY_EVER};
use crate::farm::Way;
use crate::shares::are_in_rotation;
use futures_util::future::{join, join_all};
use kata::Answer;
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use load_balancer::{Config, DrainError, FAST, HandleError, Policy};
use std::time::Duration;

const POLICIES: [Policy; 6] = [
    Policy::RoundRobin,
    Policy::WeightedRoundRobin,
    Policy::LeastConnections,
    Policy::TwoChoices,
    Policy::AddressHash,
    Policy::ConsistentHash,
];

/// A backend that is draining gets nothing, and the others share what comes. When it is over, it has its turns again. Doing
/// either twice is no different, and backends that nobody knows are refused.
#[requirement(stage = "draining", level = acceptance, points = 5, schedules = 10)]
async fn a_draining_backend_gets_nothing(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.serve(5).await?;
    bench.drain("birch").await?;
    bench.drain("birch").await?;
    let served = bench.serve(30).await?;
    bench.only_these(&served, &["ash", "cedar", "douglas"], "is draining")?;
    let others: Vec<_> = bench.config.backends.iter().filter(|one| one.name != "birch").cloned().collect();
    are_in_rotation(&served, &others)?;
    for status in bench.status().await? {
        let expected = status.name == "birch";
        ensure!(
            status.is_draining == expected,
            "`status` is wrong about who is draining",
            "birch",
            "{status:?}"
        );
    }
    bench.undrain("birch").await?;
    are_in_rotation(&bench.serve(16).await?, &bench.config.backends)?;
    bench.undrain("birch").await?;
    are_in_rotation(&bench.serve(30).await?, &bench.config.backends)?;
    let error = bench.client.drain("oak".to_owned()).await.expect_refused("draining a backend unheard of")?;
    ensure!(error == DrainError::UnknownBackend, "a wrong error", "UnknownBackend", "{error:?}");
    let error = bench.client.undrain("oak".to_owned()).await.expect_refused("the opposite")?;
    ensure!(error == DrainError::UnknownBackend, "a wrong error", "UnknownBackend", "{error:?}");
    Ok(())
}

/// All backends are drained, one after the other. Who comes then learns at once that there is none, and requests are served again as soon
/// as one is there.
#[requirement(stage = "draining", level = acceptance, points = 4, schedules = 10)]
async fn without_backends_requests_are_refused(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config::default()).await;
    bench.serve(3).await?;
    for backend in ["ash", "birch", "cedar", "douglas"] {
        bench.drain(backend).await?;
    }
    for _ in 0..3 {
        is_turned_away(&bench).await?;
    }
    bench.undrain("cedar").await?;
    let served = bench.serve(3).await?;
    bench.only_these(&served, &["cedar"], "is draining")
}

/// Demands that a request be refused at once, and handed to nobody.
pub(crate) async fn is_turned_away(bench: &Bench<'_>) -> Outcome {
    let (began, request) = (bench.dc.now(), bench.read());
    let heard = bench.ask(&bench.client, &request).await;
    let took = bench.dc.now().since(began);
    let expected = Answer::Refused(HandleError::NoBackend);
    ensure!(
        heard == expected,
        "a request without an available backend is answered wrongly",
        "{expected}",
        "{heard}"
    );
    let handed_to = bench.farm.model().handed_to(&request);
    ensure!(
        handed_to.is_empty(),
        "a request is handed over though no backend is available",
        "nobody gets it",
        "{handed_to:?}"
    );
    ensure!(took <= FAST, "a request is refused slowly", "within {FAST:?}", "{took:?}");
    Ok(())
}

/// Requests are under way at backends that are drained meanwhile. They are not cut off: each has its answer, from where it was.
#[requirement(stage = "draining", level = concurrency, points = 5, schedules = 40)]
async fn requests_under_way_are_finished(dc: &Datacentre) -> Outcome {
    let config = Config { probe_every: HARDLY_EVER, ..Config::default() };
    let bench = Bench::new(dc, config).await;
    bench.farm.model_mut().set_all(Way::Slowly(Duration::from_millis(500)));
    let slow = join_all((0..8).map(async |_| bench.is_served(&bench.client, &bench.read()).await));
    let draining = async {
        dc.sleep(Duration::from_millis(100)).await;
        for backend in ["ash", "birch", "cedar"] {
            bench.drain(backend).await?;
        }
        let in_flight: u32 = bench.status().await?.iter().map(|status| status.in_flight).sum();
        ensure!(
            in_flight == 8,
            "`status` does not count requests in flight at draining backends",
            "8",
            "{in_flight}"
        );
        Ok(())
    };
    let (served, drained) = join(slow, draining).await;
    drained?;
    served.into_iter().try_for_each(|served| served.map(|_| ()))?;
    bench.is_idle().await
}

/// Requests go on coming, some of them for the third time from the same address and about the same thing, while a backend is drained.
/// From then on it gets none of them, whatever the policy is.
#[requirement(stage = "draining", level = concurrency, points = 6, schedules = 60)]
async fn no_policy_forgets_who_is_draining(dc: &Datacentre) -> Outcome {
    let policy = POLICIES[dc.pick("policy", POLICIES.len() as u64) as usize];
    let config = Config { policy, probe_every: HARDLY_EVER, ..Config::default() };
    let bench = Bench::new(dc, config).await;
    bench.farm.model_mut().set_all(Way::Slowly(Duration::from_millis(60)));
    let clients: Vec<_> = (0..12).map(|number| bench.client_from(&format!("10.0.0.{number}"))).collect();
    let began = dc.now();
    let all = join_all((0..60_u32).map(async |number| {
        dc.sleep_until(began + Duration::from_millis(10) * number).await;
        let (sticky, request) = (number as usize % 12, bench.read());
        let request = load_balancer::Request { key: format!("doc-{sticky}"), ..request };
        bench.is_served(&clients[sticky], &request).await
    }));
    let draining = async {
        dc.sleep(Duration::from_millis(200)).await;
        bench.drain("ash").await?;
        bench.drain("cedar").await?;
        Ok(dc.now())
    };
    let (served, drained) = join(all, draining).await;
    let drained_at = drained?;
    served.into_iter().try_for_each(|served| served.map(|_| ()))?;
    let after = bench.handed_since(0).into_iter().filter(|handed| handed.at > drained_at);
    let after: Vec<String> = after.map(|handed| handed.backend).collect();
    bench.only_these(&after, &["birch", "douglas"], "is draining")
}
