//! Stage `keys`: what belongs together stays together.

use crate::bench::{Bench, HARDLY_EVER, backends};
use kata_check::{Complaint, Outcome, chance, ensure};
use kata_sim::{Datacentre, requirement};
use load_balancer::{Config, MOVED_PERCENT_MAX, Method, Policy, SPREAD_MAX};
use std::collections::BTreeMap;

/// The probability that a solution just at a bound of the contract is blamed by one of the limits here. There are some ninety such
/// chances in a grade: together below 10⁻⁹.
const ALARM: f64 = 5e-12;

/// How many available backends share keys and addresses.
const BACKENDS: usize = 4;

/// How many of each kind are asked for.
const OF_A_KIND: u64 = 400;

/// How many keys are watched while backends go and come.
const WATCHED: u64 = 200;

fn config(policy: Policy) -> Config {
    Config { policy, backends: backends(&[1; BACKENDS]), probe_every: HARDLY_EVER, ..Config::default() }
}

/// Where requests of addresses or keys went.
type Places = BTreeMap<String, String>;

/// Requests come from the same addresses again, about something else, at any of two nodes, and after both have crashed. Each address
/// has its backend.
#[requirement(stage = "keys", level = acceptance, points = 5, schedules = 3)]
async fn an_address_keeps_its_backend(dc: &Datacentre) -> Outcome {
    let bench = Bench::of(dc, 2, config(Policy::AddressHash)).await;
    let addresses: Vec<String> = (0..25).map(|number| format!("192.0.2.{}", number * 7)).collect();
    let before = places_of_addresses(&bench, &addresses).await?;
    for _ in 0..3 {
        are_the_same(&before, &places_of_addresses(&bench, &addresses).await?, "nothing has changed")?;
    }
    for node in dc.nodes() {
        dc.crash(node);
        dc.restart(node).await;
    }
    are_the_same(&before, &places_of_addresses(&bench, &addresses).await?, "the nodes crashed")
}

/// Addresses are spread over all backends that are available: neighbours in one network, one machine of each network, and those of
/// version 6. Four of eight backends are drained, neighbours all of them.
#[requirement(stage = "keys", level = acceptance, points = 5, schedules = 1)]
async fn addresses_are_spread(dc: &Datacentre) -> Outcome {
    let bench = four_of_eight(dc, Policy::AddressHash).await?;
    let draw = dc.draw("network");
    let (a, b) = (draw % 200 + 1, draw / 256 % 256);
    let neighbours = (0..OF_A_KIND).map(|number| format!("{a}.{b}.{}.{}", number / 256, number % 256));
    let first_ones = (0..OF_A_KIND).map(|number| format!("{}.{}.{b}.1", number % 223 + 1, number / 223 + a));
    let sixth = (0..OF_A_KIND).map(|number| format!("2001:db8:{b:x}::{number:x}"));
    let kinds: [(&str, Vec<String>); 3] = [
        ("neighbours", neighbours.collect()),
        ("first ones of a network", first_ones.collect()),
        ("of version 6", sixth.collect()),
    ];
    for (kind, addresses) in kinds {
        is_spread(&bench, &places_of_addresses(&bench, &addresses).await?, &format!("addresses ({kind})"))?;
    }
    Ok(())
}

/// Keys are spread over all backends that are available, whoever asks and whatever backends are called: numbered keys, and long ones that
/// differ at their end. Four of eight are drained, neighbours all of them: the others share what was theirs.
#[requirement(stage = "keys", level = acceptance, points = 5, schedules = 8)]
async fn keys_are_spread(dc: &Datacentre) -> Outcome {
    let bench = four_of_eight(dc, Policy::ConsistentHash).await?;
    let draw = dc.draw("keys") % 1_000_000;
    let keys = (0..OF_A_KIND).map(|number| match dc.pick("kind", 2) {
        0 => (draw + number).to_string(),
        _ => format!("/{draw}/a/rather/long/path/to/page-{number:04}.html"),
    });
    let keys: Vec<String> = keys.collect();
    is_spread(&bench, &places_of_keys(&bench, &keys).await?, &format!("keys (such as {})", keys[7]))
}

/// A backend is drained: its keys move, and the others stay. It is back, and so are its keys. The next one, and the one after that.
#[requirement(stage = "keys", level = acceptance, points = 7, schedules = 1)]
async fn only_keys_of_the_lost_backend_move(dc: &Datacentre) -> Outcome {
    let bench = Bench::new(dc, config(Policy::ConsistentHash)).await;
    let draw = dc.draw("keys") % 1_000_000;
    let keys: Vec<String> = (0..WATCHED).map(|number| format!("session-{}", draw + number * 3)).collect();
    let before = places_of_keys(&bench, &keys).await?;
    for lost in ["ash", "cedar", "douglas"] {
        bench.drain(lost).await?;
        let without = places_of_keys(&bench, &keys).await?;
        let stays = |(key, backend): &(&String, &String)| *backend != lost && without[*key] == **backend;
        let others = before.values().filter(|backend| *backend != lost).count() as u64;
        let moved = others - before.iter().filter(stays).count() as u64;
        let most = chance::most(others, f64::from(MOVED_PERCENT_MAX) / 100.0, ALARM);
        ensure!(
            moved <= most,
            "keys move that belong to other backends than the one that is drained",
            "{lost} is drained, and at most {most} of the {others} keys of others move",
            "{moved}"
        );
        bench.undrain(lost).await?;
        are_the_same(&before, &places_of_keys(&bench, &keys).await?, &format!("{lost} is back"))?;
    }
    Ok(())
}

/// Eight backends, four of which are drained, neighbours all of them. The others are what is left in the configuration.
async fn four_of_eight(dc: &Datacentre, policy: Policy) -> Result<Bench<'_>, Complaint> {
    let draw = dc.draw("names") % 1_000_000;
    let mut config = Config { backends: backends(&[1; 2 * BACKENDS]), ..config(policy) };
    for backend in &mut config.backends {
        // A single place for each backend is a matter of luck, which one set of names may have.
        backend.name = format!("{}-{draw}", backend.name);
    }
    let mut bench = Bench::new(dc, config).await;
    let first = dc.pick("drained", 2 * BACKENDS as u64) as usize;
    bench.config.backends.rotate_left(first);
    for drained in bench.config.backends.split_off(BACKENDS) {
        bench.drain(&drained.name).await?;
    }
    Ok(bench)
}

async fn places_of_addresses(bench: &Bench<'_>, addresses: &[String]) -> Result<Places, Complaint> {
    let mut places = Places::new();
    for address in addresses {
        let backend = bench.is_served(&bench.client_from(address), &bench.read()).await?;
        places.insert(address.clone(), backend);
    }
    Ok(places)
}

async fn places_of_keys(bench: &Bench<'_>, keys: &[String]) -> Result<Places, Complaint> {
    let mut places = Places::new();
    for (number, key) in keys.iter().enumerate() {
        let client = bench.client_from(&format!("10.0.0.{}", number % 5));
        let backend = bench.is_served(&client, &bench.request(Method::Get, key)).await?;
        places.insert(key.clone(), backend);
    }
    Ok(places)
}

/// Demands that everything goes where it went before.
fn are_the_same(before: &Places, after: &Places, why: &str) -> Outcome {
    for (key, backend) in before {
        let now = &after[key];
        ensure!(now == backend, "requests of {key} go elsewhere though {why}", "{backend}", "{now}");
    }
    Ok(())
}

/// Demands that every backend has its share, within the contract's bounds and what chance adds to them.
fn is_spread(bench: &Bench<'_>, places: &Places, what: &str) -> Outcome {
    let all = places.len() as u64;
    let (least, most) = bounds(all);
    let counts = bench.config.backends.iter().map(|backend| {
        let count = places.values().filter(|place| **place == backend.name).count() as u64;
        (backend.name.as_str(), count)
    });
    let counts: Vec<(&str, u64)> = counts.collect();
    let is_fair = counts.iter().all(|(_, count)| (least..=most).contains(count));
    ensure!(
        is_fair,
        "{what} are spread unevenly",
        "{least} to {most} of {all} at each backend",
        "{counts:?}"
    );
    Ok(())
}

/// How many of so many keys a backend has at least and at most, if it is just at the bounds of the contract.
fn bounds(all: u64) -> (u64, u64) {
    let fair = 1.0 / BACKENDS as f64;
    let most = chance::most(all, fair * SPREAD_MAX, ALARM);
    let least = all - chance::most(all, 1.0 - fair / SPREAD_MAX, ALARM);
    (least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_what_they_catch_are_as_stated() {
        // A hundred each are fair. A ring with a point for each backend leaves one of four less than `least` or gives one more than
        // `most` for about two of three sets of names, so one of eight schedules finds it but for once in a thousand times.
        let (least, most) = bounds(OF_A_KIND);
        assert!((18..30).contains(&least), "{least}");
        assert!((210..225).contains(&most), "{most}");
        // Modulo moves two thirds of what need not move: of a hundred keys or more, hardly ever less than forty.
        let moved = chance::most(100, 0.05, ALARM);
        assert!((20..30).contains(&moved), "{moved}");
        assert!(chance::exceeds(100, 0.6, moved) > 0.999_999);
    }
}
