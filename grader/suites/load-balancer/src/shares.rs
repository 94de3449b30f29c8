//! Whether backends in rotation get their shares.

use kata_check::{Outcome, ensure};
use load_balancer::{Backend, SHARE_SLACK};

/// Demands of requests in a row that every stretch of them is shared in proportion to the weights, as the contract bounds it.
pub(crate) fn are_in_rotation<'a>(
    served: impl IntoIterator<Item = &'a String>,
    backends: &[Backend],
) -> Outcome {
    let served: Vec<&String> = served.into_iter().collect();
    let whole: i64 = backends.iter().map(|backend| i64::from(backend.weight)).sum();
    for Backend { name, weight } in backends {
        let weight = i64::from(*weight);
        // By how much it is ahead of its share after so many requests, in parts of one by the whole weight.
        let (mut ahead, mut least, mut most) = (0, (0, 0), (0, 0));
        for (after, one) in (1_i64..).zip(&served) {
            ahead += if *one == name { whole - weight } else { -weight };
            least = least.min((ahead, after));
            most = most.max((ahead, after));
        }
        let is_within = most.0 - least.0 < i64::from(SHARE_SLACK) * whole;
        let (from, to) = (least.1.min(most.1), least.1.max(most.1));
        let stretch = &served[from as usize..to as usize];
        let (requests, got) = (stretch.len(), stretch.iter().filter(|one| **one == name).count());
        let fair = requests as f64 * weight as f64 / whole as f64;
        let all = backends.iter().map(|backend| format!("{} {}", backend.name, backend.weight));
        let all = all.collect::<Vec<_>>().join(", ");
        ensure!(
            is_within,
            "{name} does not get its share of {requests} requests in a row",
            "{fair:.1}, give or take less than {SHARE_SLACK} (weights: {all})",
            "{got}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::backends;

    fn judge(turns: &str, weights: &[u32]) -> bool {
        let backends = backends(weights);
        let at = |letter: u8| backends[usize::from(letter - b'a')].name.clone();
        let served: Vec<String> = turns.bytes().map(at).collect();
        are_in_rotation(&served, &backends).is_ok()
    }

    #[test]
    fn rounds_of_any_order_are_fine() {
        assert!(judge(&"abcd".repeat(9), &[1; 4]));
        assert!(judge("abcddcbaabcdbcdabadc", &[1; 4]));
    }

    #[test]
    fn who_gets_much_more_is_found_wherever() {
        assert!(!judge(&format!("{}aaaaa{}", "abcd".repeat(5), "abcd".repeat(5)), &[1; 4]));
        assert!(!judge(&"abc".repeat(5), &[1; 4]));
    }

    #[test]
    fn heavy_ones_are_spread() {
        assert!(judge(&"ababacab".repeat(5), &[4, 3, 1]));
        assert!(!judge(&"aaaaaaaabbbbbbcc".repeat(3), &[8, 6, 2]));
    }
}
