//! Stage `further-tries`: when somebody else may help, and when nobody may.

use crate::bench::{Bench, HARDLY_EVER, Heard};
use crate::farm::Way;
use futures_util::future::{join, join_all};
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use load_balancer::{Config, HandleError, Method, Request};
use std::collections::BTreeSet;
use std::time::Duration;

/// Further tries enough for all scenarios that are about something else.
const DEEP: u32 = 1_000;

fn config() -> Config {
    Config { probe_every: HARDLY_EVER, purse: DEEP, ..Config::default() }
}

/// Two of four backends turn requests away: one refuses, the other cannot be reached. Both have done nothing, so another one
/// gets them, also what must not happen twice, and everything is served.
#[requirement(stage = "further-tries", level = acceptance, points = 5, schedules = 10)]
async fn refused_requests_go_elsewhere(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.farm.model_mut().set("ash", Way::Refuses);
    bench.farm.model_mut().set("cedar", Way::IsDown);
    for method in [Method::Post, Method::Get, Method::Put, Method::Delete].repeat(4) {
        is_served_somewhere(&bench, &bench.request(method, "a")).await?;
    }
    bench.is_idle().await
}

/// Demands that a request be served in the end, and handed to nobody twice.
async fn is_served_somewhere(bench: &Bench<'_>, request: &Request) -> Outcome {
    let heard = bench.ask(&bench.client, request).await;
    let tried = tried(bench, request)?;
    ensure!(
        heard.is_ok(),
        "a request is not served though a further try is due",
        "Ok(..)",
        "{heard} after {tried:?}"
    );
    Ok(())
}

/// Whom a request was handed to; nobody twice.
fn tried(bench: &Bench<'_>, request: &Request) -> Result<Vec<String>, Complaint> {
    let tried = bench.farm.model().handed_to(request);
    let different: BTreeSet<&String> = tried.iter().collect();
    ensure!(
        different.len() == tried.len(),
        "a request is handed to the same backend twice",
        "each further try goes to another one",
        "{tried:?}"
    );
    Ok(tried)
}

/// All backends refuse. Three are tried, and the client learns that nothing has happened. Then two of them are drained: the
/// other two are tried, and nobody else. The same if they are drained while the first try waits for its answer.
#[requirement(stage = "further-tries", level = acceptance, points = 5, schedules = 10)]
async fn tries_have_an_end(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.farm.model_mut().set_all(Way::Refuses);
    for draining in [false, true] {
        if draining {
            bench.drain("birch").await?;
            bench.drain("douglas").await?;
        }
        let expected = if draining { 2 } else { 3 };
        for method in [Method::Get, Method::Post].repeat(4) {
            let request = bench.request(method, "a");
            let heard = bench.ask(&bench.client, &request).await;
            let tried = tried(&bench, &request)?;
            let count = tried.len();
            ensure!(
                count == expected,
                "a request that is refused is tried {count} times",
                "{expected} times",
                "{tried:?}"
            );
            if draining {
                bench.only_these(&tried, &["ash", "cedar"], "is draining")?;
            }
            is_refused(&heard)?;
        }
    }
    bench.undrain("birch").await?;
    bench.undrain("douglas").await?;
    bench.farm.model_mut().set_all(Way::IsSilent);
    let request = bench.request(Method::Get, "a");
    let draining = async {
        dc.sleep(Duration::from_millis(300)).await;
        let mut others: Vec<&str> = vec!["ash", "birch", "cedar", "douglas"];
        others.retain(|backend| !bench.farm.model().handed_to(&request).iter().any(|tried| tried == backend));
        let left = others.split_off(2);
        for backend in others {
            bench.drain(backend).await?;
        }
        Ok(left)
    };
    let (_, left) = join(bench.ask(&bench.client, &request), draining).await;
    let (left, tried) = (left?, tried(&bench, &request)?);
    bench.only_these(tried.get(1..).unwrap_or_default(), &left, "was drained before that try")?;
    let count = tried.len();
    ensure!(
        count == 2,
        "a request without an answer is tried {count} times",
        "two times: {left:?} is left",
        "{tried:?}"
    );
    Ok(())
}

fn is_refused(heard: &Heard) -> Outcome {
    let expected = Answer::Refused(HandleError::Refused);
    ensure!(
        *heard == expected,
        "a request that everybody refused is answered wrongly",
        "{expected}",
        "{heard}"
    );
    Ok(())
}

/// One backend breaks while it serves, and one never answers. Whatever may be done twice is tried again elsewhere, and is served.
#[requirement(stage = "further-tries", level = faults, points = 5, schedules = 10)]
async fn reads_are_tried_again(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.farm.model_mut().set("birch", Way::Breaks);
    bench.farm.model_mut().set("douglas", Way::IsSilent);
    for method in [Method::Get, Method::Put, Method::Delete].repeat(3) {
        is_served_somewhere(&bench, &bench.request(method, "a")).await?;
    }
    Ok(())
}

/// Orders are placed while backends break, fall silent and refuse, and the node crashes or the network loses and delays what it
/// carries. No order is placed twice; one that was answered is placed, and one that was refused is not. When all is well again,
/// so are orders.
#[requirement(stage = "further-tries", level = faults, points = 8, schedules = 40, sweep = [crashes, lost_answers, late_effects, outages])]
async fn nothing_is_ordered_twice(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    for (backend, way) in [("ash", Way::Breaks), ("birch", Way::IsSilent), ("cedar", Way::Refuses)] {
        bench.farm.model_mut().set(backend, way);
    }
    let orders: Vec<Request> = (0..6).map(|_| bench.request(Method::Post, "order")).collect();
    let answers = join_all(orders.iter().map(async |order| bench.ask(&bench.client, order).await)).await;
    bench.farm.model_mut().set_all(Way::Serves);
    dc.heal().await;
    // Whatever is late has happened by then.
    dc.sleep(Duration::from_secs(10)).await;
    for (order, answer) in orders.iter().zip(&answers) {
        let times = bench.farm.model().effects(order);
        ensure!(
            times <= 1,
            "an order is placed {times} times",
            "once at most, the client hears {answer}",
            "{times} times"
        );
        let is_lie = match answer {
            Answer::Ok(_) => times == 0,
            Answer::Refused(HandleError::NoBackend | HandleError::Refused) => times > 0,
            Answer::Refused(HandleError::Failed(_)) | Answer::Unknown => false,
        };
        ensure!(
            !is_lie,
            "a client hears what is not so about its order",
            "{answer} only if it is",
            "placed {times} times"
        );
    }
    for _ in 0..4 {
        let order = bench.request(Method::Post, "order");
        let heard = bench.ask(&bench.client, &order).await;
        ensure!(heard.is_ok(), "an order is not placed though all is well", "Ok(..)", "{heard}");
    }
    Ok(())
}

/// One backend breaks, and all others refuse what they are asked to do after it. The last word is a refusal, but something may have
/// happened before: the client must not hear that nothing has.
#[requirement(stage = "further-tries", level = acceptance, points = 4, schedules = 10)]
async fn what_may_have_happened_is_not_denied(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, Config { tries_max: 4, ..config() }).await;
    bench.farm.model_mut().set_all(Way::Refuses);
    bench.farm.model_mut().set("birch", Way::Breaks);
    for _ in 0..6 {
        let request = bench.request(Method::Put, "a");
        let heard = bench.ask(&bench.client, &request).await;
        let tried = tried(&bench, &request)?;
        ensure!(tried.len() == 4, "a further try is due, and is not made", "all four backends", "{tried:?}");
        let is_honest = heard.is_unknown();
        ensure!(
            is_honest,
            "a client hears that nothing happened, which nobody knows",
            "Err(Failed(Unknown))",
            "{heard}"
        );
    }
    bench.farm.model_mut().set("birch", Way::Refuses);
    let request = bench.request(Method::Put, "a");
    is_refused(&bench.ask(&bench.client, &request).await)
}

/// Two backends are drained, and the others refuse everything. Two hundred requests come, and each might be tried twice; but the purse
/// pays for four further tries, and for three more every ten requests. A try that is not made costs nothing.
#[requirement(stage = "further-tries", level = acceptance, points = 6, schedules = 5)]
async fn no_storm_of_further_tries(dc: &Datacentre) -> Outcome {
    const REQUESTS: u32 = 200;
    let (purse, purse_percent) = (4, 30);
    let bench = Bench::new(dc, Config { purse, purse_percent, ..config() }).await;
    // A long time without trouble fills no purse beyond its brim.
    bench.serve(60).await?;
    bench.drain("ash").await?;
    bench.drain("cedar").await?;
    bench.farm.model_mut().set_all(Way::Refuses);
    let already = bench.handed();
    for _ in 0..REQUESTS {
        let request = bench.request(Method::Get, "a");
        let heard = bench.ask(&bench.client, &request).await;
        is_refused(&heard)?;
    }
    let further = ((bench.handed() - already) as u32).saturating_sub(REQUESTS);
    // The purse is full when the first of them comes, so that one puts nothing into it.
    let earned = |requests: u32| requests * purse_percent / 100;
    let (least, most) = (purse + earned(REQUESTS - 1) - 1, purse + earned(REQUESTS));
    ensure!(
        (least..=most).contains(&further),
        "{REQUESTS} refused requests are tried {further} times more",
        "{least} to {most} further tries (a purse of {purse}, and {purse_percent} % of {REQUESTS})",
        "{further}"
    );
    Ok(())
}
