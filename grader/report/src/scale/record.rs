//! The reference's figures on record: what pages put beside a solution's. JSON, a line for each requirement, in order.

use kata_check::measured::Place;
use kata_check::{Judgement, Measured};
use std::collections::{BTreeMap, BTreeSet};

/// Places that are less busy are left out, unless they are the busiest of their kind.
const IDLE_PER_MILLE: u64 = 10;

/// The record of these judgements; `None` if there was no load. Speeds are none of it: they are different every time.
pub fn record(judgements: &[Judgement]) -> Option<String> {
    let under_load = |one: &&Measured| one.is_under_load();
    let measured =
        judgements.iter().filter_map(|one| Some((&one.id, one.measured.as_ref().filter(under_load)?)));
    let lines: BTreeMap<&String, String> =
        measured.map(|(id, measured)| (id, crate::json::compact(&kept(measured)))).collect();
    if lines.is_empty() {
        return None;
    }
    let lines: Vec<String> =
        lines.into_iter().map(|(id, line)| format!("{}: {line}", crate::json::compact(id))).collect();
    Some(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

/// Reads a [`record`] back: what was measured, by requirement.
pub fn read(record: &str) -> Result<BTreeMap<String, Measured>, serde_json::Error> {
    serde_json::from_str(record)
}

/// What pages show of a reference: nothing over time, no places that hardly work, money to the cent.
fn kept(measured: &Measured) -> Measured {
    let mut kept = measured.clone();
    kept.loads.iter_mut().for_each(|load| load.slices.clear());
    kept.speeds.clear();
    let mut kinds = BTreeSet::new();
    kept.places.retain(|Place { store, what, busy_per_mille, refused, .. }| {
        kinds.insert((store.clone(), what.clone())) || *busy_per_mille >= IDLE_PER_MILLE || *refused > 0
    });
    let cents = |amount: &mut f64| *amount = (*amount * 100.0).round() / 100.0;
    kept.bill.lines.iter_mut().for_each(|line| cents(&mut line.per_month));
    cents(&mut kept.bill.per_month);
    cents(&mut kept.bill.per_million);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use kata_check::Verdict;

    #[test]
    fn a_record_reads_back() {
        let plain = fixtures::judged("holds_a_seat", "reserve", Verdict::Pass);
        let text = record(&[fixtures::under_load(), plain]).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        let read = read(&text).unwrap();
        let measured = &read["redirects_are_fast"];
        assert_eq!(measured.loads[0].quantiles, fixtures::measured().loads[0].quantiles);
        assert!(measured.loads[0].slices.is_empty());
        assert!(measured.places.iter().any(|place| place.store == "table links"), "the busiest of its kind");
    }

    #[test]
    fn without_loads_there_is_no_record() {
        let plain = fixtures::judged("keeps_up", "speed", Verdict::Pass);
        let fast = Measured { speeds: vec![crate::speed::tests::look_ups()], ..Measured::default() };
        assert_eq!(record(&[plain.clone(), Judgement { measured: Some(fast), ..plain }]), None);
    }
}
