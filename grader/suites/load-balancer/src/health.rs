//! Stage `health`: who is not well gets nothing, until it is.

use crate::bench::{Bench, backends, port};
use crate::draining::is_turned_away;
use crate::farm::{Farm, Pulse, Way};
use crate::shares::are_in_rotation;
use kata_check::{Outcome, ensure};
use kata_ports::Time;
use kata_sim::rules::outage;
use kata_sim::{Datacentre, requirement};
use load_balancer::{Config, NOTICE_SLACK};
use std::time::Duration;

/// Nothing as it is by default.
fn config() -> Config {
    Config {
        probe_every: Duration::from_secs(1),
        probe_timeout: Duration::from_millis(600),
        unhealthy_after: 4,
        healthy_after: 3,
        ..Config::default()
    }
}

/// When a backend that fails every probe from now on is unhealthy at the latest.
fn sick_after(config: &Config) -> Duration {
    config.unhealthy_after * (config.probe_every + config.probe_timeout) + NOTICE_SLACK
}

/// When a backend whose probes are good from now on is healthy at the latest.
fn well_after(config: &Config) -> Duration {
    config.healthy_after * (config.probe_every + config.probe_timeout) + NOTICE_SLACK
}

/// A backend fails its probes. In time it gets nothing, and the others share what comes. It still serves what it is given, and
/// that changes nothing; nor do failed requests make another one unhealthy.
#[requirement(stage = "health", level = acceptance, points = 5, schedules = 10)]
async fn a_sick_backend_gets_nothing(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.farm.model_mut().set_pulse("birch", Pulse::Unwell);
    bench.farm.model_mut().set("cedar", Way::Breaks);
    dc.sleep(sick_after(&bench.config)).await;
    for _ in 0..8 {
        let request = bench.read();
        bench.ask(&bench.client, &request).await.ok();
    }
    bench.farm.model_mut().set("cedar", Way::Serves);
    let served = bench.serve(24).await?;
    bench.only_these(&served, &["ash", "cedar", "douglas"], "fails its probes")?;
    let others: Vec<_> = bench.config.backends.iter().filter(|one| one.name != "birch").cloned().collect();
    are_in_rotation(&served, &others)?;
    for status in bench.status().await? {
        let expected = status.name != "birch";
        ensure!(
            status.is_healthy == expected,
            "`status` is wrong about who is healthy",
            "all but birch",
            "{status:?}"
        );
    }
    Ok(())
}

/// A backend fails three probes of four, again and again, but never four in a row. It goes on getting its share. Nor is anybody
/// probed more often than the configuration says.
#[requirement(stage = "health", level = acceptance, points = 5, schedules = 10)]
async fn a_bad_probe_is_no_illness(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    let shaky = [Pulse::Unwell, Pulse::Unwell, Pulse::Unwell, Pulse::Well].repeat(3);
    bench.farm.model_mut().set_next_pulses("birch", shaky);
    let mut served = Vec::new();
    for _ in 0..26 {
        served.extend(bench.serve(3).await?);
        dc.sleep(Duration::from_millis(500)).await;
    }
    are_in_rotation(&served, &bench.config.backends)?;
    let (gap, every) = (bench.farm.model().probe_gap, bench.config.probe_every);
    ensure!(
        gap.is_some_and(|gap| gap >= every),
        "backends are not probed as often as configured",
        "one probe after the other, {every:?} or more from one to the next",
        "{gap:?}"
    );
    Ok(())
}

/// A backend was unhealthy, and now two probes of three are good. That is not enough; three in a row are.
#[requirement(stage = "health", level = acceptance, points = 5, schedules = 10)]
async fn a_good_probe_is_no_recovery(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.farm.model_mut().set_pulse("birch", Pulse::Unwell);
    dc.sleep(sick_after(&bench.config)).await;
    let already = bench.farm.model().probed.len();
    let shaky = [Pulse::Well, Pulse::Well, Pulse::Unwell].repeat(3);
    let patience =
        dc.now() + 9 * (bench.config.probe_every + bench.config.probe_timeout) + well_after(&bench.config);
    bench.farm.model_mut().set_next_pulses("birch", shaky);
    bench.farm.model_mut().set_pulse("birch", Pulse::Well);
    let mut back_at = None;
    while back_at.is_none() {
        let served = bench.serve(4).await?;
        back_at = enough_good_ones(&bench.farm.model(), already, "birch", bench.config.healthy_after);
        if back_at.is_none() {
            bench.only_these(
                &served,
                &["ash", "cedar", "douglas"],
                "has not had three good probes in a row",
            )?;
        }
        let now = dc.now();
        ensure!(
            now < patience,
            "an unhealthy backend is not probed as often as configured",
            "twelve probes within twelve times `probe_every` and `probe_timeout`",
            "fewer"
        );
        dc.sleep(Duration::from_millis(200)).await;
    }
    // The answer of that probe may be on its way yet.
    dc.sleep(NOTICE_SLACK).await;
    let served = bench.serve(30).await?;
    are_in_rotation(&served, &bench.config.backends)
}

/// When the last of `enough` good probes in a row reached a backend, of all but the first `already` probes.
fn enough_good_ones(farm: &Farm, already: usize, backend: &str, enough: u32) -> Option<Time> {
    let mut in_a_row = 0;
    for probed in farm.probed.iter().skip(already).filter(|probed| probed.backend == backend) {
        in_a_row = if probed.was_good { in_a_row + 1 } else { 0 };
        if in_a_row == enough {
            return Some(probed.at);
        }
    }
    None
}

/// A backend is drained, and fails its probes meanwhile: when draining ends, it is unhealthy. Another one is drained and is well: it
/// may be probed as often as it likes, it gets nothing until somebody ends that.
#[requirement(stage = "health", level = acceptance, points = 4, schedules = 10)]
async fn draining_and_health_are_two_things(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.drain("birch").await?;
    bench.farm.model_mut().set_pulse("birch", Pulse::Unwell);
    dc.sleep(sick_after(&bench.config)).await;
    bench.undrain("birch").await?;
    let served = bench.serve(12).await?;
    bench.only_these(&served, &["ash", "cedar", "douglas"], "fails its probes")?;
    bench.drain("ash").await?;
    bench.farm.model_mut().set_pulse("birch", Pulse::Well);
    dc.sleep(well_after(&bench.config)).await;
    let served = bench.serve(12).await?;
    bench.only_these(&served, &["birch", "cedar", "douglas"], "is draining")?;
    bench.undrain("ash").await?;
    are_in_rotation(&bench.serve(24).await?, &bench.config.backends)
}

/// One backend answers its probes too late, and one not at all. Both have failed them: an answer has to be there in time. One that takes
/// half a second is in time.
#[requirement(stage = "health", level = acceptance, points = 5, schedules = 10)]
async fn a_slow_probe_has_failed(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.farm.model_mut().set_pulse("ash", Pulse::Slow(Duration::from_millis(700)));
    bench.farm.model_mut().set_pulse("birch", Pulse::Slow(Duration::from_millis(500)));
    bench.farm.model_mut().set_pulse("douglas", Pulse::None);
    dc.sleep(sick_after(&bench.config)).await;
    let served = bench.serve(12).await?;
    bench.only_these(&served, &["birch", "cedar"], "does not answer its probes in time")?;
    bench.farm.model_mut().set_pulse("ash", Pulse::Well);
    bench.farm.model_mut().set_pulse("douglas", Pulse::Well);
    dc.sleep(well_after(&bench.config)).await;
    are_in_rotation(&bench.serve(24).await?, &bench.config.backends)
}

/// Seven of eight backends do not answer their probes at all. Each is found out in time: nobody waits for the others.
#[requirement(stage = "health", level = acceptance, points = 4, schedules = 5)]
async fn probes_do_not_wait_for_each_other(dc: &Datacentre) -> Outcome {
    let config = Config { backends: backends(&[1; 8]), ..config() };
    let bench = Bench::new(dc, config).await;
    for backend in bench.config.backends.iter().filter(|backend| backend.name != "elm") {
        bench.farm.model_mut().set_pulse(&backend.name, Pulse::None);
    }
    dc.sleep(sick_after(&bench.config)).await;
    let served = bench.serve(8).await?;
    bench.only_these(&served, &["elm"], "does not answer its probes")
}

/// The network is down, so nobody answers a probe. Requests are refused at once, and nobody is asked. When the network is back, so are
/// all backends, in time.
#[requirement(stage = "health", level = faults, points = 5, schedules = 10)]
async fn nobody_left_is_said_at_once(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config()).await;
    bench.serve(4).await?;
    let down = dc.install(outage(port()));
    dc.sleep(sick_after(&bench.config)).await;
    for _ in 0..4 {
        is_turned_away(&bench).await?;
    }
    drop(down);
    dc.sleep(well_after(&bench.config)).await;
    are_in_rotation(&bench.serve(24).await?, &bench.config.backends)
}

/// A node knows that one backend is draining and another is unhealthy, and crashes. It knows nothing of that when it starts again:
/// all backends are there, until probes and people say otherwise.
#[requirement(stage = "health", level = faults, points = 3, schedules = 10)]
async fn a_new_life_begins_with_all(dc: &Datacentre) -> Outcome {
    let config = Config { probe_every: Duration::from_secs(5), ..config() };
    let bench = Bench::new(dc, config).await;
    bench.farm.model_mut().set_pulse("birch", Pulse::Unwell);
    bench.drain("ash").await?;
    dc.sleep(sick_after(&bench.config)).await;
    let served = bench.serve(6).await?;
    bench.only_these(&served, &["cedar", "douglas"], "is draining or fails its probes")?;
    for node in dc.nodes() {
        dc.crash(node);
        dc.restart(node).await;
    }
    are_in_rotation(&bench.serve(24).await?, &bench.config.backends)?;
    dc.sleep(sick_after(&bench.config)).await;
    let served = bench.serve(6).await?;
    bench.only_these(&served, &["ash", "cedar", "douglas"], "fails its probes")
}
