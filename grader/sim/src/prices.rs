//! What traffic costs at the list prices of `fixtures/prices.toml`.

use crate::capacity::Provision;
use kata_check::measured::{Bill, BillLine};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

/// Hours of a month, as clouds count them.
const MONTH_HOURS: f64 = 730.0;

/// The prices in `fixtures/prices.toml`, in dollars. Its comments say what each is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    source: String,
    table: Table,
    cache: Cache,
    log: Log,
    queue: Queue,
    node: Node,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    million_read_units: f64,
    million_write_units: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cache {
    shard_hour: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    partition_hour: f64,
    million_put_units: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Queue {
    million_requests: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    node_hour: f64,
}

/// What was used of a store by requests of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) milli_read_units: u64,
    pub(crate) milli_write_units: u64,
    pub(crate) requests: u64,
}

impl Prices {
    /// The bill for what was used while `elapsed`, extrapolated to a month at that rate.
    pub(crate) fn bill(
        &self,
        usage: &BTreeMap<(String, &'static str), Usage>,
        elapsed: Duration,
        requests: u64,
        nodes: u16,
        provision: Provision,
    ) -> Bill {
        let months = elapsed.as_secs_f64() / 3_600.0 / MONTH_HOURS;
        let mut lines: Vec<BillLine> = usage
            .iter()
            .map(|((store, verb), usage)| BillLine {
                what: format!("{verb}, {store}"),
                per_month: self.metered(store, *usage) / months,
            })
            .filter(|line| line.per_month > 0.0)
            .collect();
        let stores = |port: &'static str| {
            usage.keys().map(|(store, _)| store).filter(move |store| store.split(' ').next() == Some(port))
        };
        if stores("cache").next().is_some() {
            let per_month = f64::from(provision.cache_shards) * self.cache.shard_hour * MONTH_HOURS;
            lines.push(BillLine {
                what: counted(u64::from(provision.cache_shards), "cache shard"),
                per_month,
            });
        }
        let topics: BTreeSet<&String> = stores("log").collect();
        let partitions = topics.len() as u64 * u64::from(provision.log_partitions);
        if partitions > 0 {
            let per_month = partitions as f64 * self.log.partition_hour * MONTH_HOURS;
            lines.push(BillLine { what: counted(partitions, "log partition"), per_month });
        }
        let per_month = f64::from(nodes) * self.node.node_hour * MONTH_HOURS;
        lines.push(BillLine { what: counted(u64::from(nodes), "node"), per_month });
        lines.sort_by(|a, b| b.per_month.total_cmp(&a.per_month).then_with(|| a.what.cmp(&b.what)));
        let per_month: f64 = lines.iter().map(|line| line.per_month).sum();
        let per_million = per_month * months * 1e6 / (requests.max(1) as f64);
        Bill { source: self.source.clone(), lines, per_million, per_month }
    }

    /// What is paid by use.
    fn metered(&self, store: &str, usage: Usage) -> f64 {
        let millions = |milli: u64| milli as f64 / 1e9;
        match store.split(' ').next() {
            Some("table") => {
                millions(usage.milli_read_units) * self.table.million_read_units
                    + millions(usage.milli_write_units) * self.table.million_write_units
            }
            Some("log") => millions(usage.milli_write_units) * self.log.million_put_units,
            Some("queue") => millions(usage.requests * 1_000) * self.queue.million_requests,
            _ => 0.0,
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The prices of the repository.
pub(crate) static PRICES: LazyLock<Prices> = LazyLock::new(|| {
    let text = include_str!("../../../fixtures/prices.toml");
    toml::from_str(text).expect("fixtures/prices.toml is what `Prices` reads; a test says so")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_adds_up() {
        let used = Usage { milli_read_units: 3_000_000_000, milli_write_units: 1_000_000_000, requests: 0 };
        let usage = BTreeMap::from([(("table links".to_owned(), "transact"), used)]);
        let hour = Duration::from_secs(3_600);
        let bill = PRICES.bill(&usage, hour, 2_000_000, 2, Provision::default());
        let names: Vec<&str> = bill.lines.iter().map(|line| line.what.as_str()).collect();
        assert_eq!(names, ["transact, table links", "2 nodes"]);
        let hourly = 3.0 * 0.125 + 0.625 + 2.0 * 0.04937;
        assert!((bill.per_month / MONTH_HOURS - hourly).abs() < 1e-9, "{bill:?}");
        assert!((bill.per_million - hourly / 2.0).abs() < 1e-9, "{bill:?}");
    }
}
