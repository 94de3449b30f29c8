//! Stage `coming-back`: who comes back begins with little.

use crate::bench::{Bench, HARDLY_EVER, backends};
use crate::farm::{Handed, Pulse};
use crate::shares::are_in_rotation;
use futures_util::future::join;
use kata_check::{Complaint, Outcome, ensure};
use kata_ports::Time;
use kata_sim::{Datacentre, requirement};
use load_balancer::{Config, NOTICE_SLACK, Policy, SHARE_SLACK};
use std::time::Duration;

const SLOW_START: Duration = Duration::from_secs(10);

/// How often requests come.
const EVERY: Duration = Duration::from_millis(10);

fn config(probe_every: Duration) -> Config {
    Config {
        policy: Policy::WeightedRoundRobin,
        backends: backends(&[1, 2, 3, 1]),
        slow_start: SLOW_START,
        probe_every,
        ..Config::default()
    }
}

/// A backend was drained, and is back. Within ten seconds its share rises from nearly nothing to what its weight says, in every second
/// according to the time that has passed, also when it has been away before, and whoever ends its draining again meanwhile. Then it has
/// its turns like all others.
#[requirement(stage = "coming-back", level = acceptance, points = 6, schedules = 2)]
async fn a_share_rises_evenly(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(HARDLY_EVER)).await;
    are_in_rotation(&bench.serve(40).await?, &bench.config.backends)?;
    bench.drain("cedar").await?;
    bench.serve(10).await?;
    bench.undrain("cedar").await?;
    dc.sleep(SLOW_START).await;
    bench.drain("cedar").await?;
    dc.sleep(SLOW_START / 2).await;
    let back = Back::of(&bench, "cedar").await?;
    let already = bench.handed();
    let requests = bench.serve_every(EVERY, (SLOW_START.as_millis() / EVERY.as_millis()) as u32);
    let again = async {
        dc.sleep(SLOW_START / 2).await;
        bench.undrain("cedar").await
    };
    let (served, undrained) = join(requests, again).await;
    served?;
    undrained?;
    let handed = bench.handed_since(already);
    for second in 0..SLOW_START.as_secs() {
        let from = back.latest + Duration::from_secs(second);
        back.has_its_share(&handed, from, from + Duration::from_secs(1))?;
    }
    dc.sleep_until(back.latest + SLOW_START).await;
    are_in_rotation(&bench.serve(60).await?, &bench.config.backends)
}

/// A backend that was unhealthy begins with little, too.
#[requirement(stage = "coming-back", level = acceptance, points = 4, schedules = 5)]
async fn a_recovered_backend_is_spared(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(Duration::from_secs(1))).await;
    let rounds = (bench.config.probe_every + bench.config.probe_timeout) * bench.config.unhealthy_after;
    bench.farm.model_mut().set_pulse("birch", Pulse::Unwell);
    dc.sleep(rounds + NOTICE_SLACK).await;
    bench.farm.model_mut().set_pulse("birch", Pulse::Well);
    let earliest = dc.now();
    dc.sleep(rounds + NOTICE_SLACK).await;
    let (back, already) = (Back::since(&bench, "birch", earliest), bench.handed());
    bench.serve_every(Duration::from_millis(5), 100).await?;
    back.has_its_share(&bench.handed_since(already), back.latest, dc.now())
}

/// All backends are drained, and one is back. It gets everything at once, although it has only just come.
#[requirement(stage = "coming-back", level = acceptance, points = 4, schedules = 10)]
async fn alone_it_gets_all(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(HARDLY_EVER)).await;
    for backend in ["ash", "birch", "cedar", "douglas"] {
        bench.drain(backend).await?;
    }
    bench.undrain("douglas").await?;
    let served = bench.serve(10).await?;
    bench.only_these(&served, &["douglas"], "is draining")?;
    bench.undrain("ash").await?;
    let served = bench.serve(10).await?;
    bench.only_these(&served, &["ash", "douglas"], "is draining")
}

/// A backend that is back, among three others.
struct Back {
    name: &'static str,
    weight: f64,
    /// What the others weigh together.
    others: f64,
    /// When it came back, at the earliest and at the latest.
    earliest: Time,
    latest: Time,
}

impl Back {
    /// Ends the draining of a backend.
    async fn of(bench: &Bench<'_>, name: &'static str) -> Result<Back, Complaint> {
        let earliest = bench.dc.now();
        bench.undrain(name).await?;
        Ok(Back::since(bench, name, earliest))
    }

    /// A backend that has come back between `earliest` and now.
    fn since(bench: &Bench<'_>, name: &'static str, earliest: Time) -> Back {
        let weight = |is_it: bool| {
            let those = bench.config.backends.iter().filter(|backend| (backend.name == name) == is_it);
            f64::from(those.map(|backend| backend.weight).sum::<u32>())
        };
        Back { name, weight: weight(true), others: weight(false), earliest, latest: bench.dc.now() }
    }

    /// Its share if that part of its weight counts, all of it at most.
    fn share_at(&self, part: f64) -> f64 {
        let weight = self.weight * part.clamp(0.0, 1.0);
        weight / (self.others + weight)
    }

    /// Demands that of what was handed over between two moments, it got what the contract says.
    fn has_its_share(&self, handed: &[Handed], from: Time, to: Time) -> Outcome {
        let within: Vec<&Handed> = handed.iter().filter(|handed| (from..to).contains(&handed.at)).collect();
        let (of, name) = (within.len(), self.name);
        let got = within.iter().filter(|handed| handed.backend == self.name).count();
        let rise = |since: Duration| since.as_secs_f64() / SLOW_START.as_secs_f64();
        let least = self.share_at(rise(from.since(self.latest)) - 0.1) * of as f64 - f64::from(SHARE_SLACK);
        let most = self.share_at(rise(to.since(self.earliest)) + 0.1) * of as f64 + f64::from(SHARE_SLACK);
        let (after, until) = (from.since(self.latest), to.since(self.latest));
        ensure!(
            (least..=most).contains(&(got as f64)),
            "{name} gets another share than it should have between {after:.1?} and {until:.1?} after it came back",
            "{least:.1} to {most:.1} of {of} requests",
            "{got}"
        );
        Ok(())
    }
}
