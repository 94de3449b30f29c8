//! What services can do, as `fixtures/capacity.toml` says, and how long they take.

use crate::draw::Draw;
use serde::Deserialize;
use std::sync::LazyLock;
use std::time::Duration;

/// The table in `fixtures/capacity.toml`. Its comments say what each figure means and where it is from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    pub(crate) network: Network,
    pub(crate) node: Node,
    pub(crate) table: Table,
    pub(crate) cache: Cache,
    pub(crate) log: Log,
    pub(crate) queue: Queue,
    pub(crate) disk: Disk,
    pub(crate) gateway: Gateway,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Network {
    pub(crate) latency_us: Latency,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    pub(crate) call_us: u64,
    pub(crate) ask_us: u64,
    pub(crate) answer_us: u64,
    pub(crate) event_us: u64,
    pub(crate) kib_us: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) read_units_per_s: u64,
    pub(crate) read_unit_bytes: u64,
    pub(crate) write_units_per_s: u64,
    pub(crate) write_unit_bytes: u64,
    pub(crate) transaction_factor: u64,
    pub(crate) read_latency_us: Latency,
    pub(crate) write_latency_us: Latency,
    pub(crate) transaction_latency_us: Latency,
    pub(crate) queue_ms_max: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cache {
    pub(crate) commands_per_s: u64,
    pub(crate) command_bytes: u64,
    pub(crate) latency_us: Latency,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) records_per_s: u64,
    pub(crate) bytes_in_per_s: u64,
    pub(crate) bytes_out_per_s: u64,
    pub(crate) append_latency_us: Latency,
    pub(crate) read_latency_us: Latency,
    pub(crate) queue_ms_max: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Queue {
    pub(crate) requests_per_s: u64,
    pub(crate) latency_us: Latency,
    pub(crate) queue_ms_max: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disk {
    pub(crate) operations_per_s: u64,
    pub(crate) bytes_per_s: u64,
    pub(crate) latency_us: Latency,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gateway {
    pub(crate) latency_us: Latency,
}

/// A distribution of latencies by four of its quantiles, in microseconds. The fastest takes half of the median, the slowest
/// twice the last quantile.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Latency {
    p50: u64,
    p90: u64,
    p99: u64,
    p999: u64,
}

impl Latency {
    /// One latency; `purpose` and `key` draw it. Whole numbers throughout, so that every machine draws the same.
    pub(crate) fn draw(&self, draw: Draw, purpose: &str, key: u64) -> Duration {
        let steps = [
            (0, self.p50 / 2),
            (500_000, self.p50),
            (900_000, self.p90),
            (990_000, self.p99),
            (999_000, self.p999),
            (1_000_000, 2 * self.p999),
        ];
        let millionth = draw.below(1_000_000, purpose, key, 0);
        let above = steps.iter().position(|&(quantile, _)| millionth < quantile).unwrap_or(steps.len() - 1);
        let ((from, low), (to, high)) = (steps[above - 1], steps[above]);
        let micros = low + high.saturating_sub(low) * (millionth - from) / (to - from);
        Duration::from_micros(micros)
    }
}

/// The figures of the repository.
pub(crate) static FIGURES: LazyLock<Figures> = LazyLock::new(|| {
    let text = include_str!("../../../../fixtures/capacity.toml");
    toml::from_str(text).expect("fixtures/capacity.toml is what `Figures` reads; a test says so")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        assert_eq!(FIGURES.table.write_units_per_s, 1_000);
        assert_eq!(FIGURES.table.read_units_per_s, 3_000);
    }

    #[test]
    fn drawn_latencies_have_the_quantiles_they_are_drawn_by() {
        let latency = Latency { p50: 1_000, p90: 3_000, p99: 9_000, p999: 30_000 };
        let draw = Draw::new(7);
        let mut drawn: Vec<u128> =
            (0..200_000).map(|key| latency.draw(draw, "test", key).as_micros()).collect();
        drawn.sort_unstable();
        for (per_mille, expected) in [(500, 1_000), (900, 3_000), (990, 9_000)] {
            let found = drawn[drawn.len() * per_mille / 1_000];
            assert!(found.abs_diff(expected) * 50 < expected, "{per_mille}: {found}, not {expected}");
        }
        assert!(drawn[0] >= 500 && drawn[drawn.len() - 1] <= 60_000);
    }
}
